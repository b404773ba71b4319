"""A shop whose consents the tests of receipts tell of: a policy with every kind of thing, and random histories."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from importlib.resources import files
from typing import Any, cast

from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from obq_privacy import (
    Category,
    ConsentEvent,
    EventKind,
    Level,
    Minors,
    NonPersonalItem,
    Notice,
    Operation,
    PersonalItem,
    Policy,
    Pseudonym,
    Purpose,
    Retention,
    SensitiveItem,
    additional,
    basic,
)
from obq_privacy.policy import Contact, statutory
from obq_privacy.rights import Issuer
from obq_privacy.vocab import Agreement, Recipient, RecipientKind, Role


class Delivery(Purpose, dpv=["https://w3id.org/dpv#DeliveryOfGoods"]):
    """Bring the order to the consignee."""


class Payment(Purpose, dpv=["https://w3id.org/dpv#PaymentManagement"]):
    """Take the money for the order."""


class Marketing(Purpose, dpv=["https://w3id.org/dpv#DirectMarketing"]):
    """Tell the shopper about offers."""


class EmailMarketing(Marketing):
    """Tell the shopper about offers by mail."""


class Portrait(Purpose, dpv=["https://w3id.org/dpv#ServicePersonalisation"]):
    """Show what the shopper may like."""


class FaceLogin(Purpose):
    """Log in by face."""


class Bookkeeping(Purpose):
    """Keep the books as the law wants."""


NAME = PersonalItem("name", str, Delivery | Payment | Marketing, category=Category.NAME, title="Name")
MAIL = PersonalItem("mail", str, Marketing, category=Category.CONTACT, dpv=["https://w3id.org/dpv/pd#EmailAddress"])
CARD = SensitiveItem("card", str, Payment | Bookkeeping, category=Category.BANK_ACCOUNT)
FACE = SensitiveItem("face", bytes, FaceLogin, category=Category.BIOMETRIC)
SALARY = SensitiveItem("salary", int, Portrait, category=Category.OTHER)
VISITS = PersonalItem("visits", str, Portrait, category=Category.BEHAVIOUR)
DEVICE = NonPersonalItem("device", str, Portrait | Delivery)

DAY = dt.timedelta(days=1)
DEAL = Agreement("A-1", dt.date(2026, 1, 1), dt.date(2027, 12, 31))
CARRIER = Recipient(
    "carrier", Delivery, kind=RecipientKind.PARTNER, role=Role.LOGISTICS, agreement=DEAL, title="Carrier"
)
AGENCY = Recipient(
    "agency",
    Marketing,
    kind=RecipientKind.THIRD_PARTY,
    role=Role.ADVERTISING,
    region="US",
    agreement=DEAL,
    title="Agency",
)
SISTER = Recipient("sister", Marketing, kind=RecipientKind.AFFILIATE, follows_policy=True, title="Sister")
STRANGER = Recipient("stranger", Marketing, kind=RecipientKind.AFFILIATE, title="Stranger")

CONTACT = Contact("Privacy Department", "privacy@shop.example", "Court of the Shop", "https://shop.example/privacy")
ISSUER = Issuer(email="privacy@shop.example", phone="+86 10 5555 0100", address="1 Canary Row")


def shop(version: str = "v1", contact: Contact | None = CONTACT, minors: Minors | None = None) -> Policy:
    """Give the policy of the shop."""
    return Policy(
        version=version,
        controller="Example Shop",
        purposes=[
            basic(Delivery, necessary=[NAME], optional=[DEVICE], shared=[NAME]),
            basic(Payment, necessary=[CARD], optional=[NAME]),
            additional(Marketing, optional=[NAME, MAIL], shared=[NAME, MAIL]),
            additional(EmailMarketing, optional=[MAIL], shared=[MAIL]),
            additional(Portrait, optional=[VISITS, SALARY, DEVICE]),
            additional(FaceLogin, optional=[FACE]),
            statutory(Bookkeeping, items=[CARD]),
        ],
        retention=[Retention(MAIL, 30 * DAY), Retention(CARD, 90 * DAY, purpose=Payment)],
        recipients=[CARRIER, AGENCY, SISTER, STRANGER],
        contact=contact,
        minors=minors,
    )


POLICY = shop()
GRANTABLE = ("delivery", "email-marketing", "face-login", "marketing", "payment", "portrait")
SUBJECT = Pseudonym("5b" * 16)
GUARDIAN = Pseudonym("6c" * 16)
START = dt.datetime(2026, 11, 2, 8, 0, tzinfo=dt.UTC)


def event(kind: EventKind = EventKind.GRANT, *purposes: str, number: int = 1, **more: Any) -> ConsentEvent:
    """Give an event of the subject; its number makes its id."""
    name = f"{number:032x}"
    facts: dict[str, Any] = {"subject": SUBJECT, "actor": SUBJECT, "version": "v1", "at": START, "method": "checkbox"}
    return ConsentEvent(id=name, key=name, kind=kind, purposes=tuple(sorted(purposes)), **(facts | more))


@cache
def validator(name: str, part: str = "") -> Draft202012Validator:
    """Give the validator of a shipped schema, or of one of its parts."""
    form = json.loads(files("obq_privacy.rights").joinpath("schemas", f"{name}.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(form)
    if part:
        form = {"$schema": form["$schema"], "$defs": form["$defs"], "$ref": f"#/$defs/{part}"}
    return Draft202012Validator(form)


def valid(name: str, text: str, part: str = "") -> dict[str, Any]:
    """Read a text that keeps a shipped schema."""
    form = json.loads(text)
    problems = [f"{problem.json_path}: {problem.message}" for problem in validator(name, part).iter_errors(form)]
    assert not problems
    return cast("dict[str, Any]", form)


times = st.integers(0, 10**12).map(lambda micro: START + dt.timedelta(microseconds=micro))


@st.composite
def grants(draw: st.DrawFn) -> ConsentEvent:
    """Draw an event that makes a consent."""
    at = draw(times)
    shown = draw(st.none() | st.sampled_from(["zh-CN", "en"]))
    return event(
        draw(st.sampled_from([EventKind.GRANT, EventKind.CHOOSE, EventKind.ATTEST])),
        *draw(st.lists(st.sampled_from(GRANTABLE), min_size=1, unique=True)),
        number=draw(st.integers(1, 2**128 - 1)),
        at=at,
        actor=draw(st.sampled_from([SUBJECT, GUARDIAN])),
        items=tuple(draw(st.lists(st.sampled_from(["card", "mail", "name", "visits"]), max_size=2, unique=True))),
        categories=tuple(draw(st.lists(st.sampled_from(["bank-account", "name"]), max_size=2, unique=True))),
        operations=tuple(draw(st.lists(st.sampled_from(list(Operation)), min_size=1, unique=True))),
        level=draw(st.sampled_from(list(Level))),
        notice=None if shown is None else Notice.of("what was shown", language=shown, shown=at),
        method=draw(st.sampled_from(["", "checkbox", "signature"])),
        valid_until=draw(st.none() | st.integers(1, 900).map(lambda days: at + days * DAY)),
        parties=tuple(draw(st.lists(st.sampled_from(["agency", "role:logistics", "sister", "stranger"]), unique=True))),
        regions=tuple(draw(st.lists(st.sampled_from(["HK", "US"]), unique=True))),
    )


@st.composite
def histories(draw: st.DrawFn, grant: ConsentEvent) -> list[ConsentEvent]:
    """Draw events that may or may not be about a consent."""
    kinds = st.sampled_from([kind for kind in EventKind if not kind.consents])
    return [
        event(
            draw(kinds),
            *draw(st.lists(st.sampled_from(GRANTABLE), unique=True)),
            number=2**128 - 1000 + at,
            at=draw(times),
            subject=draw(st.sampled_from([SUBJECT, GUARDIAN, Pseudonym("0" * 32)])),
            about=draw(st.sampled_from(["", grant.id, "f" * 32])),
            method=draw(st.sampled_from(["", "declined", "accepted"])),
            valid_until=draw(st.none() | times),
        )
        for at in range(draw(st.integers(0, 6)))
    ]
