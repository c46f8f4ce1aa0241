"""``limelight inspect``: one verdict for each thing that can have happened to a film."""

import json
import re

import pytest

from cli.backlot import Shell, refused
from limelight.errors import InputError
from limelight.provenance import manifest
from limelight.provenance.certificate import signer_for
from limelight.provenance.film_id import FilmId
from limelight.provenance.inspecting import SignedBy, Verdict, inspect
from limelight.provenance.release import Release, claims_of
from limelight.provenance.source import SourceType
from limelight.vault import Vault
from provenance.scenes import SONG, copy, film
from vault.toy import enrol


def claims(consent_id):
    return claims_of(
        SONG, [consent_id], [], camera="painted 1", director="rules", source=SourceType.COMPOSITE
    )


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """A vault, the star's consent, and a film of it that is marked, signed and entered."""
    folder = tmp_path_factory.mktemp("released")
    vault = Vault(folder / "vault")
    star = enrol(vault)
    path = film(folder / "film.mp4", 12, mark=FilmId.of(SONG, [star.consent_id]), shots=2)
    release = Release(claims(star.consent_id), signer_for(vault), "Toy")
    release.sign(path)
    release.enter(vault, path)
    return vault, star, path


def test_a_film_as_it_was_made_is_proven(released):
    vault, star, path = released
    found = inspect(path, vault)
    assert (found.verdict, found.signed_by, found.same_file) == (Verdict.PROVEN, SignedBy.HERE, True)
    assert found.claims.consents == (star.consent_id,)
    assert [(c.consent_id, c.status) for c in found.consents] == [(star.consent_id, "valid")]
    assert found.search.found.film.text == found.film_id
    assert not found.notes


def test_elsewhere_it_is_intact_but_nobody_knows_who_signed(released, tmp_path):
    _, _, path = released
    found = inspect(path, Vault(tmp_path / "none"))
    assert (found.verdict, found.signed_by, found.same_file) == (Verdict.INTACT, SignedBy.SELF_MADE, False)
    assert found.consents[0].status.startswith("unknown")
    assert not (tmp_path / "none").exists()


def test_a_changed_byte_is_told(released, tmp_path):
    vault, _, path = released
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    spoilt = tmp_path / "film.mp4"
    spoilt.write_bytes(content)
    found = inspect(spoilt, vault)
    assert found.verdict is Verdict.CHANGED
    assert found.claims is None
    assert found.manifest.problems


def test_a_copy_is_known_by_its_watermark_alone(released, tmp_path):
    vault, star, path = released
    again = copy(path, tmp_path / "copy.mp4")
    found = inspect(again, vault)
    assert (found.verdict, found.manifest, found.same_file) == (Verdict.COPY, None, False)
    assert found.film_id == FilmId.of(SONG, [star.consent_id]).text
    assert [record.song_sha256 for record in found.records] == [SONG]
    assert [(c.consent_id, c.status) for c in found.consents] == [(star.consent_id, "valid")]
    elsewhere = inspect(again, Vault(tmp_path / "none"))
    assert (elsewhere.verdict, elsewhere.film_id) == (Verdict.COPY, found.film_id)
    assert not elsewhere.consents


def test_an_unmarked_film_says_nothing(tmp_path):
    found = inspect(film(tmp_path / "film.mp4", 4, mark=None), Vault(tmp_path / "v"), thorough=False)
    assert (found.verdict, found.film_id, found.records) == (Verdict.NOTHING, "", ())


def test_a_film_signed_again_by_somebody_else_is_told_by_its_pictures(released, tmp_path):
    """Anybody can make a certificate: the manifest is intact, and the watermark contradicts it."""
    vault, _, path = released
    stolen, thief = copy(path, tmp_path / "film.mp4", crf=20), Vault(tmp_path / "thief")
    manifest.sign(stolen, claims("consent-of-another"), signer_for(thief))
    found = inspect(stolen, vault)
    assert (found.manifest.intact, found.signed_by) == (True, SignedBy.SELF_MADE)
    assert found.verdict is Verdict.CHANGED
    assert "another film" in found.notes[0]


@pytest.mark.parametrize("ending", ["revoke", "forget"])
def test_a_withdrawn_consent_is_told_of_film_and_copy(tmp_path, ending):
    vault = Vault(tmp_path / "vault")
    star = enrol(vault)
    path = film(tmp_path / "film.mp4", 8, mark=FilmId.of(SONG, [star.consent_id]), shots=1)
    again = copy(path, tmp_path / "copy.mp4")
    release = Release(claims(star.consent_id), signer_for(vault))
    release.sign(path)
    release.enter(vault, path)
    getattr(vault, ending)(star.id)
    for file in (path, again):
        found = inspect(file, vault)
        assert found.verdict is Verdict.ENDED
        assert found.consents[0].status == f"withdrawn on {vault.now():%Y-%m-%d}"


def test_a_film_is_entered_once_and_in_the_log(released):
    vault, star, path = released
    release = Release(claims(star.consent_id), signer_for(vault), "Toy")
    release.enter(vault, path)
    film_id = release.claims.film_id
    assert len(vault.films.of(film_id)) == 1
    assert vault.films.of("0" * 12) == []
    logged = [entry for entry in vault.log().entries if entry.event == "filmed"]
    assert [(entry.consent_id, film_id in entry.detail) for entry in logged] == [(star.consent_id, True)]
    assert vault.log().whole


def test_what_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="is not there"):
        inspect(tmp_path / "film.mp4", Vault(tmp_path / "v"))
    with pytest.raises(InputError, match="is a folder"):
        inspect(tmp_path, Vault(tmp_path / "v"))


def test_the_command_says_it_and_ends_with_a_code(released, tmp_path, capsys):
    vault, star, path = released
    shell = Shell(tmp_path, vault.root, capsys)
    said = shell("inspect", path)
    assert said.code == 0
    assert said.out.startswith("Proven")
    assert f"consent:    {star.consent_id}: valid" in said.out
    data = json.loads(shell("inspect", path, "--json").out)
    assert (data["verdict"], data["same_file"]) == ("proven", True)
    assert data["manifest"]["claims"]["song_sha256"] == SONG
    again = copy(path, tmp_path / "copy.mp4")
    assert shell("inspect", again).code == 4
    assert Shell(tmp_path, tmp_path / "elsewhere", capsys)("inspect", path).code == 7
    spoilt = tmp_path / "spoilt.mp4"
    spoilt.write_bytes(path.read_bytes()[:-1])
    assert shell("inspect", spoilt).code == 3
    notes = tmp_path / "notes.txt"
    notes.write_text("not a film")
    refused(shell("inspect", notes), "no picture", codes=[2])
    refused(shell("inspect", tmp_path / "none.mp4"), "not there", codes=[2])
    assert shell("inspect", film(tmp_path / "plain.mp4", 3, mark=None), "--fast").code == 5


def test_the_few_bytes_that_no_hash_covers_are_told_where_the_film_was_made(released, tmp_path):
    """Among the heads of the manifest's own boxes: elsewhere such a file passes, here its bytes are known."""
    vault, _, path = released
    content = path.read_bytes()
    spoilt = tmp_path / "film.mp4"
    heads = [at.start() for at in re.finditer(rb"jumd", content[: content.index(b"moov")])]
    for place in (head + 20 for head in heads):  # the toggles that say which fields a box has
        for bit in range(8):
            changed = bytearray(content)
            changed[place] ^= 1 << bit
            spoilt.write_bytes(changed)
            found = manifest.read(spoilt)
            if found is not None and found.intact:
                assert inspect(spoilt, Vault(tmp_path / "none")).verdict is Verdict.INTACT
                told = inspect(spoilt, vault)
                assert told.verdict is Verdict.CHANGED
                assert "very bytes" in " ".join(told.notes)
                return
    pytest.fail("no such byte was found: every flip is told by the manifest itself")
