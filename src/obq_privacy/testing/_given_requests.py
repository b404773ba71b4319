"""What somebody asks for: requests, and the labels of the values that they ask for."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st

from obq_privacy.testing._given_history import MATTERS, TOPICS, WITNESS
from obq_privacy.testing._given_items import form_of, some
from obq_privacy.values import Label, Origin
from obq_privacy.vocab import (
    Actor,
    Invoked,
    Operation,
    Purpose,
    Recipient,
    RecipientKind,
    Request,
    Sensitivity,
    Source,
    SourceKind,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import DrawFn, SearchStrategy

    from obq_privacy.policy import Minors, Policy
    from obq_privacy.testing._given_people import Person
    from obq_privacy.vocab import AnyItem, AnyRecipient

OUTWARD: Final = frozenset({Operation.SHARE, Operation.TRANSFER, Operation.DISCLOSE})
_AGES: Final = tuple(dt.timedelta(seconds=n) for n in (0, 1, 86_400, 30 * 86_400, 365 * 86_400, 5 * 365 * 86_400))


class Undeclared(Purpose, key="given.undeclared"):
    """Something that no policy of anybody's declares."""


def purposes_in(policy: Policy) -> list[type[Purpose]]:
    """Give every purpose that a policy declares, or that an item or recipient of it names, in a fixed order."""
    spoken = dict.fromkeys(rule.purpose for rule in policy.purposes)
    spoken.update(dict.fromkeys(purpose for item in policy.items for purpose in item.purposes))
    spoken.update(dict.fromkeys(purpose for recipient in policy.recipients for purpose in recipient.purposes))
    return list(spoken)


def requests_of(policy: Policy) -> SearchStrategy[Request]:
    """Give requests about what a policy speaks of, and now and then about what it does not."""
    purposes = purposes_in(policy)
    stranger: Any = Recipient("given-stranger", form_of([purposes[0]]), kind=RecipientKind.THIRD_PARTY)
    asked = st.one_of(st.sampled_from(purposes), st.sampled_from((*purposes[:1], Undeclared)))
    recipients = st.sampled_from((*policy.recipients, stranger))
    roles = [rule.roles for rule in policy.purposes if rule.roles] or [frozenset({"clerk"})]
    actors = st.one_of(st.none(), st.sampled_from(roles).map(lambda held: Actor("agent-7", held)))
    invoked = st.one_of(st.none(), _invoked(policy)) if policy.exemptions else st.none()

    @st.composite
    def build(draw: DrawFn) -> Request:
        operation = draw(st.sampled_from(Operation))
        basis = draw(invoked)
        aimless = operation is Operation.COLLECT or (operation is Operation.USE and basis is not None)
        purpose = None if aimless and draw(st.booleans()) else draw(asked)
        recipient: AnyRecipient | None = None
        if operation in OUTWARD and (operation is not Operation.DISCLOSE or draw(st.booleans())):
            recipient = draw(recipients)
        return Request(
            operation,
            purpose,
            recipient=recipient,
            invoked=basis,
            actor=draw(actors),
            approval=draw(st.sampled_from(("", "approval-3"))),
            region=draw(st.sampled_from(("", "SG"))) if operation is Operation.COLLECT else "",
            user_action=draw(st.booleans()),
            deidentified=draw(st.booleans()),
        )

    return build()


def _invoked(policy: Policy) -> SearchStrategy[Invoked]:
    bases = st.sampled_from([exemption.basis for exemption in policy.exemptions])
    return bases.map(lambda basis: Invoked(basis, justification="order 17", by="legal-desk"))


def labels_of(
    policies: Sequence[Policy], items: Sequence[AnyItem], person: Person, *, before: dt.datetime
) -> SearchStrategy[Label]:
    """Give labels of values of a person: of one item, or of several combined, as a guard makes them.

    Args:
        policies: the versions that they may have been collected under.
        items: the items that they may be of.
        person: who they are about.
        before: the present, before which they were collected.
    """

    @st.composite
    def build(draw: DrawFn) -> Label:
        label = draw(parts)
        for _ in range(draw(st.sampled_from((0, 0, 0, 1, 2)))):
            label = label.join(draw(parts))
        return label

    @st.composite
    def part(draw: DrawFn) -> Label:
        policy, item = draw(st.sampled_from(policies)), draw(st.sampled_from(items))
        collected = int((before - draw(st.sampled_from(_AGES))).timestamp())
        origin = Origin(
            item,
            _sensitivity(policy.minors, item, person, dt.datetime.fromtimestamp(collected, dt.UTC)),
            item.purposes,
            draw(_sources(policy)),
            policy.home_region,
            policy.version,
            draw(st.sampled_from(MATTERS)),
            frozenset(some(draw, TOPICS)) if draw(st.booleans()) else frozenset(),
            draw(st.sampled_from((0, 0, 0, collected + 86_400))),
        )
        return origin.label(person.pseudonym, collected)

    parts = part()
    return build()


def _sources(policy: Policy) -> SearchStrategy[Source]:
    found = [Source(), Source(), Source(SourceKind.PERSON, WITNESS.pseudonym), Source(SourceKind.PUBLIC)]
    return st.sampled_from([*found, *(Source(SourceKind.THIRD_PARTY, source.key) for source in policy.sources)])


def _sensitivity(minors: Minors, item: AnyItem, person: Person, at: dt.datetime) -> Sensitivity:
    """Give how sensitive a value is when it is collected: everything about a child is (DEF-3)."""
    if item.sensitivity is not Sensitivity.PERSONAL:
        return item.sensitivity
    child = minors.unknown == "child" if person.born is None else at < minors.sensitive_until(person.born)
    return Sensitivity.SENSITIVE if child else item.sensitivity
