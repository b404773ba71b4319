"""Random valid policies whose items are all of plain types."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from hypothesis import strategies as st
from policy_whole import Delivery, EmailMarketing, FaceLogin, Login, Marketing, Payment, Wordless

from obq_privacy.policy import Anchor, Contact, Exemption, Kind, Minors, Policy, PurposeRule, Retention
from obq_privacy.vocab import (
    Agreement,
    Category,
    LegalBasis,
    Level,
    NonPersonalItem,
    Operation,
    PersonalItem,
    Recipient,
    RecipientKind,
    Role,
    SecurityCheck,
    SensitiveItem,
    Sensitivity,
    ThirdPartySource,
)

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

    from obq_privacy.policy import LevelKey
    from obq_privacy.vocab import AnyItem, AnyRecipient, Purpose

PURPOSES: tuple[type[Purpose], ...] = (Delivery, Payment, Login, FaceLogin, Marketing, EmailMarketing, Wordless)
PLAIN = (str, bytes, int, float, bool, Decimal, dt.date, dt.datetime, UUID)


def _kind(draw: DrawFn, purpose: type[Purpose], kinds: dict[type[Purpose], Kind]) -> Kind:
    below_additional = any(kinds.get(wider) is Kind.ADDITIONAL for wider in purpose.lineage[1:])  # else a finding
    return Kind.ADDITIONAL if below_additional else draw(st.sampled_from(Kind))


def _item(draw: DrawFn, key: str, purposes: list[type[Purpose]]) -> AnyItem:
    form: Any = purposes[0]
    for purpose in purposes[1:]:
        form = form | purpose
    texts = st.text(max_size=5)
    kind: type[Any] = draw(st.sampled_from(PLAIN))
    exact, title, clause = draw(st.booleans()), draw(texts), draw(st.one_of(st.none(), texts))
    dpv = draw(st.lists(st.text(min_size=1, max_size=3), max_size=2))
    sensitivity: Sensitivity = draw(st.sampled_from(Sensitivity))
    match sensitivity:
        case Sensitivity.SENSITIVE:
            category = draw(st.sampled_from(Category))
            return SensitiveItem(key, kind, form, category=category, exact=exact, title=title, clause=clause, dpv=dpv)
        case Sensitivity.NON_PERSONAL:
            return NonPersonalItem(key, kind, form, exact=exact, title=title, clause=clause, dpv=dpv)
        case Sensitivity.PERSONAL:
            category = draw(st.sampled_from([category for category in Category if not category.sensitive]))
            encrypt = draw(st.booleans())
            return PersonalItem(
                key, kind, form, category=category, exact=exact, encrypt=encrypt, title=title, clause=clause, fides=dpv
            )


def policies() -> SearchStrategy[Policy]:
    """Give valid policies whose items are all of plain types."""

    @st.composite
    def build(draw: DrawFn) -> Policy:
        declared = sorted(draw(st.sets(st.sampled_from(PURPOSES), min_size=1)), key=PURPOSES.index)
        kinds: dict[type[Purpose], Kind] = {}
        necessary: dict[type[Purpose], list[AnyItem]] = {purpose: [] for purpose in declared}
        optional: dict[type[Purpose], list[AnyItem]] = {purpose: [] for purpose in declared}
        for purpose in declared:
            kinds[purpose] = _kind(draw, purpose, kinds)
        items: list[AnyItem] = []
        for key in draw(
            st.lists(st.from_regex(r"[a-z0-9]{1,3}([._-][a-z]{1,2})?", fullmatch=True), unique=True, max_size=5)
        ):
            purposes = draw(st.lists(st.sampled_from(declared), min_size=1, unique=True))
            item = _item(draw, key, purposes)
            items.append(item)
            for use in draw(st.lists(st.sampled_from(purposes), min_size=1, unique=True)):
                draw(st.sampled_from([necessary, optional]))[use].append(item)
        rules: list[PurposeRule] = []
        for at, purpose in enumerate(declared):
            weaker = {Kind.ADDITIONAL, Kind.BASIC} if kinds[purpose] is Kind.ADDITIONAL else {Kind.BASIC}
            earlier = [p for p in declared[:at] if kinds[p] in weaker]
            requires = draw(st.lists(st.sampled_from(earlier), unique=True)) if earlier else []
            uses = [*necessary[purpose], *optional[purpose]]
            shared = draw(st.lists(st.sampled_from(uses), unique=True)) if uses else []
            permission = draw(st.sampled_from(["", "camera"]))
            rules.append(
                PurposeRule(
                    purpose,
                    kinds[purpose],
                    tuple(necessary[purpose]),
                    tuple(optional[purpose]),
                    tuple(requires),
                    shared=tuple(shared),
                    choice=bool(shared) and draw(st.booleans()),
                    roles=frozenset(draw(st.lists(st.text(min_size=1, max_size=3), max_size=2))),
                    alternative=draw(st.text(max_size=3)),
                    permission=permission,
                    user_initiated=bool(permission) and draw(st.booleans()),
                    signal=draw(st.booleans()),
                )
            )
        text = st.text(min_size=1, max_size=8).filter(str.strip)
        keys = sorted(purpose.key for purpose in declared)
        return Policy(
            version=draw(text),
            controller=draw(text),
            home_region=draw(st.from_regex(r"[A-Z]{2}", fullmatch=True)),
            purposes=draw(st.permutations(rules)),
            items=draw(st.permutations(items)),
            levels=draw(_levels()),
            minors=draw(
                st.builds(
                    Minors,
                    sensitive_age=st.integers(0, 17),
                    sensitive_inclusive=st.booleans(),
                    guardian_age=st.integers(0, 17),
                    guardian_inclusive=st.booleans(),
                    majority=st.integers(18, 21),
                    guardian_until_majority=st.frozensets(st.sampled_from(keys)),
                    guardian_operations=st.frozensets(st.sampled_from([operation.value for operation in Operation])),
                    approval=st.booleans(),
                    counted_from=st.sampled_from(["birthday", "day-after"]),
                    leap_day=st.sampled_from(["28-feb", "1-mar"]),
                    zone=st.sampled_from(["+08:00", "-03:30", "UTC"]),
                    unknown=st.sampled_from(["child", "adult"]),
                )
            ),
            retention=_retention(draw, items, declared),
            recipients=_recipients(draw, items, declared),
            sources=[
                ThirdPartySource(f"source{at}", undertaking=agreement, title=draw(st.text(max_size=3)))
                for at, agreement in enumerate(draw(st.lists(_agreements(), max_size=2)))
            ],
            exemptions=[
                Exemption(basis, draw(st.frozensets(st.sampled_from(Operation), min_size=1)), draw(st.booleans()))
                for basis in draw(st.lists(st.sampled_from([b for b in LegalBasis if b.invoked]), unique=True))
            ],
            contact=draw(st.one_of(st.none(), st.builds(Contact, text, text, text, st.text(max_size=3)))),
            smallest_group=draw(st.integers(2, 100)),
            answer_within=dt.timedelta(days=draw(st.integers(1, 30))),
            refusal_rest=draw(st.one_of(st.none(), st.integers(1, 10**6).map(lambda n: dt.timedelta(seconds=n)))),
            machine_refusal=draw(st.booleans()),
        )

    return build()


def _levels() -> SearchStrategy[dict[LevelKey, Level]]:
    of: SearchStrategy[Any] = st.one_of(
        st.sampled_from(Category), st.sampled_from([Sensitivity.PERSONAL, Sensitivity.SENSITIVE])
    )
    keys = st.one_of(of, st.tuples(of, st.sampled_from(Operation)))
    return st.dictionaries(keys, st.sampled_from([Level.EXPRESS, Level.SEPARATE]), max_size=5)


def _retention(draw: DrawFn, items: list[AnyItem], declared: list[type[Purpose]]) -> list[Retention]:
    places: st.SearchStrategy[list[Any]] = st.lists(st.sampled_from([None, *declared]), unique=True, max_size=2)
    return [
        Retention(item, dt.timedelta(seconds=draw(st.integers(1, 10**10))), place, draw(st.sampled_from(Anchor)))
        for item in items
        for place in draw(places)
    ]


def _agreements() -> SearchStrategy[Agreement | None]:
    days = st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1))
    pairs = st.tuples(st.text(min_size=1, max_size=4), days, days)
    return st.one_of(st.none(), pairs.map(lambda p: Agreement(p[0], min(p[1:]), max(p[1:]))))


def _recipients(draw: DrawFn, items: list[AnyItem], declared: list[type[Purpose]]) -> list[AnyRecipient]:
    found: list[AnyRecipient] = []
    for at in range(draw(st.integers(0, 3))):
        purposes = draw(st.lists(st.sampled_from(declared), min_size=1, unique=True))
        form: Any = purposes[0]
        for purpose in purposes[1:]:
            form = form | purpose
        usable = [
            item
            for item in items
            if any(
                item.purposes.allows(purpose) or any(purpose in named.lineage for named in item.purposes)
                for purpose in purposes
            )
        ]
        kind: RecipientKind = draw(st.sampled_from(RecipientKind))
        day = draw(st.dates())
        found.append(
            Recipient(
                f"recipient{at}",
                form,
                kind=kind,
                role=draw(st.sampled_from(Role)),
                region=draw(st.sampled_from(["CN", "SG"])),
                items=draw(st.lists(st.sampled_from(usable), unique=True)) if usable else [],
                agreement=draw(_agreements()),
                follows_policy=kind is RecipientKind.AFFILIATE and draw(st.booleans()),
                sdk=draw(st.booleans()),
                check=draw(st.sampled_from([None, SecurityCheck(day, day)])),
                public_key=draw(st.one_of(st.none(), st.binary(min_size=1, max_size=8))),
            )
        )
    return found
