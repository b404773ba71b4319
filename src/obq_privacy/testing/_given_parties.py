"""Recipients, third-party sources and the days of their contracts."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

from obq_privacy.testing._given_items import form_of, some
from obq_privacy.testing._given_people import START
from obq_privacy.vocab import Agreement, Recipient, RecipientKind, Role, SecurityCheck, ThirdPartySource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import DrawFn, SearchStrategy

    from obq_privacy.vocab import AnyItem, AnyRecipient, Purpose

_TODAY = START.date()
_YEAR = dt.timedelta(days=365)
_DAY = dt.timedelta(days=1)

TERMS: Final[tuple[tuple[dt.date, dt.date], ...]] = (
    (_TODAY - _YEAR, _TODAY + _YEAR),
    (_TODAY, _TODAY),
    (_TODAY - _YEAR, _TODAY - _DAY),
    (_TODAY + _DAY, _TODAY + _YEAR),
    (dt.date.min, dt.date.max),
)
"""Days that contracts begin and end: in force, for today alone, over, to come, and as long as dates reach."""

_KEYS = st.sampled_from(("carrier", "bank", "shop.next-door", "agency"))
_AGREEMENTS = st.one_of(st.sampled_from(TERMS).map(lambda days: Agreement("2026/17", *days)), st.none())
_CHECKS = st.one_of(st.none(), st.sampled_from(TERMS).map(lambda days: SecurityCheck(*days)))
_PUBLIC_KEYS = st.one_of(st.none(), st.binary(min_size=1, max_size=8))
_REGIONS = st.sampled_from(("CN", "SG"))


def recipients_for(
    purposes: Sequence[type[Purpose]], items: Sequence[AnyItem], *, key: str | None = None
) -> SearchStrategy[AnyRecipient]:
    """Give recipients for some of these purposes, of some of the items that may be used for one of them."""

    @st.composite
    def build(draw: DrawFn) -> AnyRecipient:
        named = some(draw, purposes, least=1)
        usable = [item for item in items if any(usable_for(item, purpose) for purpose in named)]
        kind = draw(st.sampled_from(RecipientKind))
        return Recipient(
            key or draw(_KEYS),
            form_of(named),
            kind=kind,
            role=draw(st.sampled_from(Role)),
            region=draw(_REGIONS),
            items=some(draw, usable),
            agreement=draw(_AGREEMENTS),
            follows_policy=kind is RecipientKind.AFFILIATE and draw(st.booleans()),
            sdk=draw(st.booleans()),
            check=draw(_CHECKS),
            public_key=draw(_PUBLIC_KEYS),
        )

    return build()


def usable_for(item: AnyItem, purpose: type[Purpose]) -> bool:
    """Tell whether an item may be used for a purpose, or for a narrower one that it names."""
    names = list(item.purposes)
    allowed = purpose in names if item.exact else any(named in purpose.lineage for named in names)
    return allowed or any(purpose in named.lineage for named in names)


def sources(*, most: int) -> SearchStrategy[list[ThirdPartySource]]:
    """Give third parties that data comes from."""
    return st.lists(_AGREEMENTS, max_size=most).map(
        lambda undertakings: [
            ThirdPartySource(f"source-{at}", undertaking=one, title="Registry" * (at % 2))
            for at, one in enumerate(undertakings)
        ]
    )
