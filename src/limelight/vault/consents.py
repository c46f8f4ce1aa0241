"""The consents of one vault: entered, judged at a time, and held against what a star's card says."""

from datetime import datetime

from limelight.errors import ConsentError, DocumentError
from limelight.star import Star, StarKind
from limelight.vault.consent import Agreement, ConsentState, ConsentStatus, Receipt
from limelight.vault.keychain import Keychain
from limelight.vault.manifest import VERIFY
from limelight.vault.register import Ending, Register, Standing
from limelight.vault.signing import public_hex


class Consents:
    """What people agreed to, as the register holds it. Only for this package; times are told, there is no clock.

    Args:
        register: Where consents are entered.
        keychain: Of the vault: signs receipts, and tells its own from others.
    """

    def __init__(self, register: Register, keychain: Keychain) -> None:
        self._register = register
        self._keychain = keychain

    def enter(self, agreement: Agreement, now: datetime) -> Receipt:
        """Enter a consent and give the signed receipt.

        Raises:
            ConsentError: not an adult by declaration, or the consent was given before.
        """
        receipt = self.sign(agreement, now)
        self._register.give(receipt, now)
        return receipt

    def sign(self, agreement: Agreement, now: datetime) -> Receipt:
        """A signed receipt that is not entered yet."""
        signer = self._keychain.consent_signer  # making it locks a new vault
        lock = self._keychain.lock
        return agreement.receipt(now, lock.id if lock else "").signed(signer)

    def status(self, consent_id: str, now: datetime) -> ConsentStatus:
        """What a consent is worth: valid, withdrawn on, expired on, or unknown (a changed receipt too)."""
        return self.status_of(self._register.consent(consent_id), now)

    def status_of(self, standing: Standing, now: datetime) -> ConsentStatus:
        """What the consent of an entry of the register is worth."""
        if standing.ended is not None:
            expired = standing.reason == Ending.EXPIRED
            state = ConsentState.EXPIRED if expired else ConsentState.WITHDRAWN
            return ConsentStatus(state, datetime.fromisoformat(standing.ended))
        try:
            receipt = Receipt.parse(standing.receipt or "", origin="the receipt")
            self._refuse_forged(receipt)
        except (ConsentError, DocumentError):
            return ConsentStatus(ConsentState.UNKNOWN)
        if receipt.consent_id != standing.consent_id:
            return ConsentStatus(ConsentState.UNKNOWN)
        if receipt.expires <= now:
            return ConsentStatus(ConsentState.EXPIRED, receipt.expires)
        return ConsentStatus(ConsentState.VALID)

    def receipt_of(self, star: Star, now: datetime) -> Receipt:
        """The receipt of a star's consent; an understudy's is made by the same code if there is none yet.

        Raises:
            ConsentError: the consent has ended, or there is none.
        """
        standing = self._register.consent(star.consent_id)
        status = self.status_of(standing, now)
        if status.valid and standing.receipt is not None:
            return Receipt.parse(standing.receipt)
        if star.star_kind is not StarKind.SYNTHETIC or status.state is not ConsentState.UNKNOWN:
            raise ConsentError(f"the consent {star.consent_id!r} of {star.id!r} is {status}.", hint=VERIFY)
        agreement = Agreement(
            star.name,
            adult=True,
            purposes=star.purposes,
            account="nobody",
            kind=star.star_kind,
            consent_id=star.consent_id,
        )
        return self.enter(agreement, now)

    def refuse_receipt(self, star: Star, receipt: Receipt, now: datetime) -> None:
        """See that a receipt is genuine, and covers what a card says.

        Raises:
            ConsentError: it is not, or does not, or the card has expired.
        """
        if self._register.consent(star.consent_id).receipt != receipt.to_json():
            raise ConsentError(f"the receipt of {star.id!r} was changed.", hint=VERIFY)
        self._refuse_forged(receipt)
        if receipt.record.kind is not star.star_kind:
            raise ConsentError(f"the consent was given for a {receipt.record.kind}.", hint=VERIFY)
        if not receipt.covered.issuperset(star.purposes):
            allowed = ", ".join(sorted(receipt.covered)) or "nothing"
            raise ConsentError(f"{star.id!r} did not consent to all of it.", hint=f"Allowed: {allowed}.")
        if star.expires is None or star.expires > receipt.expires:
            raise ConsentError(f"{star.id!r} did not consent for so long.", hint=VERIFY)
        if star.expires <= now:
            raise ConsentError(f"the consent of {star.id!r} has expired.", hint=VERIFY)

    def _refuse_forged(self, receipt: Receipt) -> None:
        receipt.refuse_forged({public_hex(self._keychain.consent_signer)}, hint=VERIFY)
