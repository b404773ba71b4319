"""The export: everything that is held, in a documented form, each value on record before it is opened."""

from __future__ import annotations

import copy
import json
import pickle
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from deletion_world import (
    ADULT,
    CARRIER,
    CONTACT,
    DAY,
    DEPOT,
    GOODS_VALUE,
    NAME,
    NAME_VALUE,
    PHOTO_VALUE,
    START,
    YEAR,
    Delivery,
    HandClock,
    Marketing,
    Person,
    Shelf,
    filled,
    rights_of,
    shelved,
    shop,
    shopper,
)
from jsonschema import Draft202012Validator

from obq_privacy.errors import (
    AccidentalUse,
    ArgumentInvalid,
    CaseUnknown,
    HolderFailed,
    IdentityUnverified,
    JournalUnavailable,
    TransitionInvalid,
)
from obq_privacy.policy import Anchor
from obq_privacy.rights import Automated, Decisions, Export, RequestKind, Requests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from obq_privacy import Guard

SCHEMA = json.loads(files("obq_privacy.rights").joinpath("schemas", "export-1.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)


@pytest.fixture
def clock() -> HandClock:
    """A clock that the test moves."""
    return HandClock()


@pytest.fixture(params=["memory", "file"])
def guard(request: pytest.FixtureRequest, tmp_path: Path, clock: HandClock) -> Iterator[Guard]:
    """A guard in memory, and one on a file."""
    with shop(tmp_path / "db" if request.param == "file" else None, clock=clock) as guard:
        yield guard


def parsed(export: Export) -> dict[str, Any]:
    """Read an export, which keeps to its schema."""
    form: dict[str, Any] = json.loads(export.text)
    VALIDATOR.validate(form)
    return form


def value_of(form: dict[str, Any], place: str, field: str) -> dict[str, Any]:
    """Give the one value at a place."""
    (value,) = [one for one in form["values"] if (one["place"], one["field"]) == (place, field)]
    found: dict[str, Any] = value
    return found


@pytest.mark.clause("RIGHT-1")
def test_every_value_is_there_with_all_that_is_known_of_it(guard: Guard, clock: HandClock, tmp_path: Path) -> None:
    """Vault and holders; item, purposes, source, when, version, recipients and retention."""
    subject, shelf = filled(guard), Shelf(tmp_path / "shelf")
    filled(guard, "other")
    subject.mark(Anchor.COMPLETION, matter="order-1")
    shelved(guard, shelf, subject)
    clock.move(DAY)
    guard.vault.load(Person, "person-shopper").name.share(Delivery, to=DEPOT)
    export = rights_of(guard, shelf).export(subject, by="clerk")
    form = parsed(export)
    assert (form["controller"], form["policy"], form["subject"]) == ("Example Shop", "2026-11", subject.pseudonym)
    assert form["contact"] == CONTACT._asdict()
    assert form["person"] == {"born": ADULT.isoformat(), "guardians": [], "closed": None, "erased": False}
    assert {(one["holder"], one["place"], one["field"]) for one in form["values"]} == {
        *(("vault", "person-shopper", field) for field in ("number", "name", "photo", "born")),
        *(("vault", "order-1-shopper", field) for field in ("number", "name", "goods")),
        ("shelf", "row-1", "name"),
    }
    assert export.values == 8
    name = value_of(form, "person-shopper", "name")
    assert name["item"] == {
        "key": "consignee-name",
        "title": "Name of the consignee",
        "category": "name",
        "sensitivity": "personal",
    }
    assert (name["encoding"], name["value"]) == ("json", NAME_VALUE)
    assert {purpose["key"] for purpose in name["label"]["purposes"]} == {"delivery", "marketing"}
    assert name["label"]["source"] == {"kind": "subject", "name": ""}
    assert name["label"]["collected"] == START.isoformat()
    assert (name["label"]["version"], name["label"]["region"]) == ("2026-11", "CN")
    assert [(one["recipient"], one["purpose"], one["at"]) for one in name["recipients"]] == [
        ("carrier", "delivery", START.isoformat()),
        ("depot", "delivery", (START + DAY).isoformat()),
    ]
    assert name["recipients"][0]["operation"] == "share"
    goods = value_of(form, "order-1-shopper", "goods")
    done = subject.standing.marks[Anchor.COMPLETION.value, "order-1"]
    assert goods["value"] == GOODS_VALUE
    assert goods["recipients"] == []
    assert (goods["label"]["matter"], goods["label"]["kept_by_law"]) == ("order-1", True)
    assert goods["label"]["usable_until"] == (done + YEAR).isoformat()
    assert goods["label"]["kept_until"] == (done + 3 * YEAR).isoformat()
    assert value_of(form, "row-1", "name")["value"] == NAME_VALUE
    photo = value_of(form, "person-shopper", "photo")["label"]
    assert (photo["usable_until"], photo["kept_by_law"]) == ((START + YEAR).isoformat(), False)


@pytest.mark.clause("RIGHT-1")
def test_values_of_any_type_have_a_spelling(guard: Guard) -> None:
    """JSON where it means the same there, otherwise the bytes of the item, as text or base64."""
    form = parsed(rights_of(guard).export(filled(guard, orders=0), by="clerk"))
    found = {one["field"]: (one["encoding"], one["value"]) for one in form["values"]}
    assert found["name"] == ("json", NAME_VALUE)
    assert found["photo"] == ("base64", "AP8gY2FuYXJ5IHBob3Rv")
    assert found["born"] == ("text", "1990-05-01")
    assert found["number"] == ("text", "7")
    assert PHOTO_VALUE == b"\x00\xff canary photo"


@pytest.mark.clause("RIGHT-1")
def test_consents_history_requests_and_decisions_are_there(guard: Guard, clock: HandClock) -> None:
    """What was granted and what became of it, every event, and what was asked and decided."""
    subject = shopper(guard)
    clock.move(DAY)
    subject.withdraw(Marketing)
    requests = Requests(guard)
    request = requests.receive(subject, RequestKind.EXPORT)
    with Automated(guard, logic="routing", version="1").deciding(subject, Delivery) as deciding:
        decision = deciding.conclude("by-ship")
    Decisions(guard).appeal(decision)
    form = parsed(rights_of(guard).export(subject, by="clerk"))
    consents = {tuple(one["recipients"]): one for one in form["consents"]}
    assert consents[()]["purposes"] == ["delivery", "marketing"]
    assert consents[()]["ended"] == {"marketing": "withdraw"}
    assert consents["carrier", "depot"]["operations"] == ["share"]
    assert [event["kind"] for event in form["history"]] == ["grant", "grant", "withdraw"]
    assert [(one["case"], one["state"]) for one in form["requests"]] == [(request.case, "received")]
    assert [(one["outcome"], one["logic"]) for one in form["decisions"]] == [("by-ship", "routing")]
    assert form["decisions"][0]["appealed"] == (START + DAY).isoformat()


@pytest.mark.clause("RIGHT-1", "PROT-2")
def test_each_value_is_on_record_before_it_is_opened(guard: Guard) -> None:
    """One record for the export and one for each value, with the basis and who did it."""
    subject = filled(guard, orders=0)
    rights_of(guard).export(subject, by="clerk")
    found = [entry for entry in guard.audit.entries(subject=subject.pseudonym) if entry.operation == "export"]
    assert [entry.items for entry in found] == [(), (), ("consignee-name",), ("photo",), ("birthday",)]
    assert {(entry.basis, entry.actor, entry.outcome) for entry in found} == {("rights", "clerk", "done")}


@pytest.mark.clause("RIGHT-1", "PROT-2")
def test_without_a_record_nothing_leaves(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the journal cannot be written at any of the values, there is no export."""
    subject = filled(guard, orders=0)
    append, left = guard._core.journal.append, 4

    def failing(*args: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise JournalUnavailable(place="journal", problem="full")
        append(*args)

    monkeypatch.setattr(type(guard._core.journal), "append", lambda _, *args: failing(*args))
    with pytest.raises(JournalUnavailable):
        rights_of(guard).export(subject, by="clerk")


@pytest.mark.clause("RIGHT-1", "RIGHT-3")
def test_restricted_and_withdrawn_values_are_exported(guard: Guard) -> None:
    """The right of access does not end with consent, nor with the account."""
    subject, rights = filled(guard), rights_of(guard)
    subject.withdraw()
    assert value_of(parsed(rights.export(subject, by="clerk")), "person-shopper", "name")["value"] == NAME_VALUE
    subject.restrict()
    subject.close()
    form = parsed(rights.export(subject, by="clerk"))
    assert value_of(form, "order-1-shopper", "goods")["value"] == GOODS_VALUE
    closed = subject.standing.closed
    assert closed is not None
    assert form["person"]["closed"] == closed.isoformat()


@pytest.mark.clause("DEF-4", "RIGHT-1")
def test_after_erasure_the_history_is_left_and_no_value(guard: Guard, tmp_path: Path) -> None:
    """A token that a holder has still does not open, and it is said."""
    subject, shelf = filled(guard), Shelf(tmp_path / "shelf")
    shelved(guard, shelf, subject)
    subject.erase()
    form = parsed(rights_of(guard, shelf).export(subject, by="clerk"))
    assert form["person"] == {"born": None, "guardians": [], "closed": None, "erased": True}
    assert [(one["holder"], one["encoding"], one["value"]) for one in form["values"]] == [("shelf", "none", None)]
    assert form["history"]


@pytest.mark.clause("RIGHT-1", "RIGHT-6")
def test_for_a_request_identity_comes_first(guard: Guard) -> None:
    """Nothing leaves before somebody works on a verified request of the same subject for an export."""
    subject, rights, requests = filled(guard, orders=0), rights_of(guard), Requests(guard)
    request = requests.receive(subject, RequestKind.EXPORT)
    with pytest.raises(IdentityUnverified):
        rights.export(subject, by="clerk", request=request.case)
    requests.verify(request, method="code", by="clerk")
    with pytest.raises(TransitionInvalid):
        rights.export(subject, by="clerk", request=request.case)
    requests.begin(request, by="clerk")
    with pytest.raises(ArgumentInvalid):
        rights.export(shopper(guard, "other"), by="clerk", request=request.case)
    with pytest.raises(CaseUnknown):
        rights.export(subject, by="clerk", request="request-1")
    assert not [entry for entry in guard.audit.entries() if entry.operation == "export"]
    export = rights.export(subject, by="clerk", request=request.case)
    assert requests.fulfil(request, evidence=export.digest, by="clerk").evidence == export.digest
    with pytest.raises(TransitionInvalid):
        rights.export(subject, by="clerk", request=request.case)


def test_an_export_shows_itself_only_as_text(guard: Guard) -> None:
    """Neither its repr nor a copy nor a pickle tells a value."""
    export = rights_of(guard).export(filled(guard, orders=0), by="clerk")
    assert NAME_VALUE in export.text
    assert NAME_VALUE not in repr(export)
    assert NAME_VALUE not in str(export)
    assert len(export.digest) == 64
    for act in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(AccidentalUse):
            act(export)


def test_damaged_values_are_named_and_the_rest_goes_out(guard: Guard, tmp_path: Path) -> None:
    """A token that was tampered with, or of an item that the policy does not declare, hides nothing else."""
    subject, shelf = filled(guard, orders=0), Shelf(tmp_path / "shelf")
    store = guard._core.store
    rows = {row.field: row for row in store.load("person-shopper")}
    old = rows["name"].token
    assert store.amend("person-shopper", "name", old, old[:-1] + bytes([old[-1] ^ 1]), START)
    token = subject.collect(NAME, NAME_VALUE).seal(record="r")
    held = [*shelf.holdings(subject.pseudonym)]
    assert not held
    for place, item in (("odd", "gone-item"), ("short", NAME.key)):
        from obq_privacy.rights import Holding  # noqa: PLC0415  of this test alone

        shelf.put(subject, Holding(place, "name", item, token if place == "odd" else b"?", "r"))
    form = parsed(rights_of(guard, shelf).export(subject, by="clerk"))
    found = {(one["place"], one["field"]): (one["encoding"], one["value"]) for one in form["values"]}
    assert found["person-shopper", "name"] == found["odd", "name"] == found["short", "name"] == ("none", None)
    assert found["person-shopper", "born"] == ("text", "1990-05-01")


def test_a_holder_that_fails_fails_the_export(guard: Guard, tmp_path: Path) -> None:
    """An export without what a holder has would not be everything."""
    shelf = Shelf(tmp_path / "shelf")
    shelf.fails = True
    with pytest.raises(HolderFailed):
        rights_of(guard, shelf).export(filled(guard), by="clerk")
    wrong: Any = "shopper"
    with pytest.raises(ArgumentInvalid):
        rights_of(guard).export(wrong, by="clerk")
    assert CARRIER.key == "carrier"


def test_the_schema_is_whole_and_refuses_what_is_not_an_export() -> None:
    """It is a valid schema of its draft, and is not vacuous."""
    Draft202012Validator.check_schema(SCHEMA)
    assert not VALIDATOR.is_valid({})
    assert not VALIDATOR.is_valid({"format": "obq-privacy/export/2"})


def test_the_format_page_names_every_field() -> None:
    """docs/formats/export.md speaks of each name that the schema has."""
    page = (Path(__file__).parents[2] / "docs" / "formats" / "export.md").read_text("utf-8")
    names: set[str] = set()
    stack: list[Any] = [SCHEMA]
    while stack:
        top = stack.pop()
        if isinstance(top, dict):
            names |= set(top.get("properties", {}))
            stack.extend(top.values())
        elif isinstance(top, list):
            stack.extend(top)
    assert not {name for name in names if f"`{name}`" not in page}
