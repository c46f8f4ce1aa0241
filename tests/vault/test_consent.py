import json
from datetime import timedelta
from pathlib import Path

import pytest

from limelight.errors import ConsentError, DocumentError
from limelight.star import Purpose, StarKind
from limelight.vault import Agreement, ConsentState, Receipt, Vault
from limelight.vault.consent import notice, notice_sha256
from vault.toy import enrol


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path)


def test_the_receipt_says_who_what_for_how_long_and_how_to_stop_it(vault: Vault) -> None:
    given = vault.consent(Agreement("Ada", adult=True, purposes=(Purpose.FILM, Purpose.PERFORMANCE)))
    told = json.loads(given.to_json())
    assert told["record"]["pii_principal_name"] == "Ada"
    assert told["record"]["adult_by_declaration"] is True
    assert [one["purpose"] for one in told["purposes"]] == ["personalise my films", "sing-along footage"]
    assert told["privacy_notice"] == {"version": "2", "language": "en", "sha256": notice_sha256()}
    assert all("star revoke" in one["withdrawal_method"] for one in told["purposes"])
    assert given.expires - given.event.event_time == timedelta(days=365)
    assert told["parties"][0]["party_id"] == vault.lock.id
    assert vault.consent_status(given.consent_id).valid


def test_the_notice_tells_the_purposes_the_commands_and_the_age() -> None:
    text = " ".join(notice().split())
    for needed in (*Purpose, "star revoke", "star forget", "adult", "one year", "biometric"):
        assert needed in text


def test_minors_and_endless_retention_are_refused(vault: Vault) -> None:
    with pytest.raises(ConsentError, match="adults"):
        vault.consent(Agreement("Kid", adult=False))
    with pytest.raises(ConsentError, match="365 days"):
        vault.consent(Agreement("Ada", adult=True, retention=timedelta(days=366)))


@pytest.mark.parametrize("name", ["", "x" * 81])
def test_names_that_do_not_fit_are_refused_as_consent(vault: Vault, name: str) -> None:
    with pytest.raises(ConsentError, match="1 to 80"):
        vault.consent(Agreement(name, adult=True))


def test_consents_are_given_once(vault: Vault) -> None:
    vault.consent(Agreement("Ada", adult=True, consent_id="c-1"))
    with pytest.raises(ConsentError, match="before"):
        vault.consent(Agreement("Eve", adult=True, consent_id="c-1"))
    star = enrol(vault)
    vault.forget("ada")
    with pytest.raises(ConsentError, match="before"):
        vault.consent(Agreement("Ada", adult=True, consent_id=star.consent_id))


def test_a_receipt_reads_back_and_no_other_text_does(vault: Vault) -> None:
    given = vault.consent(Agreement("Ada", adult=True))
    text = given.to_json()
    assert Receipt.parse(text) == given
    for changed in (
        text + " ",
        text.replace(" ", "  ", 1),
        json.dumps(json.loads(text)),
        text.replace("Ada", "Adé"),
    ):
        try:
            Receipt.parse(changed).refuse_forged({given.verifier})
        except (ConsentError, DocumentError):
            continue
        pytest.fail(changed)


def test_a_receipt_signed_by_somebody_else_does_not_count(vault: Vault, tmp_path: Path) -> None:
    other = Vault(tmp_path / "other").consent(Agreement("Ada", adult=True, consent_id="c-1"))
    vault.register.give(other, vault.now())
    assert vault.consent_status("c-1").state is ConsentState.UNKNOWN


def test_what_never_was_is_unknown(vault: Vault) -> None:
    assert str(vault.consent_status("nothing")) == "unknown"


def test_the_export_holds_all_but_the_pictures(vault: Vault) -> None:
    star = enrol(vault, kind=StarKind.SYNTHETIC)
    vault.open("ada", Purpose.FILM)
    exported = vault.export("ada")
    assert set(exported) == {"consent", "star", "receipt", "manifest", "log"}
    assert exported["receipt"]["record"]["record_id"] == star.consent_id
    assert [line["event"] for line in exported["log"]] == ["admitted", "opened", "exported"]
    assert json.dumps(exported)
