"""The policy of the shop, as one object.

`POLICY` runs as it is. What the source leaves to the company that runs the shop, `build` takes as arguments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from obq_privacy.policy import Contact, Minors, Policy
from obq_privacy.shop.exemptions import EXEMPTIONS
from obq_privacy.shop.purposes import Membership
from obq_privacy.shop.recipients import RECIPIENTS, SOURCES
from obq_privacy.shop.retention import RETENTION
from obq_privacy.shop.rules import PURPOSES
from obq_privacy.vocab import Category, Level, Operation, Recipient, Sensitivity, ThirdPartySource

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from obq_privacy.policy import Exemption, LevelKey, Retention
    from obq_privacy.vocab import AnyRecipient

PartyT = TypeVar("PartyT", bound=Recipient[Any] | ThirdPartySource)

VERSION = "2026-11"

CONTROLLER = "Hangzhou Ocean Mall Advertising Co., Ltd. and Ocean Mall (China) Network Technology Co., Ltd."
"""The service providers that the source names (DEF-1)."""

CONTACT = Contact(
    department="personal information protection department",
    address="vip@obq.net",
    court="the court with jurisdiction at the domicile of the defendant",
    url="https://obq.net",
)
"""Section 9 of the source (CONT-1)."""

LEVELS: Mapping[LevelKey, Level] = {
    Category.BIOMETRIC: Level.SEPARATE,  # USE-19: each purpose of its own
    (Sensitivity.PERSONAL, Operation.SHARE): Level.EXPRESS,  # SHARE-1
    (Sensitivity.PERSONAL, Operation.TRANSFER): Level.EXPRESS,  # SHARE-6
    (Sensitivity.PERSONAL, Operation.DISCLOSE): Level.EXPRESS,  # SHARE-7
}
"""Where consent has to be stronger than the least; for sensitive items express consent is the least (DEF-3)."""

GUARDED = frozenset({Operation.USE, Operation.SHARE, Operation.TRANSFER, Operation.DISCLOSE})
"""What is done with a minor's data only as the guardian expressly agreed (MINOR-2)."""

MINORS = Minors(
    sensitive_age=14,  # DEF-3
    sensitive_inclusive=True,
    guardian_age=14,  # MINOR-1
    guardian_inclusive=True,
    majority=18,
    guardian_until_majority=frozenset({Membership.key}),
    guardian_operations=frozenset(operation.value for operation in GUARDED),
    approval=False,  # the source asks for access control (PROT-1), not for an approval of each use
)
"""Section 6 of the source."""


def build(
    *,
    version: str = VERSION,
    recipients: Iterable[AnyRecipient] = (),
    sources: Iterable[ThirdPartySource] = (),
    retention: Iterable[Retention] = RETENTION,
    exemptions: Iterable[Exemption] = EXEMPTIONS,
    levels: Mapping[LevelKey, Level] = LEVELS,
    minors: Minors = MINORS,
    contact: Contact = CONTACT,
    refusal_rest: dt.timedelta | None = None,
    machine_refusal: bool = False,
) -> Policy:
    """Declare the policy of the shop with the facts of one deployment.

    Args:
        version: name of the version; other facts need another one (CHANGE-3).
        recipients: further recipients; one with the key of a ready one takes its place. Share with exactly these
            objects.
        sources: further sources, likewise.
        retention: how long values are kept.
        exemptions: what may be invoked.
        levels: where consent has to be stronger than the least.
        minors: the rules on age.
        contact: whom subjects turn to.
        refusal_rest: how long nobody is asked again after a refusal; the source names no such rest.
        machine_refusal: whether decisions made by machine alone can be refused; the source grants explanation and
            appeal only (RIGHT-5).

    Raises:
        PolicyInvalid: the facts do not fit; a group with every finding.
    """
    return Policy(
        version=version,
        controller=CONTROLLER,
        purposes=PURPOSES,
        levels=levels,
        minors=minors,
        retention=retention,
        home_region="CN",  # CROSS-1
        recipients=_with(RECIPIENTS, recipients),
        sources=_with(SOURCES, sources),
        exemptions=exemptions,
        contact=contact,
        refusal_rest=refusal_rest,
        machine_refusal=machine_refusal,
    )


def _with(ready: Iterable[PartyT], further: Iterable[PartyT]) -> list[PartyT]:
    parties = {party.key: party for party in ready}
    parties.update({party.key: party for party in further})
    return list(parties.values())


POLICY = build()
"""The policy of the shop, with agreements and checks in force from 2026 to 2028."""
