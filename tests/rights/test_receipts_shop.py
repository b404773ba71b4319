"""Receipts for every purpose of the whole shop policy."""

from __future__ import annotations

import datetime as dt

import pytest
from receipts_world import DAY, ISSUER, START, event, valid

from obq_privacy import EventKind, Operation, shop
from obq_privacy.policy import Kind
from obq_privacy.rights import receipt_27560, receipt_kantara

POLICY = shop.POLICY
PURPOSES = sorted(rule.purpose.key for rule in POLICY.purposes if rule.kind is not Kind.STATUTORY)
RECIPIENTS = tuple(sorted(recipient.key for recipient in POLICY.recipients))


@pytest.mark.parametrize("born", [dt.date(1990, 5, 1), dt.date(2015, 5, 1), None])
@pytest.mark.parametrize("purpose", PURPOSES)
def test_every_purpose_of_the_shop_has_receipts(purpose: str, born: dt.date | None) -> None:
    """For adults, children and people of unknown age: both forms keep their schemas, and name whom the data goes to."""
    grant = event(
        EventKind.GRANT,
        purpose,
        version=POLICY.version,
        operations=tuple(Operation),
        parties=RECIPIENTS,
        regions=("US",),
    )
    issued = START + DAY
    text = receipt_27560(POLICY, grant, issuer=ISSUER, born=born, issued=issued)
    record = valid("receipt-27560", text)["dpv:hasRecordOfActivity"]
    other = receipt_kantara(POLICY, grant, issuer=ISSUER, born=born, issued=issued, public_key=bytes(32))
    form = valid("receipt-kantara", other)
    told = {process["dpv:hasPurpose"]["dct:identifier"] for process in record["dpv:hasProcess"]}
    below = {rule.purpose.key for rule in POLICY.purposes if purpose in {wider.key for wider in rule.purpose.lineage}}
    assert told == below & set(PURPOSES)
    collected = any(process["dpv:hasPersonalData"] for process in record["dpv:hasProcess"])
    assert form["sensitive"] or not collected or born == dt.date(1990, 5, 1)
