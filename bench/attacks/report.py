"""Tables of what was played: attacks, worst species first; bona fide sessions by person, light, camera and path."""

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence

import casts
from play import Played, tally
from scipy.stats import beta
from species import HELD_OUT

from limelight.charcha.signals.signal import Outcome


def attacks(results: Mapping[str, Sequence[Played]]) -> list[str]:
    """Worst first, in Markdown."""
    lines = [
        "| simulated species | accepted | sim-APCER at most | review | actions only | what stopped it |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    worst_first = sorted(results.items(), key=lambda item: (-share(item[1]), -upper(item[1])))
    for name, played in worst_first:
        n, alone = len(played), [one.actions for one in played if one.actions is not None]
        fired = ", ".join(f"{reason} {times}" for reason, times in tally(played).most_common(4))
        held = " (held out)" if name in HELD_OUT else ""
        lines.append(
            f"| {name}{held} | {count(played, Outcome.PASSED)} of {n} | {upper(played):.1%} "
            f"| {count(played, Outcome.REVIEW)} | {sum(alone)} of {len(alone)} | {fired} |"
        )
    return lines


def bona_fide(live: Mapping[str, Sequence[Played]]) -> list[str]:
    """``person:stand:path`` to sessions; errors are what did not pass, or with an accommodated path not to review."""
    groups: dict[str, list[bool]] = defaultdict(list)
    reviews: dict[str, int] = defaultdict(int)
    reasons: dict[str, list[Played]] = defaultdict(list)
    for name, played in live.items():
        person, stand, path = name.split(":")
        light, _, camera = casts.STANDS[person, int(stand)]
        named = (f"person {person}", f"light {light}", f"camera {camera}", f"path {path}", "all")
        for group in named if path == "full" else (f"path {path}",):
            best = {Outcome.PASSED, Outcome.REVIEW} if path == "no-flash" else {Outcome.PASSED}
            groups[group] += [one.outcome not in best for one in played]
            reviews[group] += count(played, Outcome.REVIEW)
            reasons[group] += [one for one in played if one.outcome not in best]
    lines = [
        "| simulated sessions | missed | sim-BPCER, 95 % | of them or all in review | why |",
        "| --- | --- | --- | --- | --- |",
    ]
    for group, missed in sorted(
        groups.items(), key=lambda item: (item[0].split()[0], -statistics.mean(item[1]))
    ):
        low, high = interval(sum(missed), len(missed))
        why = ", ".join(f"{reason} {times}" for reason, times in tally(reasons[group]).most_common(3))
        lines.append(
            f"| {group} | {sum(missed)} of {len(missed)} | {low:.1%} to {high:.1%} | {reviews[group]} | {why} |"
        )
    return lines + times(live)


def times(live: Mapping[str, Sequence[Played]]) -> list[str]:
    """Simulated seconds to a pass."""
    seconds = sorted(
        one.seconds
        for name, played in live.items()
        for one in played
        if name.endswith(":full") and one.outcome is Outcome.PASSED
    )
    if not seconds:
        return []
    late = seconds[min(len(seconds) - 1, int(0.95 * len(seconds)))]
    return [
        "",
        f"Simulated seconds to a pass, no song: median {statistics.median(seconds):.0f}, 95 % {late:.0f}.",
    ]


def count(played: Sequence[Played], outcome: Outcome) -> int:
    """How many ended so."""
    return sum(one.outcome is outcome for one in played)


def share(played: Sequence[Played]) -> float:
    """Which share was accepted."""
    return count(played, Outcome.PASSED) / max(1, len(played))


def upper(played: Sequence[Played]) -> float:
    """One-sided 95 % upper bound of what was accepted (Clopper-Pearson); about 3 / n for none of n."""
    k, n = count(played, Outcome.PASSED), len(played)
    return 1.0 if k >= n else float(beta.ppf(0.95, k + 1, n - k))


def interval(k: int, n: int) -> tuple[float, float]:
    """Two-sided 95 % interval of a share (Clopper-Pearson)."""
    low = 0.0 if k == 0 else float(beta.ppf(0.025, k, n - k + 1))
    return low, 1.0 if k >= n else float(beta.ppf(0.975, k + 1, n - k))
