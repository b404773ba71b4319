"""Mistakes of callers: each is one typed error that names the argument, before anything is done."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from attack_world import (
    AMOUNT,
    BROWSING,
    CARRIER,
    NAME,
    Delivery,
    Recommendation,
    adult,
    untyped,
    world,
)

from obq_privacy import Actor, LegalBasis, Level, Recipient, RecipientKind, basic, errors, share_all

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "plain-" + "text-1234"


@pytest.mark.clause("USE-7")
def test_one_topic_as_a_str_is_not_taken_for_its_letters() -> None:
    """The type checkers accept it, since a str is an iterable of str; then the objection would find nothing."""
    with world() as guard:
        shopper = adult(guard, Recommendation)
        with pytest.raises(errors.ArgumentInvalid, match="topics"):
            shopper.collecting(topics="toys").collect(BROWSING, "shoes")


@pytest.mark.clause("CROSS-1")
@pytest.mark.parametrize("regions", ["SG", ["singapore"], ["sg"], [""]])
def test_regions_are_country_codes_and_several(regions: Any) -> None:
    """As in a policy; others could never count, and the ledger is for ever."""
    with world() as guard:
        shopper = adult(guard)
        with pytest.raises(errors.ArgumentInvalid, match="regions"):
            shopper.grant(Delivery, regions=regions, level=Level.SEPARATE)
        assert not shopper.standing.consents


@pytest.mark.clause("PROT-1")
def test_one_role_as_a_str_is_not_taken_for_its_letters() -> None:
    """Or everybody whose role has a letter of it in common may act."""
    with pytest.raises(errors.PrivacyError):
        basic(Delivery, necessary=[NAME], roles="accountant")


@pytest.mark.clause("PROT-1")
@pytest.mark.parametrize(
    "actor",
    [
        Actor("agent", untyped("accountant")),
        Actor("agent", untyped(None)),
        Actor("agent", untyped(frozenset({1}))),
        Actor(untyped(7), frozenset({"accountant"})),
        Actor(untyped(None), frozenset({"accountant"})),
        Actor("", frozenset({"accountant"})),
    ],
    ids=["roles-str", "roles-none", "roles-int", "key-int", "key-none", "key-empty"],
)
def test_an_actor_is_checked_before_they_act(actor: Actor) -> None:
    """Not at the first use, by whatever happens to fail there, or not at all."""
    with world() as guard:
        adult(guard, Delivery).collect(AMOUNT, 1999)
        with pytest.raises(errors.ArgumentInvalid, match="actor"):
            guard.acting(actor)


@pytest.mark.clause("SHARE-2", "USE-22")
def test_what_only_looks_like_an_invoked_basis_is_none() -> None:
    """Otherwise nobody has to say why, or who they are."""
    look = untyped(SimpleNamespace(basis=LegalBasis.NATIONAL_SECURITY, justification="", by=""))
    with world() as guard:
        name = adult(guard, Delivery).collect(NAME, "Li Lei")
        for use in (
            lambda: name.reveal_under(look),
            lambda: name.share(Delivery, to=CARRIER, under=look),
            lambda: name.disclose(Delivery, under=look),
            lambda: share_all(Delivery, name, to=CARRIER, under=look),
        ):
            with pytest.raises(errors.ArgumentInvalid):
                use()


@pytest.mark.parametrize("wrong", ["carrier", 5, (CARRIER,)], ids=repr)
def test_a_recipient_is_a_recipient(wrong: Any) -> None:
    """One typed error that names the argument."""
    with world() as guard:
        shopper = adult(guard, Delivery)
        shopper.grant(Delivery, recipients=[CARRIER])
        name = shopper.collect(NAME, "Li Lei")
        uses: list[Callable[[], object]] = [
            lambda: name.share(Delivery, to=wrong),
            lambda: name.transfer(Delivery, to=wrong),
            lambda: share_all(Delivery, name, to=wrong),
            lambda: guard.explain(name, Delivery, to=wrong),
        ]
        for use in uses:
            with pytest.raises(errors.ArgumentInvalid):
                use()


@pytest.mark.parametrize(
    "where", ["until-date", "until-str", "objections-none", "objections-str", "permission-str", "successor-empty"]
)
def test_other_arguments_are_checked_too(where: str) -> None:
    """What raised an AttributeError, or did something else than was meant: `on="no"` turned a permission on."""
    with world() as guard:
        shopper = adult(guard)
        uses: dict[str, Callable[[], object]] = {
            "until-date": lambda: shopper.agree(items=[NAME], until=untyped(date(2030, 1, 1))),
            "until-str": lambda: shopper.agree(items=[NAME], until=untyped("2030-01-01")),
            "objections-none": lambda: shopper.objections(untyped(None)),
            "objections-str": lambda: shopper.objections(untyped("delivery")),
            "permission-str": lambda: shopper.permission_changed("microphone", on=untyped("no")),
            "successor-empty": lambda: guard.succession("", accepted=True),
        }
        with pytest.raises(errors.PrivacyError):
            uses[where]()
        assert not shopper.standing.consents


@pytest.mark.parametrize("argument", ["recipient items", "policy recipients"])
def test_a_declaration_that_is_no_list_is_a_finding(argument: str) -> None:
    """One thing where several are expected."""

    def declare() -> object:
        if argument == "recipient items":
            return Recipient("one", Delivery, kind=RecipientKind.PARTNER, items=untyped(NAME))
        from obq_privacy import Policy  # noqa: PLC0415  it is only for this case

        rules = [basic(Delivery, necessary=[NAME])]
        return Policy(version="2", controller="c", purposes=rules, recipients=untyped(CARRIER))

    with pytest.raises((errors.PrivacyError, errors.PolicyInvalid)):
        declare()


def raw_in_frames(stop: BaseException) -> list[str]:
    """Name the frames of the library in which the raw value is seen by a renderer of tracebacks."""
    found: list[str] = []
    trace = stop.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if "obq_privacy" in code.co_filename:
            found += [f"{code.co_name}:{key}" for key, one in trace.tb_frame.f_locals.items() if SECRET in repr(one)]
        trace = trace.tb_next
    return found


@pytest.mark.clause("PROT-1")
@pytest.mark.parametrize("where", ["explain", "pseudonym", "index", "matches", "collect", "collecting"])
def test_a_raw_value_where_a_wrapper_is_expected_stays_out_of_the_frames(where: str) -> None:
    """As for share_all, reveal_all, combine and equal: the likeliest mistake hands in the value itself."""
    with world() as guard:
        shopper = adult(guard, Delivery)
        name, raw = shopper.collect(NAME, "Li Lei"), untyped(SECRET)
        plain = untyped(shopper.collect)
        coming = untyped(shopper.collecting(matter="order-1").collect)
        uses: dict[str, Callable[[], object]] = {
            "explain": lambda: guard.explain(raw, Delivery),
            "pseudonym": lambda: guard.pseudonym(raw, Delivery),
            "index": lambda: guard.index(raw, Delivery),
            "matches": lambda: guard.matches(name, raw, Delivery),
            "collect": lambda: plain(raw, NAME),
            "collecting": lambda: coming(raw, NAME),
        }
        with pytest.raises(errors.PrivacyError) as refused:
            uses[where]()
        assert not raw_in_frames(refused.value)
