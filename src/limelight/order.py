"""Order: what is to be made, where and with what, and the stages that the settings ask for."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from limelight.backends import load
from limelight.direct.director import Director
from limelight.document import write_atomically
from limelight.errors import BackendError, InputError, WeightError
from limelight.events import Listener, ignore
from limelight.guard import Policy, for_director
from limelight.listen.listening import WHISPER, Listen
from limelight.listen.words.lyrics import GivenLyrics, embedded_lyrics, read_lyrics
from limelight.parts import parse_parts, with_parts
from limelight.project import Project, explained
from limelight.provenance.certificate import signer_for
from limelight.provenance.release import Release, claims_of
from limelight.provenance.source import SourceType
from limelight.score import Score
from limelight.settings import Settings, remember
from limelight.shoot.camera import Kit
from limelight.stage import Stage, cache_key, digest, sha256_of
from limelight.star import Purpose
from limelight.storyboard import Storyboard
from limelight.unit import Production
from limelight.vault import Vault
from limelight.weights import registry
from limelight.weights.registry import Use


@dataclass(frozen=True)
class Order:
    """What is to be made, where, with what.

    Attributes:
        song: Anything with sound in it that FFmpeg reads.
        project: The folder that documents, takes and film are kept in; need not exist.
        settings: All of them, see :func:`limelight.settings.gather`.
        vault: Where the stars are.
        tell: Told of what happens, see :mod:`limelight.events`.
    """

    song: Path
    project: Project
    settings: Settings
    vault: Vault
    tell: Listener = ignore
    asked: Mapping[str, object] = field(default_factory=dict)
    """Settings that the project is to remember, so that the next run goes on with the same film."""

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """Hold the project against a second writer, and let it remember what was asked for.

        What turns out to be unusable is not remembered: the settings are then as they were before.

        Raises:
            ProjectError: it cannot be written, or another process holds it.
        """
        file = self.project.settings_file
        with self.project.writing():
            before = file.read_bytes() if file.exists() else None
            with explained(str(file)):
                remember(self.asked, file)
            try:
                yield
            except (InputError, WeightError, BackendError):
                with explained(str(file)):
                    _put_back(before, file)
                raise

    @property
    def lyrics(self) -> Path | None:
        """The lyrics file that was given."""
        return Path(self.settings.lyrics) if self.settings.lyrics else None

    def as_asked(self, score: Score) -> Score:
        """The score with what the settings say of it: title, artist and, of several stars, who sings what."""
        chosen = self.settings
        told = {name: text for name, text in (("title", chosen.title), ("artist", chosen.artist)) if text}
        score = score.model_copy(update={"song": score.song.model_copy(update=told)}) if told else score
        return with_parts(score, chosen.stars, parse_parts(chosen.parts, chosen.stars))

    @property
    def policy(self) -> Policy:
        """How strictly words and pictures are judged."""
        return Policy(self.settings.guard)

    @property
    def masked(self) -> bool:
        """Whether captions show rude words masked."""
        return self.settings.swearing == "masked" or (
            self.settings.swearing == "auto" and self.policy is Policy.STRICT
        )

    def production(self, score: Score, storyboard: Storyboard) -> Production:
        """Put the documents where the units read them, under names that change with their content."""
        project = self.project
        documents = {"score": score, "storyboard": storyboard}
        paths = {}
        for name, document in documents.items():
            paths[name] = project.cached("documents", digest(document.model_dump(mode="json")), ".json")
            if not paths[name].exists() or paths[name].read_bytes() != document.to_json().encode():
                with explained(str(paths[name])):
                    document.write(paths[name])
        (project.cache / "plates").mkdir(exist_ok=True)
        return self.produced_from(paths["score"], paths["storyboard"])

    def produced_from(self, score: Path, storyboard: Path) -> Production:
        """What the units are told of the film whose documents lie there."""
        settings = self.settings
        return Production(
            score,
            storyboard,
            self.project.cache / "plates",
            self.vault.root,
            settings.camera,
            label=settings.label,
            kit=self.kit,
            policy=self.policy,
            masked=self.masked,
            scorer=settings.scorer,
            titles=settings.titles,
        )

    @property
    def kit(self) -> Kit:
        """What the camera is equipped with."""
        chosen = self.settings
        use = Use(commercial=chosen.commercial, revenue=chosen.revenue)
        return Kit(chosen.model, chosen.motion, chosen.drawings_a_second, chosen.steps, use, chosen.lips)


def _put_back(content: bytes | None, file: Path) -> None:
    if content is None:
        file.unlink(missing_ok=True)
    elif file.read_bytes() != content:
        write_atomically(file, content)


def given_lyrics(order: Order) -> GivenLyrics | None:
    """The lyrics of the file that was given, else those in the recording's tags."""
    return read_lyrics(order.lyrics) if order.lyrics else embedded_lyrics(order.song)


def listen_stage(order: Order, given: GivenLyrics | None) -> tuple[Listen, str]:
    """What listens, and the key of what it will hear."""
    settings = order.settings
    stage = Listen(
        language=settings.language,
        whisper=settings.whisper,
        separate=settings.separate,
        longest=settings.longest_minutes * 60,
    )
    return stage, cache_key(
        stage, {"song": sha256_of(order.song), "lyrics": digest(given), **_weights(stage)}
    )


def director_of(order: Order, score: Score) -> tuple[Director, str]:
    """Who directs, and the key of what they will write."""
    settings = order.settings
    kind = load("directors", settings.director)
    director: Director = kind(
        format=settings.format,
        look=settings.look,
        seed=settings.seed,
        stars=settings.stars,
        captions=settings.captions,
        **{name: getattr(settings, name) for name in kind.settings},
    )
    read = digest(for_director(score, order.policy).model_dump())
    return director, cache_key(director, {"score": read, **_weights(director)})


def release_of(order: Order, score: Score, storyboard: Storyboard) -> Release:
    """What the finished film says of itself, and who signs it."""
    settings = order.settings
    consents = [order.vault.open(star, Purpose.FILM).star.consent_id for star in storyboard.stars]
    camera = load("cameras", settings.camera)(order.kit)
    claims = claims_of(
        score.song.sha256,
        consents,
        made_with(order, score),
        camera=f"{camera.name} {camera.version}",
        director=storyboard.director,
        source=getattr(camera, "source", SourceType.TRAINED),
    )
    signer = signer_for(order.vault, settings.certificate, settings.certificate_key)
    return Release(claims, signer, storyboard.title or score.song.title)


def made_with(order: Order, score: Score) -> tuple[str, ...]:
    """Names and digests of the models that listened, directed and drew."""
    listening, (director, _) = listen_stage(order, given_lyrics(order))[0], director_of(order, score)
    camera = load("cameras", order.settings.camera)(order.kit)
    heard = [name for name in listening.weights if listening.separate or name != "spleeter-2stems"]
    heard = [listening.whisper if name == WHISPER else name for name in heard]
    return (*_labels(heard), *_labels(director.weights), *camera.models)


def watched_with(order: Order) -> tuple[str, ...]:
    """Those of the content guard."""
    return () if order.policy is Policy.OFF else _labels(load("scorers", order.settings.scorer).weights)


def _weights(stage: Stage | Director) -> dict[str, str]:
    return {f"weight:{name}": registry()[name].digest for name in stage.weights}


def _labels(models: Sequence[str]) -> tuple[str, ...]:
    """Each name with its digest; the name alone of a model that is not registered."""
    known = registry()
    return tuple(f"{name} {known[name].digest}" if name in known.names else name for name in models)
