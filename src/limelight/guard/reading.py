"""Reading: what the words of a song or a prompt may do. Lyrics are data: no word makes a film fail.

An explicit word changes what is drawn, never what was heard: ``score.json`` keeps the song as it is.
"""

import itertools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from limelight.guard.lexicon import MINORS, SEXUAL, SWEARING, Finding, find, lexicon
from limelight.guard.policy import Policy
from limelight.score import Line, Score
from limelight.storyboard import Shot, Storyboard

CLAUSE = re.compile(r"[,;.\n]+")
STAR = "<star>"
"""What stands for the star in a prompt."""
UNSPOKEN = "…"
"""What the director reads instead of a word that is not drawn."""


@dataclass(frozen=True)
class Cleared:
    """A prompt without what is not drawn."""

    text: str
    removed: tuple[Finding, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """The categories that were found, for people."""
        return tuple(dict.fromkeys(lexicon().category(finding.category).title for finding in self.removed))


def kept_out(text: str, policy: Policy, language: str = "en") -> tuple[Finding, ...]:
    """What of a text is not drawn under a policy.

    Whatever is sexual and speaks of minors is never drawn, whichever the policy: then all of it is returned.
    """
    findings = find(text, language)
    names = {finding.category for finding in findings}
    if MINORS in names and names & {SEXUAL, SWEARING}:
        return findings
    return tuple(f for f in findings if lexicon().category(f.category).kept_out_by(policy))


def clear_prompt(prompt: str, policy: Policy) -> Cleared:
    """A prompt without the clauses that speak of what is not drawn; empty if minors are spoken of sexually."""
    findings = kept_out(prompt, policy)
    if not findings:
        return Cleared(prompt)
    if MINORS in {finding.category for finding in findings}:
        return Cleared("", findings)
    clauses = [clause.strip() for clause in CLAUSE.split(prompt)]
    kept = [clause for clause in clauses if clause and not kept_out(clause, policy)]
    if STAR in prompt and not any(STAR in clause for clause in kept):
        kept.insert(0, STAR)
    return Cleared(", ".join(kept), findings)


def negative_prompt(policy: Policy) -> str:
    """What a diffusion camera is told not to draw, as a comma-separated list; empty when the guard is off."""
    wanted = [category for category in lexicon().categories if category.kept_out_by(policy)]
    return ", ".join(itertools.chain.from_iterable(category.avoid for category in wanted))


def cleared(storyboard: Storyboard, policy: Policy) -> tuple[Storyboard, tuple[str, ...]]:
    """A storyboard that any camera may be given, and sentences on what was changed in it.

    Prompts lose the clauses that are not drawn (a prompt that loses everything leaves the imagery to speak);
    negative prompts gain the policy's.
    """
    shots, notes = [], []
    for shot in storyboard.shots:
        prompt = clear_prompt(shot.prompt, policy)
        if prompt.removed:
            notes.append(f"shot {shot.number}: {' and '.join(prompt.reasons)} taken out of the prompt")
        shots.append(with_prompts(shot, prompt.text, policy))
    return storyboard.model_copy(update={"shots": tuple(shots)}), tuple(notes)


def with_prompts(shot: Shot, prompt: str, policy: Policy) -> Shot:
    """The shot with another prompt, and what its negative prompt does not say yet of the policy's."""
    said = [clause.strip() for clause in shot.negative_prompt.split(",") if clause.strip()]
    more = [clause for clause in negative_prompt(policy).split(", ") if clause and clause not in said]
    return shot.model_copy(update={"prompt": prompt, "negative_prompt": ", ".join([*said, *more])})


def for_director(score: Score, policy: Policy) -> Score:
    """The score with words that are not drawn left out of the lyrics: they bring no picture to mind."""
    language = score.lyrics.language

    def hushed(text: str) -> str:
        return _replaced(text, kept_out(text, policy, language), lambda _: UNSPOKEN)

    def silent(line: Line) -> Line:
        if MINORS in {finding.category for finding in kept_out(line.text, policy, language)}:
            return _worded(line, lambda _: UNSPOKEN)
        return _worded(line, hushed)

    return _with_lines(score, tuple(map(silent, score.lyrics.lines)))


def masked(score: Score) -> Score:
    """The score with rude words masked: the first letter and a star for each other one."""
    language = score.lyrics.language

    def told(text: str) -> str:
        return _replaced(text, rude(text, language), lambda word: word[0] + "*" * (len(word) - 1))

    return _with_lines(score, tuple(_worded(line, told) for line in score.lyrics.lines))


def rude(text: str, language: str = "en") -> tuple[Finding, ...]:
    """The words of a text that are masked where words are."""
    return tuple(finding for finding in find(text, language) if lexicon().category(finding.category).rude)


def _with_lines(score: Score, lines: tuple[Line, ...]) -> Score:
    if lines == score.lyrics.lines:
        return score
    lyrics = score.lyrics.model_copy(update={"lines": lines})
    return score.model_copy(update={"lyrics": lyrics})


def _worded(line: Line, told: Callable[[str], str]) -> Line:
    words = tuple(word.model_copy(update={"text": told(word.text)}) for word in line.words)
    return line.model_copy(update={"text": told(line.text), "words": words})


def _replaced(text: str, findings: Iterable[Finding], other: Callable[[str], str]) -> str:
    done, pieces = 0, []
    for finding in sorted(findings, key=lambda f: (f.start, -f.end)):
        if finding.start >= done:
            pieces += [text[done : finding.start], other(finding.text)]
            done = finding.end
    return "".join([*pieces, text[done:]])
