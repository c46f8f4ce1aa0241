"""The director by language model: a plan of the whole film, then its shots; rules for cuts and for every failure.

The rules director writes a whole storyboard first: where shots begin and end, on which beat, with which feeling. The
model decides what is seen in them. Whatever it does not answer, or answers wrongly twice, stays as the rules have it,
shot by shot, so that no model can make a film fail.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from limelight.catalogue import catalogue
from limelight.direct.director import RulesDirector, frame_of
from limelight.direct.grammar import possible_compositions
from limelight.direct.llm.brief import Slot, plan_brief, shots_brief, system
from limelight.direct.llm.dressing import Wardrobe, dressed, in_scene
from limelight.direct.llm.local import DEFAULT_MODEL, LocalWriter
from limelight.direct.llm.served import ServedWriter
from limelight.direct.llm.treatment import (
    Idea,
    ShotList,
    Treatment,
    answer_schema,
    parse_shots,
    parse_treatment,
    rescue_shots,
    rescue_treatment,
)
from limelight.direct.llm.writer import Desk, Message, Writer, WriterError, WriterGoneError
from limelight.errors import SettingsError, WeightError
from limelight.events import Listener, StageProgressed, Warned, ignore
from limelight.score import Score
from limelight.storyboard import Format, Shot, Storyboard
from limelight.weights import registry

AT_ONCE = 5
"""Shots asked for in one brief."""
PATIENCE = 3
"""Briefs in a row without any sound answer before the model is asked no more."""
TOKENS_A_SHOT, TOKENS_A_SCENE, TOKENS_A_STORY = 160, 90, 300


@dataclass(frozen=True)
class LanguageModelDirector:
    """Score -> Storyboard: cuts by the rules, pictures by a language model.

    Args:
        format: Size and pace of the film.
        look: A look of the catalogue, or ``auto``: the model's choice.
        seed: Another seed, another film.
        stars: Ids of the stars, the leading one first; the model is not told them.
        captions: Whether sung words are shown.
        llm_url: Base address of an OpenAI-compatible server; empty: a model on this machine.
        llm_model: The server's name of the model; or a registered model or gguf file here.
        llm_sha256: Of a gguf file of one's own.
        llm_seconds: How long one answer may take.

    Raises:
        SettingsError: an address without a model, or a file without its sha256.
        BackendError: a model on this machine is wanted and its extra is not installed.
    """

    name: ClassVar[str] = "llm"
    version: ClassVar[int] = 1
    settings: ClassVar[tuple[str, ...]] = ("llm_url", "llm_model", "llm_sha256", "llm_seconds")

    format: Format
    look: str = "auto"
    seed: int = 1
    stars: tuple[str, ...] = ()
    captions: bool = True
    llm_url: str = ""
    llm_model: str = ""
    llm_sha256: str = ""
    llm_seconds: float = 120.0

    def __post_init__(self) -> None:
        self._writer()  # what cannot be right is refused now, not after listening

    @property
    def weights(self) -> tuple[str, ...]:
        """The rules' word vectors, and the local model if it is a registered one."""
        local = () if self.llm_url else (self.llm_model or DEFAULT_MODEL,)
        return (*RulesDirector.weights, *(name for name in local if name in registry().names))

    def run(
        self,
        score: Score,
        before: Storyboard | None = None,
        *,
        tell: Listener = ignore,
        keep: Path | None = None,
    ) -> Storyboard:
        """Direct the song; see :class:`~limelight.direct.director.Director`.

        Raises:
            DocumentError: the locked shots do not fit this song and format.
            SettingsError: there is no such look.
        """
        rules = RulesDirector(self.format, self.look, self.seed, self.stars, self.captions)
        draft = rules.run(score, before)
        with ExitStack() as stack:
            writer = self._writer()
            try:
                opened = writer.opened(tell) if isinstance(writer, LocalWriter) else writer.__enter__()
            except (WriterError, WeightError) as problem:
                tell(Warned("direct", f"{problem.message} The film is directed by the rules. {problem.hint}"))
                return draft
            stack.push(writer)
            return self._directed(draft, score, opened, tell, keep)

    def _writer(self) -> Writer:
        if not self.llm_url:
            return LocalWriter(self.llm_model, self.llm_sha256, seconds=self.llm_seconds)
        if not self.llm_model:
            raise SettingsError(
                "llm_url is given without llm_model.",
                hint="Name the model as the server does, by --llm-model.",
            )
        return ServedWriter(self.llm_url, self.llm_model, seconds=self.llm_seconds)

    def _directed(
        self, draft: Storyboard, score: Score, writer: Writer, tell: Listener, keep: Path | None
    ) -> Storyboard:
        session = _Session(Desk(writer, self.seed, keep, self.version), draft, score, self, tell)
        plan = session.plan()
        ideas = session.ideas(plan)
        shots = session.shots(plan, ideas)
        open_shots = sum(not shot.locked for shot in draft.shots)
        if len(ideas) < open_shots:
            missing = open_shots - len(ideas)
            why = f" ({session.trouble})" if session.trouble else ""
            tell(
                Warned(
                    "direct",
                    f"{missing} of {open_shots} shots are by the rules: the model had no usable answer{why}. "
                    "`limelight direct --again` asks for them once more.",
                )
            )
        if plan is None and not ideas:
            return draft
        return draft.model_copy(
            update={
                "director": f"{self.name}: {writer.identity}",
                "look": session.look(plan),
                "synopsis": plan.synopsis if plan else "",
                "shots": shots,
            }
        )


class _Session:
    """One film at the writer's desk."""

    def __init__(
        self, desk: Desk, draft: Storyboard, score: Score, director: LanguageModelDirector, tell: Listener
    ) -> None:
        self._desk = desk
        self._draft = draft
        self._score = score
        self._director = director
        self._tell = tell
        self._system = system(catalogue())
        self._frames = [frame_of(score, shot.start, shot.end, draft.format) for shot in draft.shots]
        self._gone = False
        self._failures = 0
        self.trouble = ""
        """What went wrong last, for people."""

    def look(self, plan: Treatment | None) -> str:
        """The film's look: the person's choice, else the model's."""
        return plan.look if plan and self._director.look == "auto" else self._draft.look

    def plan(self) -> Treatment | None:
        """The plan of the film, or None."""
        sections = len(self._score.sections)
        if not sections:
            return None
        self._tell(StageProgressed("direct", 0, len(self._draft.shots), "the plan"))
        try:
            return self._desk.ask(
                [self._system, self._plan_brief()],
                answer_schema(Treatment, "scenes", sections),
                TOKENS_A_STORY + TOKENS_A_SCENE * sections,
                parse=lambda text: parse_treatment(text, sections),
                rescue=lambda text: rescue_treatment(text, sections),
            )
        except WriterError as problem:
            self._note(problem)
            return None

    def _plan_brief(self) -> Message:
        suggested = []
        for index in range(len(self._score.sections)):
            within = [
                shot.imagery.scenery
                for shot, frame in zip(self._draft.shots, self._frames, strict=True)
                if frame.section_index == index
            ]
            suggested.append(max(within, key=within.count, default=""))
        settings = self._director
        return plan_brief(self._score, settings.seed, settings.look, suggested, catalogue())

    def ideas(self, plan: Treatment | None) -> Mapping[int, Idea]:
        """The model's ideas by shot number; shots that are missing stay the rules'."""
        found: dict[int, Idea] = {}
        done = 0
        for slots in self._briefs():
            if self._gone or self._failures >= PATIENCE:
                break
            numbers = frozenset(slot.shot.number for slot in slots)
            before = found.get(slots[0].shot.number - 1)
            got = self._some(slots, numbers, plan, before.picture if before else "")
            self._failures = 0 if got else self._failures + 1
            found |= got
            done += len(slots)
            self._tell(
                StageProgressed("direct", done, len(self._draft.shots), f"shot {slots[-1].shot.number}")
            )
        return found

    def shots(self, plan: Treatment | None, ideas: Mapping[int, Idea]) -> tuple[Shot, ...]:
        """The storyboard's shots: locked ones as they are, the others in the model's pictures or the rules'."""
        film = Wardrobe(
            catalogue().look(self.look(plan)), plan, self._director.stars, self._director.captions
        )
        done: list[Shot] = []
        for shot, frame in zip(self._draft.shots, self._frames, strict=True):
            if shot.locked:
                done.append(shot)
            elif shot.number in ideas:
                done.append(dressed(shot, ideas[shot.number], frame, done, film=film, score=self._score))
            else:
                done.append(in_scene(shot, plan.scene(frame.section_index) if plan else None, film))
        return tuple(done)

    def _some(
        self, slots: Sequence[Slot], numbers: frozenset[int], plan: Treatment | None, before: str
    ) -> Mapping[int, Idea]:
        try:
            return self._desk.ask(
                [self._system, shots_brief(slots, plan, before)],
                answer_schema(ShotList, "shots", len(slots)),
                TOKENS_A_SHOT * len(slots),
                parse=lambda text: parse_shots(text, numbers),
                rescue=lambda text: rescue_shots(text, numbers),
            )
        except WriterError as problem:
            self._note(problem)
            return {}

    def _note(self, problem: WriterError) -> None:
        self.trouble = problem.message.rstrip(".")
        self._gone = self._gone or isinstance(problem, WriterGoneError)

    def _briefs(self) -> Iterator[list[Slot]]:
        """Shots that are not locked, by section, a few at once."""
        slots = [
            Slot(
                shot=shot,
                section=frame.section_index,
                seconds=frame.seconds,
                possible=tuple(
                    kind.value for kind in possible_compositions(frame, has_star=bool(self._director.stars))
                ),
            )
            for shot, frame in zip(self._draft.shots, self._frames, strict=True)
            if not shot.locked
        ]
        for _, section in itertools.groupby(slots, key=lambda slot: slot.section):
            yield from _evenly(list(section))


def _evenly(slots: list[Slot]) -> Iterator[list[Slot]]:
    """Batches of nearly one size, none above the most that is asked at once."""
    count = -(-len(slots) // AT_ONCE)
    for part in range(count):
        yield slots[part * len(slots) // count : (part + 1) * len(slots) // count]
