"""Why a session ended or an attempt failed. Logged, never shown to the client.

A client learns "pass", "fail" or "please retry" and nothing else: a reason is advice to an attacker.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Codes for the log; a signal may bring codes of its own, lower-case words joined by hyphens."""

    NONE = ""

    # the wire
    MALFORMED = "malformed"
    OUT_OF_PLACE = "out-of-place"
    """A message that the state does not allow."""
    SEQUENCE_GAP = "sequence-gap"
    SEQUENCE_REPEAT = "sequence-repeat"
    SEQUENCE_BACK = "sequence-back"
    TIME_BACK = "time-back"
    TIME_GAP = "time-gap"
    CLOCK_APART = "clock-apart"
    """The client's clock runs at another speed than the server's."""
    RATE = "rate"
    """More frames than any camera gives."""
    PROMPT_UNKNOWN = "prompt-unknown"
    """A prompt that this session never gave: another session's recording."""
    PROMPT_BACK = "prompt-back"
    """An earlier prompt after a later one."""
    PROMPT_UNANSWERED = "prompt-unanswered"
    NOT_JPEG = "not-jpeg"
    TOO_LARGE = "too-large"
    BAD_SIZE = "bad-size"
    """Width and height outside what is taken, looked at before decoding."""
    SIZE_CHANGED = "size-changed"
    FRAME_REPEATED = "frame-repeated"
    """The same bytes as an earlier frame, of this session or another."""

    # the session
    TICKET = "ticket"
    ACCOUNT = "account"
    LOCKED_OUT = "locked-out"
    EXPIRED = "expired"
    RESTARTED = "restarted"
    """The server restarted while the session ran: nothing that was only in memory can be trusted again."""
    LEFT = "left"
    TOO_MANY_EXCLUDED = "too-many-excluded"
    NO_CONSENT = "no-consent"

    # the face
    NO_FACE = "no-face"
    SECOND_FACE = "second-face"
    CUT = "cut"
    """The face jumped further between two frames than a head can."""
    SWAP = "swap"
    """Another person than at calibration."""
    FREEZE = "freeze"

    # the actions
    EARLY = "early"
    """Moved before a person could have read the prompt."""
    LATE = "late"
    NOT_NEUTRAL = "not-neutral"
    WRONG_ACTION = "wrong-action"
    OTHER_CHANNELS = "other-channels"
    OVERSHOT = "overshot"
    NOT_HELD = "not-held"
    NOT_RETURNED = "not-returned"
    TOO_MANY_RETRIES = "too-many-retries"

    # the verdict
    GATE = "gate"
    SCORE = "score"
    ACCOMMODATED = "accommodated"
    """A path with other proofs was taken (no flashing, no turns): a person looks at it."""
