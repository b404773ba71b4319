"""Malformed documents: whatever is wrong comes out as one error that names the place, and as nothing else."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_whole import GIVEN

from obq_privacy.errors import PolicyDocumentInvalid, PolicyInvalid
from obq_privacy.policy import Policy, scopes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = (Path(__file__).parent / "golden" / "policy-v1.json").read_text(encoding="utf-8")
DOCUMENT: Any = json.loads(TEXT)

Path_ = tuple[str | int, ...]


def paths(value: Any, at: Path_ = ()) -> Iterator[Path_]:
    yield at
    if isinstance(value, dict):
        for key in value:
            yield from paths(value[key], (*at, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from paths(each, (*at, index))


PATHS = list(paths(DOCUMENT))
NULLABLE = {
    *("clause", "parent", "codec", "validate", "mask", "contact", "agreement", "undertaking", "check", "public_key"),
    *("purpose", "refusal_rest_seconds", "at_least_seconds"),
}


def nullable(path: Path_) -> bool:
    return bool(path) and path[-1] in NULLABLE and not (path[0] == "exemptions" and path[-1] == "clause")


def shown(path: Path_) -> str:
    """Give a path as errors name it."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".") or "document"


def reached(document: Any, path: Path_) -> Any:
    for step in path:
        document = document[step]
    return document


def changed(path: Path_, value: Any) -> str:
    """Give the document with another value at a path."""
    if not path:
        return json.dumps(value)
    document = copy.deepcopy(DOCUMENT)
    reached(document, path[:-1])[path[-1]] = value
    return json.dumps(document)


def refusal(text: str) -> PolicyDocumentInvalid:
    """Give the one error that both readers raise, with nothing behind it."""
    with pytest.raises(PolicyDocumentInvalid) as caught:
        Policy.loads(text, items=GIVEN)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
    with pytest.raises(PolicyDocumentInvalid) as other:
        scopes_of(text)
    assert other.value == caught.value
    return caught.value


# ── Not JSON ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "line 1 column 1"),
        ("{\n  oops", "line 2 column 3"),
        (TEXT + "x", f"line {TEXT.count(chr(10)) + 1} column 1"),
        ("\ufeff" + TEXT, "line 1 column 1"),
        ("[" * 100_000, "document"),
        ('{"a":' * 100_000, "document"),
        (TEXT.replace("2592000", "NaN"), "document"),
        (TEXT.replace("2592000", "-Infinity"), "document"),
        (TEXT.replace("2592000", "9" * 5000), "document"),
        ("null", "document"),
        ("[]", "document"),
        ('"text"', "document"),
        ("5", "document"),
        ("{}", "format"),
    ],
    ids=range(14),
)
def test_what_is_no_document_is_refused(text: str, place: str) -> None:
    """Bad JSON, nesting without end, numbers that are none, and other values."""
    assert refusal(text).place == place


@pytest.mark.parametrize("text", [None, 5, TEXT.encode("latin-1", "replace"), {}, b"\xff"])
def test_what_is_no_text_is_refused(text: Any) -> None:
    """Callers without types may pass anything."""
    with pytest.raises(PolicyDocumentInvalid):
        Policy.loads(text, items=GIVEN)


@pytest.mark.parametrize("form", ["obq-privacy-policy/2", "", "obq-privacy-policy/1 ", None, 1])
def test_another_format_is_refused(form: object) -> None:
    """A later form is not guessed at."""
    assert refusal(changed(("format",), form)).place == "format"


# ── Every place ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", [path for path in PATHS if isinstance(reached(DOCUMENT, path), dict)], ids=shown)
def test_every_object_has_exactly_its_keys(path: Path_) -> None:
    """A missing, an unknown and a repeated key are named with their place."""
    for key in reached(DOCUMENT, path):
        document = copy.deepcopy(DOCUMENT)
        del reached(document, path)[key]
        assert refusal(json.dumps(document)).place == shown((*path, key))
        doubled = changed(path, {**reached(DOCUMENT, path), "\0": reached(DOCUMENT, path)[key]})
        error = refusal(doubled.replace('"\\u0000"', json.dumps(key)))
        assert (error.place, error.problem) == (shown(path), f"the key {key!r} stands in it twice")
    error = refusal(changed(path, {**reached(DOCUMENT, path), "extra" * 99: 1}))
    assert error.place == shown(path)
    assert len(error.problem) < 80


@pytest.mark.parametrize("path", PATHS, ids=shown)
def test_every_place_refuses_values_of_other_types(path: Path_) -> None:
    """And the error names the place, or the thing that is then incomplete."""
    here: Any = reached(DOCUMENT, path)
    others: list[Any] = [[], {}, "\ud800", 1.5, True, None, 10**30, -1, [[]], [{}], [None]]
    for other in others:
        if type(other) is type(here) or (other is None and nullable(path)):
            continue
        if here is None and isinstance(other, str):
            continue
        place = refusal(changed(path, other)).place
        assert place == shown(path) or (here is None and other == {} and place.startswith(f"{shown(path)}."))


@pytest.mark.parametrize("path", [path for path in PATHS if isinstance(reached(DOCUMENT, path), str)], ids=shown)
def test_text_without_bytes_is_refused_everywhere(path: Path_) -> None:
    """JSON can spell a lone surrogate, which no file could hold."""
    assert refusal(changed(path, "broken \ud83d")).place == shown(path)


# ── What refers to something else ─────────────────────────────────────────────────────────────────────────


def index(part: str, key: str) -> int:
    return [each["key"] for each in DOCUMENT[part]].index(key)


FACE_LOGIN = index("purposes", "login.face")


@pytest.mark.parametrize(
    "path",
    [
        ("purposes", FACE_LOGIN, "necessary", 0),
        ("purposes", FACE_LOGIN, "requires", 0),
        ("purposes", FACE_LOGIN, "key"),
        ("items", index("items", "face"), "purposes", 0),
        ("retention", 0, "item"),
        ("retention", 2, "purpose"),
        ("recipients", 0, "purposes", 0),
        ("recipients", 0, "items", 0),
        ("purposes", 0, "shared", 0),
        ("vocabulary", index("vocabulary", "login.face"), "parent"),
    ],
    ids=shown,
)
def test_what_is_referred_to_is_declared(path: Path_) -> None:
    """A key that nothing has is named at the place that uses it."""
    assert refusal(changed(path, "nowhere")).place == shown(path)


@pytest.mark.parametrize(
    "part",
    ["vocabulary", "purposes", "items", "retention", "levels", "recipients", "sources", "exemptions"],
)
def test_nothing_is_stated_twice(part: str) -> None:
    """A second statement would silently win or lose."""
    assert refusal(changed((part,), [*DOCUMENT[part], DOCUMENT[part][0]])).place == f"{part}[{len(DOCUMENT[part])}]"
    assert refusal(changed(("purposes", FACE_LOGIN, "necessary"), ["face", "face"])).place == (
        f"purposes[{FACE_LOGIN}].necessary[1]"
    )


def test_what_nothing_speaks_of_is_refused() -> None:
    """A word that is not used is a slip in the one that is."""
    word: dict[str, Any] = {
        "key": "spare",
        "title": "Spare",
        "text": "",
        "clause": None,
        "parent": None,
        "dpv": [],
        "fides": [],
    }
    with pytest.raises(PolicyDocumentInvalid) as caught:
        Policy.loads(changed(("vocabulary",), [*DOCUMENT["vocabulary"], word]), items=GIVEN)
    assert caught.value.place == f"vocabulary[{len(DOCUMENT['vocabulary'])}].key"


def test_purposes_that_stand_below_themselves_are_refused() -> None:
    """In a circle of one or of several."""
    login, face = index("vocabulary", "login"), index("vocabulary", "login.face")
    assert refusal(changed(("vocabulary", login, "parent"), "login")).place == f"vocabulary[{login}].parent"
    assert refusal(changed(("vocabulary", login, "parent"), "login.face")).place == f"vocabulary[{login}].parent"
    assert face > login


def test_a_bottomless_lineage_is_refused() -> None:
    """Each level is a class; a document cannot ask for any number of them."""
    words: list[dict[str, Any]] = [
        {
            "title": "P",
            "text": "",
            "clause": None,
            "dpv": [],
            "fides": [],
            "key": f"p{at}",
            "parent": f"p{at - 1}" if at else None,
        }
        for at in range(5000)
    ]
    text = changed(("vocabulary",), [*DOCUMENT["vocabulary"], *words])
    assert refusal(text).place.startswith("vocabulary[")


@pytest.mark.parametrize(
    ("key", "field", "value"),
    [
        ("amount", "encrypt", False),
        ("born", "sensitivity", "non-personal"),
        ("face", "exact", False),
        ("born", "purposes", []),
        ("amount", "type", "decimal.Decimal"),
        ("amount", "codec", "os:system"),
    ],
)
def test_an_item_does_not_contradict_itself(key: str, field: str, value: object) -> None:
    """A sensitive item is encrypted, a biometric one exact, and every one is for something."""
    at = index("items", key)
    with pytest.raises(PolicyDocumentInvalid) as caught:
        Policy.loads(changed(("items", at, field), value), items=GIVEN)
    expected = "encrypt" if field == "sensitivity" else field
    assert caught.value.place == f"items[{at}].{expected}"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("recipients", 1, "public_key"), "AA"),
        (("recipients", 1, "public_key"), "AA=="[::-1]),
        (("recipients", 1, "public_key"), "AB=="),
        (("recipients", 1, "public_key"), "AA==\n"),
        (("recipients", 1, "public_key"), ""),
        (("recipients", 1, "public_key"), "ÄÖ=="),
        (("recipients", 1, "agreement", "since"), "20260101"),
        (("recipients", 1, "agreement", "since"), "2026-02-30"),
        (("recipients", 1, "agreement", "until"), "2026-01-01T00:00:00"),
        (("recipients", 3, "check", "on"), "2026-W01-1"),
        (("recipients", 1, "kind"), "friend"),
        (("recipients", 1, "role"), "Logistics"),
        (("recipients", 1, "purposes"), []),
        (("exemptions", 0, "operations", 0), "everything"),
        (("exemptions", 0, "basis"), "because"),
        (("exemptions", 0, "clause"), ""),
        (("retention", 0, "after"), "never"),
        (("retention", 0, "keep_seconds"), 0),
        (("retention", 0, "at_least_seconds"), 0),
        (("purposes", 0, "roles", 0), ""),
        (("minors", "guardian_operations", 0), "all"),
        (("vocabulary", 0, "dpv"), ["a", ""]),
    ],
    ids=lambda value: shown(value) if isinstance(value, tuple) else None,
)
def test_words_days_and_bytes_have_one_spelling(path: Path_, value: object) -> None:
    """Anything else is named at its place."""
    place = refusal(changed(path, value)).place
    assert place.startswith(shown(path))


@pytest.mark.parametrize("at", range(2))
def test_nothing_stands_in_an_array_twice(at: int) -> None:
    """Roles, terms and operations."""
    path: Path_ = (("purposes", 0, "roles"), ("exemptions", 0, "operations"))[at]
    first = reached(DOCUMENT, path)[0]
    assert refusal(changed(path, [first, first])).place == f"{shown(path)}[1]"


def test_a_recipient_does_not_name_a_purpose_that_another_one_implies() -> None:
    """One set has one spelling."""
    at = [row["key"] for row in DOCUMENT["recipients"]].index("sister")
    with pytest.raises(PolicyDocumentInvalid) as caught:
        Policy.loads(changed(("recipients", at, "purposes"), ["login", "login.face"]), items=GIVEN)
    assert caught.value.place == f"recipients[{at}].purposes"


def test_what_a_policy_refuses_comes_out_as_its_findings() -> None:
    """A well-formed document of a policy that cannot hold fails as its declaration would."""
    born = index("items", "born")
    for path, value, declaration in (
        (("controller",), "", "controller"),
        (("minors", "zone"), "Nowhere", "minors"),
        (("recipients", 1, "region"), "China", "recipient carrier"),
        (("recipients", 1, "agreement", "until"), "2025-12-31", "recipient carrier"),
        (("sources", 0, "region"), "hk", "source open-register"),
        (("exemptions", 0, "basis"), "consent", "exemption consent"),
        (("exemptions", 0, "operations"), [], "exemption legal-obligation"),
        (("smallest_group",), 1, "smallest_group"),
        (("answer_within_seconds",), 3600, "answer_within"),
        (("refusal_rest_seconds",), 0, "refusal_rest"),
        (("contact", "court"), "", "contact"),
        (("items", born, "category"), "child", "item born"),
        (("purposes", index("purposes", "login"), "requires"), ["login.face"], "purpose login"),
    ):
        with pytest.raises(PolicyInvalid) as caught:
            Policy.loads(changed(path, value), items=GIVEN)
        assert declaration in {finding.declaration for finding in caught.value.exceptions}  # type: ignore[union-attr]


# ── Fuzzing ───────────────────────────────────────────────────────────────────────────────────────────────

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["delivery", "face", "login.face", "*", "category:child", "int", "separate", "sensitive", "basic"]),
)
pieces = st.one_of(
    scalars,
    st.recursive(
        scalars, lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(max_size=5), inner)), max_leaves=5
    ),
    st.sampled_from(PATHS).map(lambda path: reached(DOCUMENT, path)),
)


def survives(text: str) -> None:
    """Read it both ways; only the documented errors come out, and what is read is written and read again."""
    scopes: dict[tuple[str, str], bytes] | None = None
    with suppress(PolicyDocumentInvalid):
        scopes = scopes_of(text)[1]
    with suppress(PolicyDocumentInvalid, PolicyInvalid):
        policy = Policy.loads(text, items=GIVEN)
        again = policy.dumps()
        assert scopes == policy.scopes
        assert Policy.loads(again, items=GIVEN).dumps() == again


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PATHS), pieces), min_size=1, max_size=3))
def test_documents_with_exchanged_parts_raise_nothing_else(changes: list[tuple[Path_, Any]]) -> None:
    """Parts exchanged for random ones, and for parts from elsewhere in the document."""
    document = copy.deepcopy(DOCUMENT)
    for path, value in changes:
        if not path:
            continue
        try:
            reached(document, path[:-1])[path[-1]] = copy.deepcopy(value)
        except (KeyError, IndexError, TypeError):
            continue
    survives(json.dumps(document))


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(TEXT)), st.integers(0, 40), st.one_of(st.text(max_size=3), st.sampled_from('"{}[],:0')))
def test_texts_with_exchanged_characters_raise_nothing_else(at: int, length: int, insert: str) -> None:
    """Characters lost, exchanged and inserted."""
    survives(TEXT[:at] + insert + TEXT[at + length :])
