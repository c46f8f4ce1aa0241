"""The verdict: hard gates, then the sum of clipped log-likelihood ratios against two thresholds."""

from collections.abc import Sequence

from limelight.charcha.reasons import Reason
from limelight.charcha.signals.signal import Finding, Gate, Outcome, Verdict
from limelight.charcha.thresholds import threshold


def decide(findings: Sequence[Finding], hard: frozenset[str], *, accommodated: bool) -> Verdict:
    """Decide; see :class:`limelight.charcha.signals.signal.Judge`.

    A failing gate fails. Else a score below ``verdict.review`` fails; an unclear gate, a score below
    ``verdict.passed`` or an accommodated path is for a person to look at. Else the session passed.
    """
    score = sum(finding.log_likelihood_ratio for finding in findings)
    failed = [f for f in findings if f.signal in hard and f.gate is Gate.FAIL]
    unclear = [f for f in findings if f.signal in hard and f.gate is Gate.UNCLEAR]
    reasons = [f"{f.signal}:{f.reason or Reason.GATE}" for f in (*failed, *unclear)]
    if score < threshold("verdict", "passed"):
        reasons.append(Reason.SCORE)
    if accommodated:
        reasons.append(Reason.ACCOMMODATED)
    if failed or score < threshold("verdict", "review"):
        outcome = Outcome.FAILED
    elif reasons:
        outcome = Outcome.REVIEW
    else:
        outcome = Outcome.PASSED
    return Verdict(outcome, score, tuple(findings), tuple(reasons))
