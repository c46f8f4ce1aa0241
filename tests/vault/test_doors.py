"""There is one door into the vault, and nothing in the program carries a picture from outside to it."""

import ast
import functools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import limelight
from limelight.errors import ConsentError, DocumentError
from limelight.vault import Manifest, Receipt
from limelight.vault.seal import new_key, seal, unseal

SOURCE = Path(limelight.__file__).parent
KEY = new_key()


@functools.cache
def attributes() -> dict[str, set[str]]:
    """By file, the vault's own apart: every attribute that something is asked for."""
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if not name.startswith("vault/"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found[name] = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return found


def uses(attribute: str) -> set[str]:
    """Files in which something has an attribute of that name."""
    return {name for name, found in attributes().items() if attribute in found}


@pytest.mark.parametrize("attribute", ["data_key", "keychain", "master", "_deed", "refuse_receipt"])
def test_nobody_else_reaches_for_keys(attribute: str) -> None:
    assert uses(attribute) == set()


def test_only_charcha_admits_and_vouches() -> None:
    assert "charcha/records/keeping.py" in uses("verifier")
    assert uses("verifier") <= {"charcha/records/keeping.py"}
    assert uses("admit") - {"charcha/session.py"} == {"charcha/records/keeping.py"}


@given(st.binary(max_size=200))
def test_no_bytes_but_a_seal_unseal(content: bytes) -> None:
    for candidate in (content, b"LMS1" + content):
        with pytest.raises(ConsentError):
            unseal(KEY, candidate, "ada")


@given(st.binary(max_size=200), st.text(max_size=40), st.text(max_size=40))
def test_a_seal_opens_for_what_it_was_bound_to_alone(content: bytes, bound_to: str, other: str) -> None:
    sealed = seal(KEY, content, bound_to)
    assert unseal(KEY, sealed, bound_to) == content
    if other != bound_to:
        with pytest.raises(ConsentError):
            unseal(KEY, sealed, other)


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200)))
def test_no_text_but_a_signed_document_reads(content: str | bytes) -> None:
    for kind in (Receipt, Manifest):
        with pytest.raises(DocumentError):
            kind.parse(content)
