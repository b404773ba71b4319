"""What the second act of the example shop leaves, whatever happened on the way."""

from __future__ import annotations

import re
import subprocess
import time
from typing import TYPE_CHECKING, Any

from shop_world import DATABASE, command

from obq_privacy import EventKind
from obq_privacy.rights import Incidents, Requests, RequestState, Rights

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 3
"""Rows of the first act where it is about the second."""

BEGINS = b"The second act"
VALUES = {
    *("A. Nobody", "9 Imaginary Lane, Nowhere", "+8615400000001", "one teapot", "129.50"),
    *("K7-teapot", "K8-kite", "9999000100020001", "9999000100020019"),
}
"""Everything that the second act itself says of people."""


def second(said: str) -> str:
    """Give the second act of an account, without the final one."""
    return said.partition("The second act\n")[2].partition("\nWho used what for what")[0]


def refusals(said: str) -> list[str]:
    """Give the kinds of errors that are shown, in order."""
    return re.findall(r"^  ([A-Z]\w+): .*\[OBQ\d{3}", second(said), re.MULTILINE)


def begun(folder: Path) -> subprocess.Popen[bytes]:
    """Start the shop, and return when its second act begins."""
    words = command(folder, ROWS)
    process = subprocess.Popen(
        [words[0], "-u", *words[1:]], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(BEGINS):
            return process
    raise AssertionError("the second act never began")


def pace_of(folder: Path) -> float:
    """Give how long the second act takes here (seconds)."""
    with begun(folder) as process:
        began = time.monotonic()
        process.communicate()
        assert process.returncode == 0
    return time.monotonic() - began


def shares(shop: Any, folder: Path, recipient: str) -> int:
    """Count what a recipient got, as the audit has it."""
    with shop.Guard.open(folder / DATABASE, policy=shop.POLICY) as guard:
        found = guard.audit.entries(outcome="permit")
        return sum(entry.operation == "share" and entry.recipient == recipient for entry in found)


def check_second_act(shop: Any, folder: Path, *, kills: int = 0) -> None:
    """Check that all of it was done, and nothing twice but for what a kill between doing and saying repeats."""
    for recipient, orders in (("example-bank", 1), ("other-bank", 1), ("swift-parcels", 2), ("bright-adverts", 0)):
        assert orders <= shares(shop, folder, recipient) <= orders * (1 + kills), recipient
    with shop.Guard.open(folder / DATABASE, policy=shop.POLICY) as guard:
        guard.audit.verify()
        ada, ben, kit = (guard.subject(name) for name in ("ada", "ben", "kit"))
        grants = sorted((consent.grant.kind.value, consent.grant.purposes) for consent in ada.standing.consents)
        assert grants == [
            (EventKind.CHOOSE.value, ("payment",)),
            (EventKind.GRANT.value, ("delivery",)),
            (EventKind.GRANT.value, ("delivery", "payment")),
            (EventKind.GRANT.value, ("marketing",)),
        ]
        assert sorted(consent.grant.by_guardian for consent in kit.standing.consents) == [False, True]
        assert [list(guard.vault.records(one)) for one in (ada, ben, kit)] == [["order-S-0001"], ["order-S-0002"], []]
        assert guard.vault.load(shop.Order, "order-S-0001").settled
        assert ben.standing.closed is not None
        (deletion,) = Rights(guard).deletions()
        assert {stay.item for stay in deletion.stays} == {"order-amount", "order-goods", ""}
        assert {one.recipient for one in deletion.outstanding} == {"other-bank"}
        (request,) = Requests(guard).of(ada)
        assert request.state is RequestState.FULFILLED
        assert Incidents(guard).open() == []
