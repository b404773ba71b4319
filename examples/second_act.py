"""The second act: what leaves the shop and to whom, what shoppers can ask for, and what the shop owes them.

Each step is a function that shows one thing. All of them can be cut short and repeated: what was done stays done.
"""

from __future__ import annotations

import json
import textwrap
import time
from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from carrier import receive
from shop_terms import (
    ACCOUNTANT,
    ADVERTISER,
    BANK,
    CARRIER,
    ISSUER,
    NEXT,
    OTHER_BANK,
    UNSIGNED,
    Bookkeeping,
    Delivery,
    Marketing,
    Order,
    Payment,
    Pickup,
    Transaction,
    attempt,
)

from obq_privacy import Actor, Anchor, Guard, Invoked, LegalBasis, Recipient, Role, evolve, share_all
from obq_privacy.errors import EnvelopeUnavailable, ReleaseRefused
from obq_privacy.rights import (
    Fate,
    IncidentKind,
    Incidents,
    IncidentScope,
    IncidentState,
    ReceiptKey,
    RequestKind,
    Requests,
    RequestState,
    Rights,
    affected,
    consent_history,
    diff,
    receipt_27560,
    sign_receipt,
    sweep,
    verify_receipt,
)
from obq_privacy.vocab import generalise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ADULT = date(1988, 3, 9)
CLERK = Actor("clerk-3", frozenset({ACCOUNTANT}))


def second_act(guard: Guard, orders: Iterable[str], *, now: Callable[[], datetime]) -> None:
    """Play all of it.

    Args:
        guard: the guard.
        orders: names of orders of the first act, one for each shopper, for statistics.
        now: the clock.
    """
    print("\n\nThe second act")
    share(guard)
    invoke(guard)
    correct_age(guard, now)
    advertise(guard, orders)
    change_policy(guard)
    give_access(guard)
    work_out(guard)
    cancel(guard)
    give_receipt(guard, now)
    clean_up(guard)


def chapter(title: str) -> None:
    """Print what comes."""
    print(f"\n{title}")


# ── Orders that leave the shop ────────────────────────────────────────────────────────────────────────────


def share(guard: Guard) -> None:
    """Hand orders over to the bank that the shopper chose for each, and to a carrier."""
    chapter("Ada and Ben order; the banks that they chose and a carrier get what they need (SHARE-1, SHARE-5, USE-13):")
    order = settled(guard, "ada", "S-0001", bank=BANK, card="9999000100020001")
    if guard.subject("ben", born=ADULT).standing.closed is None:
        settled(guard, "ben", "S-0002", bank=OTHER_BANK, card="9999000100020019")
    print("  example-bank has Ada's card, other-bank has Ben's; swift-parcels has names, addresses and phones")
    attempt(lambda: order.card.share(Payment, to=OTHER_BANK))
    attempt(lambda: order.address.share(Delivery, to=UNSIGNED))


def settled(guard: Guard, member: str, number: str, *, bank: Recipient[Payment], card: str) -> Order:
    """Take an order, charge and send it, unless an earlier run did.

    A run that is killed between sharing and saying so shares again: bank and carrier know an order by its number.
    """
    person = guard.subject(member, born=ADULT)
    name = f"order-{number}"
    if name not in guard.vault:
        person.grant(Delivery, Payment, method="checkbox", key="first order")
        person.grant(Delivery, recipients=[Role.LOGISTICS], method="checkbox", key="first order, carriers")
        person.choose(Payment, bank, matter=number)
        way = person.collecting(matter=number)
        order = way.collect_record(
            Order,
            number=number,
            settled=False,
            amount=Decimal("129.50"),
            goods="one teapot",
            consignee="A. Nobody",
            address="9 Imaginary Lane, Nowhere",
            phone="+8615400000001",
            card=card,
        )
        guard.vault.keep(f"pickup-{number}", way.collect_record(Pickup, number=number, code="K7-teapot"))
        guard.vault.keep(name, order)
    order = guard.vault.load(Order, name)
    if not order.settled:
        share_all(Payment, order.card, order.amount, to=bank)
        send(guard, order)
        order = evolve(order, settled=True)
        guard.vault.keep(name, order)
    person.mark(Anchor.COMPLETION, matter=number)
    return order


def send(guard: Guard, order: Order) -> None:
    """Give the carrier what it needs in an envelope that its key alone opens; in plain where none can be sealed."""
    try:
        envelope = guard.envelope(
            Delivery, {"name": order.consignee, "address": order.address, "phone": order.phone}, to=CARRIER
        )
    except EnvelopeUnavailable:  # an older `cryptography`
        share_all(Delivery, order.consignee, order.address, order.phone, to=CARRIER)
    else:
        receive(order.number, envelope)


def invoke(guard: Guard) -> None:
    """Use a value on another legal basis than consent, which somebody invokes by name and answers for."""
    chapter("The fraud desk looks into an order without asking; it says why, and shares nothing (USE-22, SHARE-8):")
    order = guard.vault.load(Order, "order-S-0001")
    check = Invoked(LegalBasis.SERVICE_SECURITY, justification="alarm 17", by="fraud-desk")
    print(f"  the card is looked at under an exemption: {len(order.card.reveal_under(check)) > 0}")
    attempt(lambda: order.card.share(Payment, to=BANK, under=check))


# ── A child ───────────────────────────────────────────────────────────────────────────────────────────────


def correct_age(guard: Guard, now: Callable[[], datetime]) -> None:
    """Correct the birth date of somebody who said to be of age: what a child consented to alone does not count."""
    chapter("Kit said to be of age when he ordered, and turns out to be nine (MINOR-1):")
    kit, mother = guard.subject("kit"), guard.subject("kits-mother", born=ADULT)
    if (Anchor.COMPLETION.value, "S-0003") in kit.standing.marks:
        print("  an earlier run has shown it")
        return
    if "pickup-S-0003" not in guard.vault:
        kit.update(born=ADULT)
        kit.grant(Delivery, method="checkbox", key="first order")
        way = kit.collecting(matter="S-0003")
        guard.vault.keep("pickup-S-0003", way.collect_record(Pickup, number="S-0003", code="K8-kite"))
    code = guard.vault.load(Pickup, "pickup-S-0003").code
    if not any(consent.grant.by_guardian for consent in kit.standing.consents):
        kit.update(born=date(now().year - 9, 1, 1), guardians=[mother])
        attempt(lambda: code.reveal(Delivery))
        kit.grant(Delivery, by=mother, method="letter", key="first order, mother")
    print(f"  his mother consents, and his parcel is handed out: {len(code.reveal(Delivery)) > 0}")
    kit.mark(Anchor.COMPLETION, matter="S-0003")


# ── Advertising ───────────────────────────────────────────────────────────────────────────────────────────


def advertise(guard: Guard, names: Iterable[str]) -> None:
    """Refuse an advertising partner what identifies a person, and give it counts instead."""
    chapter("An advertiser wants to know whom offers reach; it is told how many, and never who (SHARE-5, USE-23):")
    guard.subject("ada").grant(Marketing, method="checkbox", key="offers")
    phone = guard.vault.load(Order, "order-S-0001").phone
    attempt(lambda: phone.share(Marketing, to=ADVERTISER))
    orders = [guard.vault.load(Order, name) for name in names if name in guard.vault]
    amount = generalise.ranges(400)
    try:
        told = guard.release(
            Marketing, orders, by={"amount": lambda order: order.amount.map(amount)}, small="suppress", to=ADVERTISER
        )
    except ReleaseRefused as refusal:
        print(f"  {type(refusal).__name__}: {refusal}")
        return
    for group in told.rows:
        print(f"  {group['subjects']:>5} people who agreed to offers paid an amount in {group['amount']}")
    print(f"  {told.suppressed:>5} more stand in groups of fewer than {told.smallest}, which are not told apart")


# ── Another version of the policy ─────────────────────────────────────────────────────────────────────────


def change_policy(guard: Guard) -> None:
    """Work out what another version would change, and for whom; it is not in force by that."""
    changes = diff(guard.policy, NEXT)
    chapter(f"Version {NEXT.version} would change what shoppers agreed to (CHANGE-1, CHANGE-2):")
    for change in changes.changes:
        until = "; it takes a right away, so it waits until the shopper agrees" if change.reduces else ""
        print(f"  {change.declaration}, {change.field or 'all of it'} ({change.kind.value}){until}")
    ask: Counter[str] = Counter()
    narrower: Counter[str] = Counter()
    told = 0
    for person in affected(guard, changes):
        ask.update(person.ask)
        narrower.update(person.narrower)
        told += bool(person.tell)
    print(f"  {told} people are to be told")
    for purpose, count in sorted(ask.items()):
        print(f"  {count} are asked again for {purpose}")
    for purpose, count in sorted(narrower.items()):
        print(f"  {count} keep the older terms for {purpose} until they agree")


# ── What shoppers ask for ─────────────────────────────────────────────────────────────────────────────────


def give_access(guard: Guard) -> None:
    """Answer a request for everything that is held: received, verified, worked on, fulfilled."""
    chapter("Ada asks what the shop holds about her, and has an answer within 15 days (RIGHT-1, RIGHT-6):")
    ada, requests = guard.subject("ada"), Requests(guard)
    case = requests.receive(ada, RequestKind.EXPORT, key="ada's letter").case
    if requests.get(case).state is RequestState.RECEIVED:
        attempt(lambda: Rights(guard).export(ada, by="agent-7", request=case))
        requests.verify(case, method="code to her phone", by="agent-7", key="verify")
    if requests.get(case).state is RequestState.VERIFIED:
        requests.begin(case, by="agent-7", key="begin")
    if requests.get(case).state is RequestState.IN_PROGRESS:
        export = Rights(guard).export(ada, by="agent-7", request=case)
        summarise(export.text)
        requests.fulfil(case, evidence=f"export with SHA-256 {export.digest[:16]}…", by="agent-7", key="fulfil")
    for line in requests.answer(case).text.splitlines():
        print(f"  | {line}")


def summarise(document: str) -> None:
    """Say what is in an export, and nothing of what it says: that is for the shopper alone."""
    form = json.loads(document)
    items = Counter(value["item"]["key"] for value in form["values"] if value["item"])
    print(f"  the export has {items.total()} values, {len(form['consents'])} consents, and who got what:")
    print("   ", ", ".join(f"{count} of {item}" for item, count in sorted(items.items())))


def cancel(guard: Guard) -> None:
    """Cancel an account: everything goes but what the law wants kept, and that serves the law alone."""
    chapter("Ben cancels his account; his orders stay for three years, for the books alone (USE-6, PROT-3):")
    ben = guard.subject("ben", born=ADULT)
    rights = Rights(guard)
    done = rights.cancel_account(ben)
    stays = sorted({stay.item for stay in done.stays if stay.item})
    ends = sorted({stay.until[:10] for stay in done.stays if stay.until})
    print(f"  {sum(one.values for one in done.evidence)} values deleted")
    print(f"  {' and '.join(stays)} stay until {' or '.join(ends)}")
    for notice in done.notices:
        print(f"  {notice.recipient} is told to delete {', '.join(notice.items)}")
    if CARRIER.key in {notice.recipient for notice in done.outstanding}:
        rights.acknowledge(done.case, CARRIER.key, reference="letter 4711")
    print(f"  {CARRIER.key} has confirmed; {len(rights.deletion(done.case).outstanding)} has not yet")
    kept = guard.vault.load(Transaction, "order-S-0002")
    attempt(lambda: kept.amount.reveal(Payment))
    attempt(lambda: kept.amount.reveal(Bookkeeping))
    with guard.acting(CLERK):
        print(f"  an accountant reads the amount for the books: {kept.amount.reveal(Bookkeeping) > 0}")
    attempt(lambda: ben.grant(Marketing))


# ── An incident ───────────────────────────────────────────────────────────────────────────────────────────

TOLD = {
    "happened": "A carrier lost a list of its deliveries.",
    "cause": "It was printed, and left on a train.",
    "impact": "Whoever finds it learns who lives where.",
    "measures": "The carrier prints no lists any more.",
    "protection": "Trust no caller who knows about a parcel.",
}


def work_out(guard: Guard) -> None:
    """Work out from the audit log whom an incident concerns, tell them and the authority, and close it."""
    chapter("swift-parcels has lost a list of deliveries; the audit log knows who is on it (PROT-6):")
    incidents, by = Incidents(guard), "security-1"
    scope = IncidentScope(recipients=(CARRIER.key,))
    case = incidents.record(IncidentKind.LEAK, scope, by=by, key="the carrier's call").case
    if incidents.get(case).assessed is None:
        incidents.assess(case, by=by)
    for one in incidents.affected(case):
        print(f"  subject {one.subject[:8]}…: {', '.join(one.items)}")
    if "remedies" not in incidents.get(case).parts:
        incidents.describe(case, by=by, **TOLD)
        attempt(lambda: incidents.report(case))
        incidents.describe(case, by=by, remedies="The carrier pays for whatever comes of it.")
    sections = [part.partition("\n") for part in incidents.report(case).split("\n\n")]
    headings = "; ".join(heading for heading, _, text in sections[3:] if text)
    print(textwrap.fill(f"the report has: {headings}", 116, initial_indent="  ", subsequent_indent="    "))
    if incidents.get(case).state is not IncidentState.CLOSED:
        for notice in list(incidents.notices(case)):
            incidents.told(case, notice.subject, reference="letter")
        incidents.notified(case, by=by)
        incidents.reported(case, authority="the authority for cyberspace", reference="form 12", by=by)
        incidents.close(case, by=by)
    print("  everybody was told, and it is closed")


# ── Receipts ──────────────────────────────────────────────────────────────────────────────────────────────


def give_receipt(guard: Guard, now: Callable[[], datetime]) -> None:
    """Sign a receipt for a consent; whoever has the public key can verify it without the shop."""
    chapter("Ada is given a receipt for her consent to offers, which nobody can alter (RIGHT-4, CHANGE-3):")
    ada, key = guard.subject("ada"), ReceiptKey.new()  # a real shop keeps its key where it keeps its secrets
    consent = ada.grant(Marketing, method="checkbox", key="offers")
    receipt = receipt_27560(
        guard.policy,
        consent,
        issuer=ISSUER,
        born=ada.standing.born,
        issued=now(),
        history=consent_history(guard, ada),
    )
    signed = sign_receipt(receipt, key)
    print(f"  verified with the public key: {verify_receipt(signed, key.public) == receipt}")
    attempt(lambda: verify_receipt(signed.replace("Example Shop", "Another Shop"), key.public))


# ── The end of the day ────────────────────────────────────────────────────────────────────────────────────


def clean_up(guard: Guard) -> None:
    """Erase what no purpose may use any more."""
    chapter("The sweep erases what is over; a code for picking up is of no use once the order is complete (PROT-3):")
    if "pickup-S-0001" in guard.vault:
        time.sleep(1)  # its period
    done = sweep(guard, by="nightly")
    for item, count in done.counts.items():
        fate = f"{count.left:>4} in use, {count.restricted:>2} for the law alone, {count.erased:>2} erased now"
        print(f"  {item:<18} {fate}")
    print(f"  {done.subjects} people looked at, {sum(row.fate is Fate.ERASED for row in done.evidence)} values erased")
