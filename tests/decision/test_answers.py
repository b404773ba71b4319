"""What an answer says to people and to programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import (
    INSTANTS,
    MIDNIGHT,
    PURPOSES,
    SUBJECT,
    Marketing,
    Orders,
    World,
    asked_of,
    labels,
    worlds,
)

from obq_privacy import errors
from obq_privacy.consent import standing_of
from obq_privacy.decision import Deny, Permit, Reason, Request, decide, explain
from obq_privacy.vocab import LegalBasis, Operation

if TYPE_CHECKING:
    import datetime as dt

    from obq_privacy.values import Label

KINDS = {kind.code: kind for kind in errors.Denied.__subclasses__()}
USE = Request(Operation.USE, Orders)
REASONS = st.builds(
    Reason,
    st.sampled_from(sorted(KINDS)),
    st.sampled_from(("", "name", "card")),
    st.sampled_from(("", *(purpose.key for purpose in PURPOSES))),
    st.sampled_from(("", "express", "2026-{11}")),
)


def test_every_code_of_a_denial_is_there() -> None:
    """Every reason, OBQ101 to OBQ137, each with a clause and a remedy of its own."""
    assert sorted(KINDS) == [f"OBQ{number}" for number in range(101, 138)]
    assert all(kind.clause and kind.remedy != errors.Denied.remedy for kind in KINDS.values())


@given(reasons=st.lists(REASONS, min_size=1, max_size=4), operation=st.sampled_from(Operation), any_of=st.booleans())
def test_an_explanation_names_every_code_its_clause_and_what_would_allow_it(
    reasons: list[Reason], operation: Operation, *, any_of: bool
) -> None:
    """For each reason a line with code and clause, and a line that says what would make it allowed."""
    deny = Deny(reasons)
    lines = explain(deny, Request(operation, None if any_of else Marketing)).splitlines()
    head = "collection" if operation is Operation.COLLECT else operation.value
    assert lines[0] == f"Asked: {head} for {'any of its purposes' if any_of else 'marketing'}."
    gap = min(reason.code for reason in reasons) == "OBQ102"
    assert lines[1] == ("Not covered by the policy:" if gap else "Refused:")
    said, remedies = lines[2::2], lines[3::2]
    assert len(said) == len(remedies) == len(set(reasons))
    for reason, line, remedy in zip(deny.reasons, said, remedies, strict=True):
        kind = KINDS[reason.code]
        assert line.startswith("- ")
        assert line.endswith(f" [{reason.code}, {kind.clause}]")
        assert remedy.startswith("  To allow it: ")
        assert remedy.endswith(".")
        if "{detail}" in kind.remedy or "{detail}" in kind.says:
            assert reason.detail in line + remedy
        if "{items}" in kind.says:
            assert f" {reason.item or 'the value'}" in line
        if "{purpose}" in kind.says:
            assert f" {reason.purpose or 'any of its purposes'}" in line
        if "{operation}" in kind.says:
            assert operation.value in line


def test_explanations_read_like_this() -> None:
    """The exact words of one permit for ever, one for a time, one refusal and one gap."""
    collect = Request(Operation.COLLECT, None)
    assert explain(Permit(LegalBasis.CONSENT, None), USE) == (
        "Asked: use for orders.\nAllowed, on the basis of consent, until something other than time changes."
    )
    assert explain(Permit(LegalBasis.GUARDIAN_CONSENT, MIDNIGHT), collect) == (
        "Asked: collection for any of its purposes.\n"
        "Allowed, on the basis of guardian-consent, until 2023-02-28T16:00:00+00:00."
    )
    assert explain(Deny([Reason("OBQ101")]), USE) == (
        "Asked: use for orders.\n"
        "Refused:\n"
        "- use of the value is refused, because the subject the subject was erased [OBQ101, DEF-4]\n"
        "  To allow it: register a returning person under a new subject id."
    )
    assert explain(Deny([Reason("OBQ102", "name", "orders", "item")]), USE) == (
        "Asked: use for orders.\n"
        "Not covered by the policy:\n"
        "- the policy does not speak of name for orders (item) [OBQ102, DEF-2]\n"
        "  To allow it: declare it in a new version of the policy."
    )


@given(world=worlds(), label=labels(), at=st.sampled_from(INSTANTS), operation=st.sampled_from(Operation))
def test_every_decision_can_be_explained_and_raised(
    world: World, label: Label, at: dt.datetime, operation: Operation
) -> None:
    """No decision is without words, and the error of a denial carries all of its codes and clauses."""
    standing = standing_of(world.history, subject=SUBJECT, born=world.born, erased=world.erased)
    for purpose in asked_of(label, world.policy):
        request = Request(operation, purpose)
        answer = decide(world.policy, standing, label, request, at)
        said = explain(answer, request)
        assert said.startswith("Asked: ")
        if isinstance(answer, Permit):
            assert "\nAllowed, on the basis of " in said
            continue
        for reason in answer.reasons:
            assert f"[{reason.code}, {KINDS[reason.code].clause}]" in said
        error = answer.error(request, items=tuple(sorted(label.items)), subject=SUBJECT)
        assert type(error) is KINDS[answer.codes[0]]
        assert error.codes == tuple(dict.fromkeys(reason.code for reason in answer.reasons))
        assert error.clauses == tuple(dict.fromkeys(KINDS[reason.code].clause for reason in answer.reasons))
        assert str(error).endswith(f"[{error.code}, {error.clause}]")


def test_the_error_of_a_denial_holds_what_was_asked() -> None:
    """Operation, items, purpose, subject, codes, clauses, and the detail of the weightiest reason."""
    deny = Deny([Reason("OBQ114", "name", "orders"), Reason("OBQ113", "card", "orders", "express")])
    assert deny.error(USE, items=("card", "name"), subject=SUBJECT) == errors.ConsentTooWeak(
        operation="use",
        items=("card", "name"),
        purpose="orders",
        subject=SUBJECT,
        codes=("OBQ113", "OBQ114"),
        clauses=("USE-19", "USE-2"),
        detail="express",
    )
    assert deny.error(Request(Operation.COLLECT, None), items=(), subject=SUBJECT).purpose == ""
    again = deny.refusal(USE, items=("card", "name"), subject=SUBJECT)
    assert again() == again() == deny.error(USE, items=("card", "name"), subject=SUBJECT)
    assert again() is not again()


def test_reasons_are_sorted_by_weight_and_told_once() -> None:
    """The weightiest code first; a repeated reason is one reason, a repeated code one code, a clause one clause."""
    assert Reason("OBQ112") == Reason("OBQ112", item="", purpose="", detail="")
    weak, missing = Reason("OBQ112", "card"), Reason("OBQ114", "name")
    deny = Deny([missing, weak, missing, Reason("OBQ114", "card")])
    assert deny.reasons == (weak, Reason("OBQ114", "card"), missing)
    by_each = [
        Reason("OBQ112"),
        Reason("OBQ112", "a", "p", "2"),
        Reason("OBQ112", "a", "q", "1"),
        Reason("OBQ112", "a", "q", "2"),
        Reason("OBQ112", "b", "p", "1"),
        Reason("OBQ113", "a", "a", "0"),
    ]
    assert list(Deny(reversed(by_each)).reasons) == by_each
    many = [Reason("OBQ112", "card", "orders", str(detail)) for detail in range(10)]  # a set gives no order of its own
    assert list(Deny(reversed(many)).reasons) == many
    assert deny.codes == ("OBQ112", "OBQ114")
    assert deny.clauses == ("USE-2",)
    assert [reason.clause for reason in deny.reasons] == ["USE-2", "USE-2", "USE-2"]


@pytest.mark.parametrize("kind", [KINDS[code] for code in sorted(KINDS)])
def test_each_code_becomes_its_own_error(kind: type[errors.Denied]) -> None:
    """A program catches the reason by its class."""
    error = Deny([Reason(kind.code, "name", "orders", "x")]).error(USE, items=("name",), subject=SUBJECT)
    assert type(error) is kind
    assert (error.code, error.codes, error.clauses) == (kind.code, (kind.code,), (kind.clause,))
