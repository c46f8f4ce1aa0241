"""The words of the prompts, and what of a prompt a client may know."""

from collections.abc import Mapping

from limelight.charcha.challenges.actions import ACTIONS
from limelight.charcha.prompts import Prompt, PromptKind
from limelight.charcha.wire.messages import ShownPrompt

WORDS: Mapping[PromptKind, str] = {
    PromptKind.CALIBRATE: "Look straight at the camera with a calm face",
    PromptKind.REST: "Look straight at the camera",
    PromptKind.FLASH: "Look at the screen: it changes colour",
    PromptKind.STILL: "Keep still and breathe calmly",
    PromptKind.PERFORM: "Sing along",
}


def shown(prompt: Prompt) -> ShownPrompt:
    """A prompt as the client may know it: when it was issued and how it is judged stays here."""
    words = ACTIONS[prompt.action].words if prompt.kind is PromptKind.ACTION else WORDS[prompt.kind]
    return ShownPrompt(
        id=prompt.id,
        kind=prompt.kind,
        action=prompt.action,
        words=words,
        target=prompt.target,
        hold=prompt.hold,
        seconds=prompt.seconds,
        colour=prompt.colour,
    )
