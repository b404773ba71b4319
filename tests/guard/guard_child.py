"""What other processes do in the tests of the guard: `python guard_child.py <what> <database> ...`."""

from __future__ import annotations

import os
import signal
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

from guard_world import ADULT, CARD, POLICY, Delivery, Marketing, Order, Payment, adult

from obq_privacy import Guard, combine
from obq_privacy.errors import Denied, GrantInvalid, KeyErased, PrivacyError, RecordUnknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from obq_privacy.audit import Fact


def say(*words: object) -> None:
    """Report to the parent in one write, which is either there or not."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def follow(guard: Guard, shape: str) -> None:
    """Reveal in a tight loop until stdin ends.

    Report "open" and the instant at which the first success began, and with the first refusal after it "shut", its
    error and the instant at which the last success began: whatever succeeded in between began before that.
    """
    order = guard.vault.load(Order, "order")
    card = order.card
    assert card is not None
    token = card.seal(record="row")
    line = combine("{}{}".format, order.consignee, card).map(len)

    def unsealed() -> object:
        return guard.unseal(CARD, token, record="row").reveal(Payment)

    uses: dict[str, Callable[[], object]] = {
        "card": lambda: card.reveal(Payment),
        "derived": lambda: line.reveal(Payment),
        "mask": lambda: card.mask(Payment),
        "unseal": unsealed,
        "load": lambda: guard.vault.load(Order, "order").consignee.reveal(Payment),
    }
    use = uses[shape]
    os.set_blocking(0, False)
    opened = False
    began = 0
    say("ready")
    while True:
        now = time.monotonic_ns()
        try:
            use()
        except (Denied, KeyErased, RecordUnknown) as error:
            if opened:
                say("shut", type(error).__name__, began)
                opened = False
            if _told_to_stop():
                return
            time.sleep(0.002)
        else:
            began = now
            if not opened:
                say("open", now)
                opened = True


def _told_to_stop() -> bool:
    try:
        return os.read(0, 1) == b""
    except BlockingIOError:
        return False


def on_demand(guard: Guard) -> None:
    """Reveal when asked by a line on stdin, and answer with the outcome."""
    card = guard.vault.load(Order, "order").card
    assert card is not None
    card.reveal(Payment)
    say("ready")
    for _ in sys.stdin:
        try:
            card.reveal(Payment)
        except PrivacyError as error:
            say(type(error).__name__)
        else:
            say("revealed")


def withdraw(guard: Guard, times: int) -> None:
    """Withdraw and grant in turns: report the instant after each return."""
    shopper = guard.subject("shopper")
    say("ready")
    for line in sys.stdin:
        if line.strip() == "grant":
            shopper.grant(Delivery, Payment)
        else:
            shopper.withdraw(Payment)
        say(time.monotonic_ns())
    assert times >= 0


def grant_same(guard: Guard, times: int) -> None:
    """Give the same consent again and again, and report the ids of what came of it."""
    shopper = guard.subject("shopper", born=ADULT)
    say("ready")
    sys.stdin.readline()
    ids = {shopper.grant(Delivery, Payment, method="checkbox").id for _ in range(times)}
    ids |= {shopper.grant(Marketing, method="checkbox", key="first visit").id for _ in range(times)}
    say(*sorted(ids))


def register(guard: Guard, first: int, times: int) -> None:
    """Register subjects, keep a record of each, and report how many."""
    say("ready")
    for number in range(first, first + times):
        shopper = adult(guard, f"shopper-{number}", Delivery)
        order = shopper.collect_record(Order, number=str(number), consignee=f"name {number}")
        guard.vault.keep(f"order-{number}", order)
        say(number)


def labour(guard: Guard, seed: int) -> None:
    """Do everything that has to survive a kill, and acknowledge each action after it returned."""
    say("ready")
    number = 0
    while True:
        name = f"{seed}-{number}"
        shopper = adult(guard, name)
        consent = shopper.grant(Delivery, Payment, method="checkbox")
        say("grant", name, consent.id)
        order = shopper.collect_record(Order, number=name, consignee=f"canary {name}", card=f"card {name}")
        guard.vault.keep(f"order-{name}", order)
        say("kept", name, shopper.pseudonym)
        card = order.card
        assert card is not None
        for index in range(20):
            card.reveal(Payment)
            say("plain", shopper.pseudonym, index)
        match (number + seed) % 4:
            case 0:
                shopper.withdraw(Payment)
                say("withdrawn", name)
            case 1:
                shopper.erase()
                say("erased", name, shopper.pseudonym)
            case 2 if number % 8 == 6:
                guard.rotate()
                say("rotated", name)
            case _:
                try:
                    order.consignee.reveal(Marketing)
                except Denied:
                    say("denied", shopper.pseudonym)
        number += 1


def erase_until(guard: Guard, step: str) -> None:
    """Erase a subject, and be killed just before a step of it."""
    core = guard._core
    shopper = adult(guard, "shopper", Delivery)
    guard.vault.keep("order", shopper.collect_record(Order, number="1", consignee="canary"))

    def die(*_: object, **__: object) -> NoReturn:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    match step:
        case "record":
            type(core).record = die  # type: ignore[method-assign]
        case "order":
            type(guard._orders).add = die  # type: ignore[method-assign]
        case "begin":
            type(core.store).begin_erasure = die  # type: ignore[method-assign]
        case "finish":
            type(core.store).finish_erasure = die  # type: ignore[method-assign]
        case _:
            record, calls = core.record, iter(range(9))

            def second(_: object, subject: str, fact: Fact) -> None:
                (die if next(calls) else record)(subject, fact)

            type(core).record = second  # type: ignore[method-assign,assignment]
    shopper.erase()


def main() -> None:
    """Run what the command line names."""
    what, path, lease, *rest = sys.argv[1:]
    try:
        with Guard.open(path, policy=POLICY, lease=timedelta(milliseconds=int(lease))) as guard:
            match what:
                case "follow":
                    follow(guard, rest[0])
                case "on-demand":
                    on_demand(guard)
                case "withdraw":
                    withdraw(guard, 0)
                case "grant-same":
                    grant_same(guard, int(rest[0]))
                case "register":
                    register(guard, int(rest[0]), int(rest[1]))
                case "labour":
                    labour(guard, int(rest[0]))
                case "erase-until":
                    erase_until(guard, rest[0])
                case _:
                    raise SystemExit(f"{what} is unknown")
    except GrantInvalid as error:
        say("invalid", error)


if __name__ == "__main__":
    main()
