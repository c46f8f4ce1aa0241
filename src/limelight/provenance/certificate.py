"""Who signs films: a certificate of one's own by configuration, else one that the vault made for itself.

The vault's own says nothing about who somebody is: anybody can make such a one, with any name in it. It shows that a
film has not changed since it was signed, and, to the vault that made it, that it was signed here. Its root's key is
thrown away once it has signed that one certificate.
"""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from limelight.document import write_atomically
from limelight.errors import ProvenanceError, SettingsError
from limelight.vault import Vault

LOCAL: Final = "Limelight, local certificate"
"""The organisation in a certificate that a vault made."""
YEARS: Final = 10
RENEWED: Final = timedelta(days=365)
"""A local certificate is made anew when it ends within that time."""
FILE: Final = "film-signer.pem"
EMAIL_PROTECTION: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.4")
"""Extended key usages that C2PA takes for signing claims."""


@dataclass(frozen=True)
class Signer:
    """A certificate and the means to sign with it.

    Attributes:
        chain: PEM, the signing certificate first.
        algorithm: C2PA's name: ``Ed25519``, ``Es256``, ``Es384``, ``Es512`` or ``Ps256``.
        local: Whether the vault made it.
        sign: Signs bytes; None where ``key`` is given.
        key: The private key, PEM; empty where ``sign`` is given.
    """

    chain: str
    algorithm: str
    local: bool
    sign: Callable[[bytes], bytes] | None = None
    key: str = ""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the signing certificate."""
        return x509.load_pem_x509_certificate(self.chain.encode()).fingerprint(hashes.SHA256()).hex()


def signer_for(vault: Vault, certificate: str = "", key: str = "") -> Signer:
    """The configured certificate, or the vault's own, made where there is none.

    Args:
        vault: Keeps the local key, sealed.
        certificate: Path of a PEM file: the signing certificate, then its issuers; empty for the vault's own.
        key: Path of its private key, PEM, not encrypted, readable by its owner alone.

    Raises:
        SettingsError: one is given without the other.
        ProvenanceError: a file cannot be used, or the two do not belong together.
    """
    if bool(certificate) != bool(key):
        raise SettingsError(
            "a certificate needs its key, and a key its certificate.",
            hint="Set both `certificate` and `certificate_key`, or neither.",
        )
    return _configured(Path(certificate), Path(key)) if certificate else _local(vault)


def has_signer(vault: Vault, certificate: str = "") -> bool:
    """Whether :func:`signer_for` would make nothing new. Touches nothing."""
    path = vault.root / FILE
    return bool(certificate) or (path.exists() and _still_good(path, vault.film_signer, vault.now()))


def local_root(vault: Vault) -> str:
    """The root of the vault's own certificate, PEM; empty if it has none. Touches nothing."""
    path = vault.root / FILE
    if not path.exists():
        return ""
    *_, root = x509.load_pem_x509_certificates(path.read_bytes())
    return _pem(root)


def _local(vault: Vault) -> Signer:
    key = vault.film_signer
    path = vault.root / FILE
    if not (path.exists() and _still_good(path, key, vault.now())):
        write_atomically(path, _made(key.public_key(), vault.now()).encode())
    return Signer(path.read_text(), "Ed25519", local=True, sign=key.sign)


def _still_good(path: Path, key: ed25519.Ed25519PrivateKey, now: datetime) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError:
        return False
    return certificate.public_key() == key.public_key() and certificate.not_valid_after_utc > now + RENEWED


def _made(public: ed25519.Ed25519PublicKey, now: datetime) -> str:
    """A root and the signing certificate under it: C2PA refuses signing certificates that sign themselves."""
    root_key = ed25519.Ed25519PrivateKey.generate()
    root = _certificate("root", root_key.public_key(), root_key, root_key.public_key(), now, root=True)
    signing = _certificate("film signer", public, root_key, root_key.public_key(), now, root=False)
    return _pem(signing) + _pem(root)


def _certificate(
    name: str,
    public: ed25519.Ed25519PublicKey,
    issuer: ed25519.Ed25519PrivateKey,
    issuer_public: ed25519.Ed25519PublicKey,
    now: datetime,
    *,
    root: bool,
) -> x509.Certificate:
    """X.509 as C2PA 2.2, 14.5.1 asks for."""
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False
    ) | dict.fromkeys(("encipher_only", "decipher_only"), False)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name("root"))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=root, path_length=0 if root else None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_public), critical=False)
        .add_extension(
            x509.KeyUsage(digital_signature=not root, key_cert_sign=root, crl_sign=root, **usage),
            critical=True,
        )
    )
    if not root:
        builder = builder.add_extension(x509.ExtendedKeyUsage([EMAIL_PROTECTION]), critical=False)
    return builder.sign(issuer, None)


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, LOCAL),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _configured(certificate: Path, key: Path) -> Signer:
    try:
        if os.name == "posix" and key.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ProvenanceError(
                f"the key {key} may be read by other users.",
                hint=f"Run: chmod 600 {key} and check who saw it.",
            )
        chain, secret = certificate.read_bytes(), key.read_bytes()
    except OSError as problem:
        raise ProvenanceError(
            f"{problem.filename} cannot be read: {problem.strerror}.",
            hint="Mend `certificate` and `certificate_key`, or leave both out.",
        ) from problem
    try:
        first = x509.load_pem_x509_certificates(chain)[0]
        private = serialization.load_pem_private_key(secret, None)
    except (ValueError, TypeError, IndexError) as problem:
        raise ProvenanceError(
            f"{certificate} and {key} are not a certificate and a key in PEM, the key without a passphrase.",
            hint="Convert them: openssl x509 ..., openssl pkcs8 -topk8 -nocrypt ...",
        ) from problem
    if first.public_key() != private.public_key():
        raise ProvenanceError(
            f"{key} is not the key of {certificate}.", hint="Give the two that belong together."
        )
    return Signer(chain.decode(), _algorithm(private), local=False, key=secret.decode())


def _algorithm(private: Any) -> str:
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return "Ed25519"
    if isinstance(private, ec.EllipticCurvePrivateKey):
        named = {"secp256r1": "Es256", "secp384r1": "Es384", "secp521r1": "Es512"}
        if private.curve.name in named:
            return named[private.curve.name]
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size >= 2048:
        return "Ps256"
    raise ProvenanceError(
        "C2PA does not sign with a key of this kind.",
        hint="Use Ed25519, an elliptic curve P-256, P-384 or P-521, or RSA of 2048 bits or more.",
    )
