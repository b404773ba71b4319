"""What a decision on the whole shop costs, in units of raw AES-256-GCM and of a policy of three purposes.

    python benchmarks/decide.py            # the table
    python benchmarks/decide.py --check    # exit status 1 when a limit is not kept

A cold subject has ten consents; the fold of its events is part of every call. Raw is `AESGCM` of the `cryptography`
package with a reused object on 18 bytes, with 32 bytes of associated data. Calls are measured in turns with what they
are compared with, and the median of the ratios counts: what else the machine does hits both alike.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from typing import TYPE_CHECKING, NamedTuple

import cost
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from obq_privacy import ConsentEvent, EventKind, Level, Operation, Permit, Policy, Pseudonym, Request, decide, shop
from obq_privacy.consent import standing_of
from obq_privacy.shop import items, pipl, purposes, recipients
from obq_privacy.values import Label
from obq_privacy.vocab import AnyItem, Purpose, Source

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 40
"""Times raw decryption: what the blueprint allows for a cold subject with ten consents."""

GROWTH = 1.5
"""Times the same question under the policy of `cost.py`: the number of purposes must not be felt."""

SUBJECT = Pseudonym("0" * 32)
NOW = dt.datetime(2026, 11, 10, tzinfo=dt.UTC)
BEGAN = NOW - dt.timedelta(days=30)


class Question(NamedTuple):
    """What is asked under a policy, and what the subject said before."""

    what: str
    policy: Policy
    item: AnyItem
    request: Request
    said: tuple[ConsentEvent, ...]


def ten(policy: Policy, *named: type[Purpose], **fields: object) -> tuple[ConsentEvent, ...]:
    """Make ten consents, the last ones to these purposes and the others to whatever comes first."""
    others = [rule.purpose for rule in policy.purposes if rule.purpose not in named]
    aims = [*(others * 10)[: 10 - len(named)], *named]
    return tuple(
        ConsentEvent(
            id=f"{number:032x}",
            key=str(number),
            kind=EventKind.GRANT,
            subject=SUBJECT,
            actor=SUBJECT,
            purposes=(aim.key,),
            version=policy.version,
            at=BEGAN + dt.timedelta(hours=number),
            level=Level.SEPARATE,
            **fields,  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        )
        for number, aim in enumerate(aims)
    )


def questions() -> list[Question]:
    """Give what is measured: uses of a sensitive item first, then what looks at more."""
    use, share = Operation.USE, Operation.SHARE
    shared = {"operations": tuple(Operation), "parties": ("role:logistics",)}
    same = (purposes.Payment,) * 10
    return [
        Question(
            "the shop, ten consents to what is asked",
            shop.POLICY,
            items.CARD_EXPIRY,
            Request(use, purposes.Payment),
            ten(shop.POLICY, *same),
        ),
        Question(
            "the shop, ten consents to ten purposes",
            shop.POLICY,
            items.CARD_EXPIRY,
            Request(use, purposes.Payment),
            ten(shop.POLICY, purposes.Payment),
        ),
        Question(
            "the stricter profile, likewise",
            pipl.POLICY,
            items.CARD_EXPIRY,
            Request(use, purposes.Payment),
            ten(pipl.POLICY, purposes.Payment),
        ),
        Question(
            "the shop, what builds on something else",
            shop.POLICY,
            items.VOICEPRINT,
            Request(use, purposes.VoiceprintLogin),
            ten(shop.POLICY, purposes.RealPersonAuthentication, purposes.VoiceprintLogin),
        ),
        Question(
            "the shop, sharing with a carrier",
            shop.POLICY,
            items.CONSIGNEE_NAME,
            Request(share, purposes.Delivery, recipient=recipients.CARRIER),
            ten(shop.POLICY, purposes.Delivery, **shared),
        ),
        Question(
            "the shop, collecting for any of three consented purposes",
            shop.POLICY,
            items.MOBILE_PHONE,
            Request(Operation.COLLECT, None),
            ten(shop.POLICY, purposes.Membership),
        ),
    ]


def label_of(item: AnyItem, version: str) -> Label:
    """Give the label of a value of the subject's."""
    return Label(
        items=frozenset({item.key}),
        categories=frozenset({item.category}),
        sensitivity=item.sensitivity,
        purposes=item.purposes,
        subjects=frozenset({SUBJECT}),
        sources=frozenset({Source()}),
        regions=frozenset({"CN"}),
        versions=frozenset({version}),
        collected=(BEGAN, BEGAN),
    )


def asking(question: Question) -> Callable[[], object]:
    """Make the call: the fold and the decision."""
    _, policy, item, request, said = question
    label = label_of(item, policy.version)
    born = dt.date(1990, 5, 1)

    def call() -> object:
        return decide(policy, standing_of(said, subject=SUBJECT, born=born), label, request, NOW)

    if not isinstance(call(), Permit):
        raise SystemExit(f"refused, so not what is meant: {question.what}")
    return call


def rows() -> list[cost.Row]:
    """Measure everything."""
    key, nonce, context = AESGCM(os.urandom(32)), os.urandom(12), os.urandom(32)
    sealed = key.encrypt(nonce, cost.VALUE.encode(), context)

    def decrypt() -> object:
        return key.decrypt(nonce, sealed, context)

    small = asking(
        Question(
            "small",
            cost.POLICY,
            cost.CARD,
            Request(Operation.USE, cost.Payment),
            ten(cost.POLICY, *(cost.Payment,) * 10),
        )
    )
    found = [cost.Row("three purposes, ten consents", cost.ratio(small, decrypt, count=100), LIMIT, "x decrypt")]
    for question in questions():
        call = asking(question)
        found.append(cost.Row(question.what, cost.ratio(call, decrypt, count=100), LIMIT, "x decrypt"))
    first = asking(questions()[0])
    found.append(cost.Row("the shop against three purposes", cost.ratio(first, small, count=100), GROWTH, "x"))
    return found


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="exit with 1 when a limit is not kept")
    options = parser.parse_args()
    measured = rows()
    print(f"{'what':<52} {'measured':>9} {'at most':>8}")
    for row in measured:
        kept = "" if row.measured <= row.limit else "   ← over"
        print(f"{row.what:<52} {row.measured:>9.2f} {row.limit:>8g} {row.unit}{kept}")
    return int(options.check and any(row.measured > row.limit for row in measured))


if __name__ == "__main__":
    sys.exit(main())
