"""Purposes for tests that bring none of their own: two families and three of no family."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from obq_privacy.vocab import Purpose

if TYPE_CHECKING:
    from collections.abc import Iterable


class Fulfilment(Purpose, key="given.fulfilment"):
    """Bring the order to the consignee."""


class Express(Fulfilment, key="given.fulfilment.express", title="Express delivery"):
    """Bring the order within a day."""


class Charging(Purpose, key="given.charging", clause="USE-13", dpv=["dpv:PaymentManagement"]):
    """Take the money for the order."""


class Membership(Purpose, key="given.membership"):
    """Know the shopper again."""


class Offers(Purpose, key="given.offers"):
    """Tell the shopper about offers."""


class MailedOffers(Offers, key="given.offers.mailed", fides=["marketing.communications.email"]):
    """Tell the shopper about offers by mail."""


class MailedDigest(MailedOffers, key="given.offers.mailed.digest"):
    """Tell the shopper about offers once a week."""


PURPOSES: Final[tuple[type[Purpose], ...]] = (
    Fulfilment,
    Express,
    Charging,
    Membership,
    Offers,
    MailedOffers,
    MailedDigest,
)


def widest_first(purposes: Iterable[type[Purpose]]) -> list[type[Purpose]]:
    """Order purposes so that each comes behind the wider ones."""
    return sorted(purposes, key=lambda purpose: (len(purpose.lineage), purpose.key))
