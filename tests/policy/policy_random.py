"""Random valid policies whose items are all of plain types."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from hypothesis import strategies as st
from policy_whole import Delivery, EmailMarketing, FaceLogin, Login, Marketing, Payment, Wordless

from obq_privacy.policy import Kind, Minors, Policy, PurposeRule, Retention
from obq_privacy.vocab import Category, Level, NonPersonalItem, Operation, PersonalItem, SensitiveItem, Sensitivity

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

    from obq_privacy.policy import LevelKey
    from obq_privacy.vocab import AnyItem, Purpose

PURPOSES: tuple[type[Purpose], ...] = (Delivery, Payment, Login, FaceLogin, Marketing, EmailMarketing, Wordless)
PLAIN = (str, bytes, int, float, bool, Decimal, dt.date, dt.datetime, UUID)


def _kind(draw: DrawFn, purpose: type[Purpose], kinds: dict[type[Purpose], Kind]) -> Kind:
    below_additional = any(kinds.get(wider) is Kind.ADDITIONAL for wider in purpose.lineage[1:])
    return Kind.ADDITIONAL if below_additional else draw(st.sampled_from(Kind))


def _item(draw: DrawFn, key: str, purposes: list[type[Purpose]]) -> AnyItem:
    form: Any = purposes[0]
    for purpose in purposes[1:]:
        form = form | purpose
    texts = st.text(max_size=5)
    kind: type[Any] = draw(st.sampled_from(PLAIN))
    exact, title, clause = draw(st.booleans()), draw(texts), draw(st.one_of(st.none(), texts))
    sensitivity: Sensitivity = draw(st.sampled_from(Sensitivity))
    match sensitivity:
        case Sensitivity.SENSITIVE:
            category = draw(st.sampled_from(Category))
            return SensitiveItem(key, kind, form, category=category, exact=exact, title=title, clause=clause)
        case Sensitivity.NON_PERSONAL:
            return NonPersonalItem(key, kind, form, exact=exact, title=title, clause=clause)
        case Sensitivity.PERSONAL:
            category = draw(st.sampled_from([category for category in Category if not category.sensitive]))
            encrypt = draw(st.booleans())
            return PersonalItem(
                key, kind, form, category=category, exact=exact, encrypt=encrypt, title=title, clause=clause
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
            earlier = [p for p in declared[:at] if kinds[purpose] is Kind.ADDITIONAL or kinds[p] is Kind.BASIC]
            requires = draw(st.lists(st.sampled_from(earlier), unique=True)) if earlier else []
            rules.append(
                PurposeRule(
                    purpose, kinds[purpose], tuple(necessary[purpose]), tuple(optional[purpose]), tuple(requires)
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
                    counted_from=st.sampled_from(["birthday", "day-after"]),
                    leap_day=st.sampled_from(["28-feb", "1-mar"]),
                    zone=st.sampled_from(["+08:00", "-03:30", "UTC"]),
                    unknown=st.sampled_from(["child", "adult"]),
                )
            ),
            retention=[
                Retention(item, dt.timedelta(seconds=draw(st.integers(1, 10**10))))
                for item in items
                if draw(st.booleans())
            ],
        )

    return build()


def _levels() -> SearchStrategy[dict[LevelKey, Level]]:
    of: SearchStrategy[Any] = st.one_of(
        st.sampled_from(Category), st.sampled_from([Sensitivity.PERSONAL, Sensitivity.SENSITIVE])
    )
    keys = st.one_of(of, st.tuples(of, st.sampled_from(Operation)))
    return st.dictionaries(keys, st.sampled_from([Level.EXPRESS, Level.SEPARATE]), max_size=5)
