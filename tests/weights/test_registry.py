"""The register: what it says, what it refuses."""

import re

import pytest

from limelight.errors import LicenceError, WeightError
from limelight.weights import Download, Packaged, Registry, Use, registry

TOY = """
schema = "limelight.weights/1"
[[weight]]
name = "toy"
purpose = "to be tested"
licence = "CC0-1.0"
licence_source = "this test"
{extra}
[[weight.files]]
name = "toy.bin"
sha256 = "{sha}"
size = 3
sources = [{{ url = "https://example.org/toy.bin" }}]
"""


def toy(extra: str = "", sha: str = "0" * 64) -> Registry:
    return Registry.parse(TOY.format(extra=extra, sha=sha))


def test_every_model_of_the_design_is_registered() -> None:
    wanted = {
        "face-landmarker", "selfie-segmenter", "yunet", "sface", "opennsfw", "age", "multistyle26",
        "arbitrary-style", "whisper-base", "whisper-tiny-en", "spleeter-2stems", "musicnn", "wordllama",
    }  # fmt: skip
    assert wanted <= set(registry().names)


def test_hashes_agree_with_those_published_elsewhere() -> None:
    assert registry()["whisper-base"].files[0].sha256 == (
        "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
    )
    assert registry()["whisper-base"].files[0].size == 145_217_532
    assert registry()["whisper-tiny-en"].files[0].sha256 == (
        "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"
    )


def test_every_model_has_a_licence_an_origin_and_a_package_to_fall_back_on() -> None:
    for weight in registry().weight:
        assert weight.licence_source
        for file in weight.files:
            kinds = [isinstance(source, Download) for source in file.sources]
            assert kinds == sorted(kinds, reverse=True), f"{weight.name}: the official address comes first"
            assert not all(kinds), f"{weight.name}: {file.name} comes from no package"


def test_packages_are_pinned() -> None:
    for weight in registry().weight:
        for source in (source for file in weight.files for source in file.sources):
            for part in getattr(source, "parts", (source,)):
                if isinstance(part, Packaged):
                    assert re.search(r"==|@", part.package)


@pytest.mark.parametrize("name", ["face-landmarker", "face_landmarker", "Face-Landmarker"])
def test_names_are_forgiving_about_dashes_and_case(name: str) -> None:
    assert registry()[name].name == "face-landmarker"


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(WeightError, match=r"no model 'sfac'.*sface"):
        registry()["sfac"]


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ('licens = "MIT"', "licens: Extra inputs"),
        ("licence_verified = false", "must have forbids"),
        ('forbids = ["breathing"]', "forbids"),
        ('excluded_territories = ["Europe"]', "excluded_territories"),
    ],
)
def test_a_broken_register_is_refused_by_the_key(extra: str, message: str) -> None:
    with pytest.raises(WeightError, match=message):
        toy(extra)


def test_a_hash_must_be_a_hash() -> None:
    with pytest.raises(WeightError, match="sha256"):
        toy(sha="beef")


def test_no_toml_is_said_to_be_no_toml() -> None:
    with pytest.raises(WeightError, match="not TOML"):
        Registry.parse("[[weight")


def test_a_name_cannot_be_registered_twice() -> None:
    once = TOY.format(extra="", sha="0" * 64)
    twice = once + once.split("\n", 2)[2]
    with pytest.raises(WeightError, match="registered twice: toy"):
        Registry.parse(twice)


@pytest.mark.parametrize(
    ("extra", "refused", "allowed", "reason"),
    [
        ('forbids = ["commercial"]', Use(commercial=True), Use(), "commercially"),
        ('forbids = ["hosted"]', Use(hosted=True), Use(commercial=True), "a service for others"),
        (
            'forbids = ["redistribute"]\nlicence_verified = false',
            Use(redistribute=True),
            Use(),
            "not be verified",
        ),
        ('excluded_territories = ["DE"]', Use(territory="DE"), Use(territory="FR"), "DE"),
        ("revenue_ceiling = 1e6", Use(revenue=2e6), Use(revenue=1e6), "1,000,000"),
    ],
)
def test_a_licence_forbids_with_its_reason(extra: str, refused: Use, allowed: Use, reason: str) -> None:
    weight = toy(extra)["toy"]
    weight.permit(allowed)
    with pytest.raises(LicenceError, match=reason):
        weight.permit(refused)


def test_models_of_uncertain_licence_may_be_used_but_not_passed_on() -> None:
    uncertain = [weight for weight in registry().weight if not weight.licence_verified]
    assert {"wordllama", "multistyle26"} <= {weight.name for weight in uncertain}
    for weight in uncertain:
        weight.permit(Use())
        with pytest.raises(LicenceError):
            weight.permit(Use(redistribute=True))
