"""What was ever written stays readable, and names that were ever given stay the same."""

from __future__ import annotations

import hmac
import json
from base64 import b32encode, b64encode
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from releases_world import ALIAS, REGION, Member, Research, opened, person

from obq_privacy.crypto import DataKey
from obq_privacy.errors import DifferenceTooSmall, StoreIncompatible
from obq_privacy.guard._counting import member_of

KEY = bytes(range(32))
OTHER = bytes(range(32, 64))
AT = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)

# Computed once, and never to change.
INDEX = "0f7553a01b5c99a9b282e5af28cacef49034139bef59e82eef364aecaef188c3"
PSEUDONYM = "z5n7dinu5blqo75rhwx7p3asja"
MEMBER = "24fa7082d31297c68dcd979e"
PERSON = "mxmwrdcs45o46m3nfcxae3mfjy"


def spelled(domain: str, *fields: bytes | str) -> bytes:
    """Spell fields as docs/formats/token.md says, without the library."""
    name = domain.encode()
    parts = [len(name).to_bytes(4, "big"), name]
    for field in fields:
        content = field.encode() if isinstance(field, str) else field
        parts += [b"s" if isinstance(field, str) else b"b", len(content).to_bytes(4, "big"), content]
    return b"".join(parts)


def keyed(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, sha256).digest()


def shown(whole: bytes) -> str:
    return b32encode(whole[:16]).decode().rstrip("=").lower()


def test_pseudonyms_and_indexes_are_made_as_documented() -> None:
    """Under fixed keys they are what an independent program computes, and what was computed before."""
    with opened() as guard:
        subject = person(guard, "one", Research)
        value = subject.collect(REGION, "north")
        guard._core._index_key = DataKey(bytes(16), "", KEY)
        made = {
            domain: keyed(
                keyed(KEY, spelled(f"obq-privacy/{domain}/1", "research")),
                spelled(f"obq-privacy/{domain}/1", "builtins.str", b"north"),
            )
            for domain in ("pseudonym", "index")
        }
        assert guard.index(value, Research) == made["index"]
        assert guard.pseudonym(value, Research).reveal(Research) == shown(made["pseudonym"])
        assert made["index"].hex() == INDEX
        assert shown(made["pseudonym"]) == PSEUDONYM


def test_what_stands_for_a_person_is_made_as_documented() -> None:
    """Under the person's own key: the digest in the docket, and the pseudonym."""
    access: Any = type("Fake", (), {"key": staticmethod(lambda: DataKey(bytes(16), "0" * 32, OTHER))})
    assert member_of(access) == keyed(OTHER, spelled("obq-privacy/release/1"))[:12]
    assert keyed(OTHER, spelled("obq-privacy/release/1"))[:12].hex() == MEMBER
    message = spelled("obq-privacy/subject-pseudonym/1", "research")
    assert shown(keyed(OTHER, message)) == PERSON
    with opened() as guard:
        subject = person(guard, "one", Research)
        mine = guard.pseudonym(subject, Research, item=ALIAS).reveal(Research)
        assert mine == shown(keyed(guard._core.access(subject.pseudonym).key().key, message))


@pytest.mark.clause("USE-23")
def test_an_entry_of_the_docket_that_was_written_before_is_still_compared() -> None:
    """The text of version 1, with one person less than today."""
    with opened() as guard:
        people = [
            person(guard, f"p{number}", Research).collect_record(Member, name="", region="north") for number in range(6)
        ]
        digests = sorted(member_of(guard._core.access(person(guard, f"p{n}").pseudonym)) or b"" for n in range(1, 6))
        text = (
            '{"groups":1,"names":["region"],"purpose":"research","sets":["'
            + b64encode(b"".join(digests)).decode()
            + '"],"smallest":3,"v":1,"version":"2026-11"}'
        )
        guard._core.store.enter("releases", "release", "", lambda _: (text, False, None), AT)
        with pytest.raises(DifferenceTooSmall):
            guard.release(Research, people, by={"region": lambda member: member.region})
        guard.release(Research, people[1:], by={"region": lambda member: member.region})
        written = guard._core.store.entries("releases")[1].text
        assert written == text.replace(json.loads(text)["sets"][0], "").replace('[""]', "[]")


def test_an_entry_of_a_later_version_is_not_passed_over() -> None:
    """What cannot be read could have been compared, so nothing is told."""
    with opened() as guard:
        people = [
            person(guard, f"p{number}", Research).collect_record(Member, name="", region="north") for number in range(3)
        ]
        guard._core.store.enter("releases", "release", "", lambda _: ('{"v":2}', False, None), AT)
        with pytest.raises(StoreIncompatible):
            guard.release(Research, people, by={"region": lambda member: member.region})
