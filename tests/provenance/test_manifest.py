"""What a film says of itself: signed, read again, and every changed byte told."""

import resource
import stat
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import av
import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from limelight.errors import ProvenanceError, SettingsError
from limelight.provenance import manifest
from limelight.provenance.certificate import local_root, signer_for
from limelight.provenance.manifest import Claims
from limelight.provenance.release import Release, claims_of
from limelight.provenance.source import SourceType
from limelight.vault import Vault
from provenance.scenes import OURS, SONG, film

FLIPS = 300


@pytest.fixture(scope="module")
def vault(tmp_path_factory):
    return Vault(tmp_path_factory.mktemp("vault"))


@pytest.fixture(scope="module")
def claims():
    return claims_of(
        SONG, ["consent-1"], ["a-model " + "cd" * 32],
        camera="painted 1", director="rules", source=SourceType.COMPOSITE,
    )  # fmt: skip


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return film(tmp_path_factory.mktemp("plain") / "film.mp4", 6, (160, 90), shots=1)


@pytest.fixture(scope="module")
def signed(tmp_path_factory, plain, vault, claims):
    path = tmp_path_factory.mktemp("signed") / "film.mp4"
    path.write_bytes(plain.read_bytes())
    manifest.sign(path, claims, signer_for(vault), title="Toy")
    return path


def packets(path):
    with av.open(str(path)) as clip:
        told = [(p.stream.index, p.pts, p.dts, p.duration, bytes(p)) for p in clip.demux() if p.size]
        return told, clip.duration, clip.metadata


def certificate(folder, *, name="Studio", days=365, usage="1.3.6.1.5.5.7.3.4"):
    """A certificate of one's own, under a root of one's own: two PEM files."""
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    now = datetime.now(UTC)

    def issued(common, public, *, ca):
        issuer = root_key.public_key()
        flags = dict.fromkeys(
            ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only",
             "decipher_only"), False,
        )  # fmt: skip
        named = [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
        built = (
            x509.CertificateBuilder()
            .subject_name(x509.Name(named))
            .issuer_name(x509.Name([named[0], x509.NameAttribute(NameOID.COMMON_NAME, "root")]))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=2))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, **flags), critical=True
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False)
        )
        if not ca:
            built = built.add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier(usage)]), critical=False)
        return built.sign(root_key, hashes.SHA256()).public_bytes(Encoding.PEM)

    chain, secret = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(
        issued("signer", key.public_key(), ca=False) + issued("root", root_key.public_key(), ca=True)
    )
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    secret.chmod(0o600)
    return chain, secret


def test_it_says_what_was_claimed(signed, vault, claims):
    found = manifest.read(signed, [local_root(vault)])
    assert (found.intact, found.trusted, found.problems) == (True, True, ())
    assert found.claims == claims
    assert found.claims.film_id == OURS.text
    assert found.generator.startswith("Limelight ")
    assert found.issuer == "Limelight, local certificate"


def test_pictures_times_and_the_order_of_the_file_stay(plain, signed):
    assert packets(plain) == packets(signed)
    content = signed.read_bytes()
    assert content[4:8] == b"ftyp"
    assert content.index(b"moov") < content.index(b"mdat")
    assert [path.name for path in signed.parent.iterdir()] == ["film.mp4"]


def test_no_name_is_in_it(signed):
    assert b"Ada" not in signed.read_bytes()


def test_without_the_root_nobody_vouches_for_it(signed, tmp_path):
    assert manifest.read(signed).trusted is False
    assert manifest.read(signed).intact
    other = Vault(tmp_path)
    signer_for(other)
    assert manifest.read(signed, [local_root(other)]).trusted is False


def test_a_film_without_one_says_none(plain, tmp_path):
    assert manifest.read(plain) is None
    text = tmp_path / "notes.txt"
    text.write_text("not a film")
    assert manifest.read(text) is None


def test_flips_are_told(signed, tmp_path):
    """Half of them within the manifest: all but those in a few bytes of its boxes' heads that no hash covers."""
    content, random = signed.read_bytes(), np.random.default_rng(11)
    end = content.index(b"moov")
    places = [*random.integers(0, end, FLIPS // 2), *random.integers(0, len(content), FLIPS // 2)]
    path, missed = tmp_path / "flipped.mp4", []
    for place in places:
        spoilt = bytearray(content)
        spoilt[place] ^= 1 << int(random.integers(8))
        path.write_bytes(spoilt)
        found = manifest.read(path)
        if found is None or found.intact:
            missed.append(place)
    assert len(missed) <= 0.02 * FLIPS
    assert all(place < end for place in missed)


def test_cut_off_added_and_emptied_files_are_told(signed, tmp_path):
    content, path = signed.read_bytes(), tmp_path / "spoilt.mp4"
    for spoilt in (content[:-100], content + b"more", content[: len(content) // 2]):
        path.write_bytes(spoilt)
        assert not manifest.read(path).intact
    path.write_bytes(b"")
    assert manifest.read(path) is None


def test_the_manifest_of_another_film_does_not_fit(signed, vault, claims, tmp_path):
    other = film(tmp_path / "other.mp4", 5, (160, 90), shots=1)
    manifest.sign(other, claims, signer_for(vault))
    ours, theirs = signed.read_bytes(), other.read_bytes()
    joined = tmp_path / "joined.mp4"
    joined.write_bytes(ours[: ours.index(b"moov") - 4] + theirs[theirs.index(b"moov") - 4 :])
    assert not manifest.read(joined).intact


def test_the_local_certificate_is_made_once_and_private(vault):
    first, again = signer_for(vault), signer_for(Vault(vault.root))
    assert first.local
    assert first.fingerprint == again.fingerprint
    key = vault.root / "film-signer.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    public = (vault.root / "film-signer.pem").read_text()
    assert "PRIVATE" not in public
    assert vault.film_signer.private_bytes_raw() not in key.read_bytes()


def test_a_certificate_of_ones_own_signs(tmp_path, plain, vault, claims):
    chain, key = certificate(tmp_path)
    path = tmp_path / "film.mp4"
    path.write_bytes(plain.read_bytes())
    signer = signer_for(vault, str(chain), str(key))
    assert not signer.local
    manifest.sign(path, claims, signer)
    found = manifest.read(path, [chain.read_text()])
    assert (found.intact, found.trusted, found.issuer) == (True, True, "Studio")
    assert manifest.read(path, [local_root(vault)]).trusted is False


def test_certificates_that_cannot_sign_are_refused(tmp_path, plain, vault, claims):
    chain, key = certificate(tmp_path)
    with pytest.raises(SettingsError, match="needs its key"):
        signer_for(vault, str(chain))
    with pytest.raises(ProvenanceError, match="cannot be read"):
        signer_for(vault, str(tmp_path / "no.pem"), str(key))
    key.chmod(0o644)
    with pytest.raises(ProvenanceError, match="other users"):
        signer_for(vault, str(chain), str(key))
    key.chmod(0o600)
    (tmp_path / "two").mkdir()
    _, other = certificate(tmp_path / "two")
    with pytest.raises(ProvenanceError, match="is not the key of"):
        signer_for(vault, str(chain), str(other))
    key.write_text("no key")
    with pytest.raises(ProvenanceError, match="PEM"):
        signer_for(vault, str(chain), str(key))
    path = tmp_path / "film.mp4"
    path.write_bytes(plain.read_bytes())
    (tmp_path / "three").mkdir()
    unfit = certificate(tmp_path / "three", usage="1.3.6.1.5.5.7.3.1")
    with pytest.raises(ProvenanceError, match="cannot be signed"):
        manifest.sign(path, claims, signer_for(vault, *map(str, unfit)))
    assert path.read_bytes() == plain.read_bytes()
    assert not list(tmp_path.glob(".*")) + list(tmp_path.glob("*.part*"))


@contextmanager
def no_file_longer_than(most):
    """The limit on a file's size stands for the disk: the system refuses to write more, as ENOSPC does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_fills_while_a_film_is_signed_is_named_and_nothing_half_written_stays(
    tmp_path, plain, signed, vault, claims
):
    path = tmp_path / "film.mp4"
    path.write_bytes(plain.read_bytes())
    signer = signer_for(vault)
    for share in (0.0, 0.5, 0.999):
        with (
            no_file_longer_than(int(share * signed.stat().st_size)),
            pytest.raises(ProvenanceError, match="cannot be signed: File too large") as refused,
        ):
            manifest.sign(path, claims, signer)
        assert "Free 1 MB there" in refused.value.hint
        assert path.read_bytes() == plain.read_bytes()
        assert list(tmp_path.iterdir()) == [path]
    with no_file_longer_than(2 * signed.stat().st_size):  # the control: there is room
        manifest.sign(path, claims, signer)
    assert manifest.read(path).intact


def test_a_release_changes_with_what_it_says_and_who_signs(vault, claims, tmp_path):
    ours = Release(claims, signer_for(vault), "Toy")
    assert ours.key == Release(claims, signer_for(vault), "Toy").key
    others = [
        Release(claims, signer_for(vault), "Other"),
        Release(claims, signer_for(Vault(tmp_path)), "Toy"),
        Release(claims.model_copy(update={"camera": "painted 2"}), signer_for(vault), "Toy"),
    ]
    assert len({ours.key, *(other.key for other in others)}) == 4


def test_claims_refuse_what_is_no_claim():
    with pytest.raises(ValueError, match="film_id"):
        Claims(film_id="x", song_sha256=SONG, camera="a", director="b", source=SourceType.TRAINED)
