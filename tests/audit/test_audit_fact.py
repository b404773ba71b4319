"""Facts: one spelling for each, and nothing else is read."""

from __future__ import annotations

import hashlib
import json
from typing import Any, cast, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obq_privacy.audit import Fact, Outcome
from obq_privacy.audit._fact import fact_id
from obq_privacy.errors import AuditBroken

texts = st.text(st.characters(codec="utf-8"), max_size=12)
names = st.lists(texts.filter(bool), max_size=4).map(tuple)
facts = st.builds(
    Fact,
    operation=texts.filter(bool),
    outcome=st.sampled_from(cast("tuple[Outcome, ...]", get_args(Outcome))),
    items=names,
    purpose=texts,
    basis=texts,
    codes=names,
    clauses=names,
    version=texts,
    recipient=texts,
    actor=texts,
    justification=texts,
)


@given(facts)
def test_a_fact_survives_its_text(fact: Fact) -> None:
    """Parsing the canonical text gives the same fact, with the same digest and id."""
    again = Fact.parse(fact.text)
    assert (again, again.text, again.digest, again.id) == (fact, fact.text, fact.digest, fact.id)
    assert hash(again) == hash(fact)
    assert again.items == fact.items == tuple(sorted(set(fact.items)))
    assert (again.codes, again.clauses, again.justification) == (fact.codes, fact.clauses, fact.justification)


@given(facts, facts)
def test_different_facts_have_different_texts(one: Fact, other: Fact) -> None:
    """Two facts are equal exactly when all that they say is equal, and then only their texts and digests are."""

    def said(fact: Fact) -> tuple[object, ...]:
        return (
            *(fact.operation, fact.outcome, fact.items, fact.purpose, fact.basis, fact.codes, fact.clauses),
            *(fact.version, fact.recipient, fact.actor, fact.justification),
        )

    same = said(one) == said(other)
    assert (one == other) == same
    assert (one.text == other.text) == same
    assert (one.digest == other.digest) == same


@given(facts)
def test_the_text_is_canonical_json(fact: Fact) -> None:
    """The text is JSON with sorted keys, without spaces between tokens and without empty fields."""
    said: dict[str, object] = json.loads(fact.text)
    assert list(said) == sorted(said)
    assert all(said.values())
    assert json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True) == fact.text


def test_the_digest_is_separated_from_other_hashes() -> None:
    """The digest is the SHA-256 of the domain and the text, each behind its length; the id is its beginning."""
    fact = Fact("use", "deny", items=["b", "a", "b"], codes=("OBQ108",), clauses=("RIGHT-4",))
    assert fact.text == '{"clauses":["RIGHT-4"],"codes":["OBQ108"],"items":["a","b"],"op":"use","outcome":"deny"}'
    spelled = b"\0\0\0\x18obq-privacy/audit-fact/1" + len(fact.text).to_bytes(4, "big") + fact.text.encode()
    assert fact.digest == hashlib.sha256(spelled).digest()
    assert fact.id == fact.digest[:7]
    assert fact != "use"


def test_the_id_is_never_all_zero() -> None:
    """A digest that begins with seven zero bytes is named by its last seven, as zero marks anchors."""
    assert fact_id(bytes(7) + bytes(range(25))) == bytes(range(18, 25))
    assert fact_id(bytes(range(32))) == bytes(range(7))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "7",
        "{",
        '{"op":"use"}',
        '{"items":[],"op":"use","outcome":"permit"}',
        '{"op":"use","outcome":"maybe"}',
        '{"op":"","outcome":"permit"}',
        '{"op":"use", "outcome":"permit"}',
        '{"outcome":"permit","op":"use"}',
        '{"op":"use","outcome":"permit","purpose":7}',
        '{"op":"use","outcome":"permit","secret":"x"}',
        '{"items":"ab","op":"use","outcome":"permit"}',
        '{"items":["b","a"],"op":"use","outcome":"permit"}',
        '{"items":["a",""],"op":"use","outcome":"permit"}',
        '{"items":[1],"op":"use","outcome":"permit"}',
        '{"items":[["a"]],"op":"use","outcome":"permit"}',
        '{"op":"use","op":"use","outcome":"permit"}',
        '{"op":"\\u0075se","outcome":"permit"}',
        '{"op":"\\ud800","outcome":"permit"}',
        '{"op":"use","outcome":{}}',
        "[" * 100_000,
    ],
)
def test_any_other_text_is_refused(text: str) -> None:
    """Text that is not the one spelling of a fact is refused, and the error quotes nothing of it."""
    with pytest.raises(AuditBroken) as caught:
        Fact.parse(text)
    assert caught.value.facts == {"place": "a fact", "problem": "it is not written as facts are"}


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"operation": ""}, ValueError),
        ({"operation": 7}, TypeError),
        ({"outcome": "allow"}, ValueError),
        ({"items": "bank-card"}, TypeError),
        ({"items": ("",)}, ValueError),
        ({"codes": (7,)}, TypeError),
        ({"justification": "6222\ud800"}, ValueError),
        ({"purpose": None}, TypeError),
    ],
)
def test_a_fact_is_valid_from_birth(wrong: dict[str, Any], error: type[Exception]) -> None:
    """What a fact cannot say is refused when it is built, without quoting it."""
    fields: dict[str, Any] = {"operation": "use", "outcome": "permit", "items": ("bank-card",), **wrong}
    with pytest.raises(error) as caught:
        Fact(**fields)
    assert "6222" not in repr(caught.value)
    assert caught.value.__context__ is None
