"""The recipes of docs/extending.md: its code runs, and the lists that it names are complete."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

from direct.test_director import song
from limelight.backends import load, names
from limelight.charcha.challenges.actions import ACTIONS, Kind
from limelight.charcha.simulated.webcam import peak
from limelight.direct.director import RulesDirector
from limelight.direct.prompts import FRAMING
from limelight.shoot.painted.compositions import COMPOSITIONS
from limelight.shooting import take_keys
from limelight.star import StarKind
from limelight.storyboard import Composition, Format, Move
from limelight.studio.consenting import GROUPS
from limelight.unit import Production, Slate, shoot
from limelight.vault import Vault
from limelight.weights.registry import Weight
from review.toy import toy_score, toy_storyboard
from vault.toy import enrol

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/extending.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    """The page's code blocks of a kind."""
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page's modules and entry points on the path, as pip would put them there."""
    folder = tmp_path / "site"
    about = folder / "extending-1.0.dist-info"
    about.mkdir(parents=True)
    modules = []
    for block in blocks("python"):
        name = re.match(r"# (\w+)\.py\n", block)
        assert name, f"a block without the name of its file: {block[:60]}"
        (folder / f"{name[1]}.py").write_text(block)
        modules.append(name[1])
    points = []
    for block in blocks("toml"):
        groups = tomllib.loads(block).get("project", {}).get("entry-points", {})
        for group, members in groups.items():
            points += [f"[{group}]", *(f"{name} = {place}" for name, place in members.items())]
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: extending\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("\n".join(points) + "\n")
    monkeypatch.syspath_prepend(folder)
    for module in modules:
        monkeypatch.delitem(sys.modules, module, raising=False)
    return folder


@pytest.mark.usefixtures("installed")
def test_the_camera_of_the_page_shoots_a_take(tmp_path: Path) -> None:
    assert "plain" in names("cameras")
    enrol(Vault(tmp_path / "vault"), kind=StarKind.SYNTHETIC)
    toy_score(0.4).write(tmp_path / "score.json")
    toy_storyboard([0, 6, 12], stars=("ada",)).write(tmp_path / "storyboard.json")
    film = Production(
        tmp_path / "score.json",
        tmp_path / "storyboard.json",
        tmp_path / "plates",
        tmp_path / "vault",
        "plain",
    )
    keys = take_keys(film)
    assert len(set(keys.values())) == 2
    take = tmp_path / "take.mp4"
    assert not shoot(Slate(film, 1, take)).redirected
    assert take.stat().st_size > 500


@pytest.mark.usefixtures("installed")
def test_the_director_of_the_page_holds_the_camera_still_and_nothing_else() -> None:
    director = load("directors", "calm")(format=Format(), stars=("ada",), seed=3)
    calm, usual = director.run(song()), RulesDirector(format=Format(), stars=("ada",), seed=3).run(song())
    assert calm.director == "calm"
    assert {shot.move for shot in calm.shots} == {Move.HOLD} != {shot.move for shot in usual.shots}
    assert [shot.composition for shot in calm.shots] == [shot.composition for shot in usual.shots]


def test_the_model_of_the_page_is_a_valid_entry() -> None:
    (entry,) = (tomllib.loads(block)["weight"] for block in blocks("toml") if "[[weight]]" in block)
    assert Weight.model_validate(entry[0]).size == 1_234_567


def test_every_composition_is_drawn_framed_and_chosen() -> None:
    assert set(COMPOSITIONS) == set(FRAMING) == set(Composition)
    storyboards = [
        RulesDirector(format=Format(), stars=("ada",), seed=seed).run(song(arousal=arousal))
        for seed in range(12)
        for arousal in (-0.6, 0.6)
    ]
    chosen = {shot.composition for storyboard in storyboards for shot in storyboard.shots}
    assert chosen == set(Composition), f"never chosen: {set(Composition) - chosen}"


def test_every_action_has_a_hint_and_an_actor_and_each_group_names_actions() -> None:
    figure = (ROOT / "src/limelight/studio/static/figure.js").read_text(encoding="utf-8")
    poses = figure[figure.index("const POSES") : figure.index("const ARROWS")]
    for action in ACTIONS:
        assert re.search(rf"\b{action}:", poses), f"no drawn hint for {action}"
        if (
            ACTIONS[action].kind is not Kind.OCCLUSION
        ):  # a hand is drawn before the face, by the webcam itself
            assert peak(action, 20.0) != peak(action, 20.0).__class__(), f"nobody can act {action}"
    assert {action for group in GROUPS.values() for action in group} <= set(ACTIONS)


def test_paths_that_the_page_names_are_there() -> None:
    for path in re.findall(r"`((?:src|tests|docs|bench)/[\w/.]+)`", PAGE):
        assert (ROOT / path).exists(), path
    for path in re.findall(r"python (docs/\w+\.py|bench/\w+)", PAGE):
        assert (ROOT / path).exists(), path
