"""The providers for memory and environment, and what all providers have in common."""

from __future__ import annotations

import base64
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from obq_privacy.crypto import KeyEnvironment, KeyFile, KeyMemory, KeyProvider
from obq_privacy.crypto._provider import read_key, read_version
from obq_privacy.errors import KeyProviderError

from .worlds import frames_hold, shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DATA_KEY = b"D4#data-key-bytes-of-length-32.."
KEKS = {version: bytes([64 + version]) * 32 for version in range(1, 5)}
NAME = "OBQ_PRIVACY_KEYS"


PLACES = {"KeyMemory": "memory", "KeyEnvironment": "environment variable OBQ_PRIVACY_KEYS", "KeyFile": "/keys"}


def is_place(place: str, provider: KeyProvider) -> bool:
    expected = PLACES[type(provider).__name__]
    return place.endswith(expected) if isinstance(provider, KeyFile) else place == expected


def variable(*versions: int) -> str:
    return ",".join(f"{version}:{base64.b64encode(KEKS[version]).decode()}" for version in versions)


@pytest.fixture(params=["memory", "environment", "file"])
def provider(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeyProvider:
    """Each provider, holding version 1."""
    monkeypatch.setenv(NAME, variable(1))
    made: dict[str, KeyProvider] = {
        "memory": KeyMemory(),
        "environment": KeyEnvironment(),
        "file": KeyFile(tmp_path / "keys"),
    }
    chosen = made[request.param]
    assert chosen.advance(0) == 1
    return chosen


def test_a_wrapped_key_opens_in_its_context_and_version(provider: KeyProvider) -> None:
    """What was wrapped comes back, wrapped differently each time and never in clear."""
    one, two = (provider.wrap(1, DATA_KEY, b"context") for _ in range(2))
    assert provider.unwrap(1, one, b"context") == provider.unwrap(1, two, b"context") == DATA_KEY
    assert one != two
    assert DATA_KEY not in one


def test_a_wrapped_key_opens_nowhere_else(provider: KeyProvider) -> None:
    """Another context, damage at every byte and every other length are refused without showing a key."""
    wrapped = provider.wrap(1, DATA_KEY, b"context")
    damaged = [wrapped[:at] + bytes([wrapped[at] ^ 1]) + wrapped[at + 1 :] for at in range(len(wrapped))]
    damaged += [wrapped[:at] for at in range(len(wrapped))] + [wrapped + b"\0"]
    for context, attempt in [(b"contexts", wrapped), *((b"context", bad) for bad in damaged)]:
        with pytest.raises(KeyProviderError) as caught:
            provider.unwrap(1, attempt, context)
        assert caught.value.__context__ is None
        assert is_place(caught.value.place, provider)
        assert caught.value.problem == (
            "version 1 does not open a key that is said to be wrapped by it; "
            "it is the key-encryption key of another store, or the stored key was changed"
        )


def test_a_missing_version_is_refused_without_showing_the_key(provider: KeyProvider) -> None:
    """Wrapping under a version that is not there is one error, whose frames do not hold the data key."""
    with pytest.raises(KeyProviderError, match="version 9 is not there; there is 1") as caught:
        provider.wrap(9, DATA_KEY, b"context")
    assert frames_hold(caught.value, DATA_KEY) == []
    assert caught.value.__context__ is None
    with pytest.raises(KeyProviderError, match="version 9") as unwrapping:
        provider.unwrap(9, bytes(60), b"context")
    for error in (caught.value, unwrapping.value):
        assert is_place(error.place, provider)


def test_retiring_what_is_retired_is_no_error(provider: KeyProvider) -> None:
    """Nothing below version 1 exists, however often one says so."""
    provider.retire(1)
    provider.retire(1)
    provider.retire(0)
    assert provider.current() == 1


def test_advancing_again_makes_no_second_version(tmp_path: Path) -> None:
    """A repetition with the same version to go beyond returns what is there, in memory and in a file."""
    providers: list[KeyProvider] = [KeyMemory(), KeyFile(tmp_path / "keys")]
    for made in providers:
        assert [made.current(), made.advance(0), made.advance(0), made.advance(1), made.advance(1)] == [0, 1, 1, 2, 2]
        assert made.current() == 2
        wrapped = made.wrap(1, DATA_KEY, b"")
        made.retire(2)
        assert made.current() == 2
        with pytest.raises(KeyProviderError, match="version 1 is not there; there is 2"):
            made.unwrap(1, wrapped, b"")
        assert made.advance(2) == 3


def test_advancing_goes_beyond_what_was_asked(tmp_path: Path) -> None:
    """A provider that lags behind its store makes no version that the store has had: the next is above both."""
    providers: list[KeyProvider] = [KeyMemory(), KeyFile(tmp_path / "keys")]
    for made in providers:
        assert [made.advance(0), made.advance(5), made.advance(3), made.advance(6)] == [1, 6, 6, 7]
        with pytest.raises(KeyProviderError) as caught:
            made.wrap(2, DATA_KEY, b"")
        assert caught.value.problem == "version 2 is not there; there is 1, 6, 7"


def test_a_provider_without_any_version_says_so() -> None:
    """Nothing is wrapped or opened before the first version is made."""
    acts: list[Callable[[], object]] = [
        lambda: KeyMemory().wrap(1, DATA_KEY, b""),
        lambda: KeyMemory().unwrap(1, bytes(60), b""),
    ]
    for act in acts:
        with pytest.raises(KeyProviderError) as caught:
            act()
        assert caught.value == KeyProviderError(place="memory", problem="version 1 is not there; there is none")


def test_threads_that_advance_make_one_version() -> None:
    """Of threads that make the same version in memory, one wins, and what each wraps opens for all."""
    for _ in range(20):
        memory, wrapped, start = KeyMemory(), list[bytes](), threading.Barrier(8)

        def act(memory: KeyMemory = memory, into: list[bytes] = wrapped, start: threading.Barrier = start) -> None:
            start.wait()
            into.append(memory.wrap(memory.advance(0), DATA_KEY, b""))

        threads = [threading.Thread(target=act) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert memory.current() == 1
        assert [memory.unwrap(1, each, b"") for each in wrapped] == [DATA_KEY] * 8


def test_the_environment_has_versions_from_the_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    """Versions come and go with the variable, and the errors say what the operator is to do."""
    keys = KeyEnvironment()
    monkeypatch.delenv(NAME, raising=False)
    assert keys.current() == 0
    with pytest.raises(KeyProviderError, match=r"add 1:<base64 of 32 random bytes>"):
        keys.advance(0)
    monkeypatch.setenv(NAME, variable(1))
    wrapped = keys.wrap(1, DATA_KEY, b"")
    with pytest.raises(KeyProviderError, match="version above 1; add 2:") as caught:
        keys.advance(1)
    assert caught.value.place == PLACES["KeyEnvironment"]
    assert caught.value.problem == "it needs a version above 1; add 2:<base64 of 32 random bytes> to it"
    monkeypatch.setenv(NAME, " " + variable(2, 1) + " ,")
    assert keys.advance(1) == keys.current() == 2
    assert keys.unwrap(1, wrapped, b"") == DATA_KEY
    with pytest.raises(KeyProviderError, match="no key needs version 1 any more; remove it") as caught:
        keys.retire(2)
    assert caught.value.place == PLACES["KeyEnvironment"]
    assert caught.value.problem == (
        "no key needs version 1 any more; remove it from the variable and rotate again to finish"
    )
    monkeypatch.setenv(NAME, variable(3, 2, 1))
    with pytest.raises(KeyProviderError, match="no key needs version 1, 2 any more"):
        keys.retire(3)
    monkeypatch.setenv(NAME, variable(2))
    keys.retire(2)
    with pytest.raises(KeyProviderError, match="version 1 is not there"):
        keys.unwrap(1, wrapped, b"")


GOOD = base64.b64encode(KEKS[1]).decode()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x", "entry 1 does not begin"),
        (GOOD, "entry 1 does not begin"),
        ("0:" + GOOD, "entry 1 does not begin"),
        ("01:" + GOOD, "entry 1 does not begin"),
        ("-1:" + GOOD, "entry 1 does not begin"),
        ("1_0:" + GOOD, "entry 1 does not begin"),
        ("٣:" + GOOD, "entry 1 does not begin"),
        ("2147483648:" + GOOD, "entry 1 does not begin"),
        ("9" * 5000 + ":" + GOOD, "entry 1 does not begin"),
        ("1", "entry 1 does not begin"),
        ("1:", "entry 1 (version 1) is not the base64"),
        ("1:" + GOOD[:-4], "is not the base64"),
        ("1:" + GOOD.rstrip("="), "is not the base64"),
        ("1:" + GOOD + GOOD, "is not the base64"),
        ("1:" + GOOD[:-2] + "F=", "is not the base64"),
        ("1:" + "-" + GOOD[1:], "is not the base64"),
        ("1: " + GOOD, "is not the base64"),
        ("1:" + "é" + GOOD[1:], "is not the base64"),
        (f"1:{GOOD},1:{GOOD}", "version 1 is there twice"),
        (f"1:{GOOD};2:{GOOD}", "is not the base64"),
        (f"1:{GOOD},2", "entry 2 does not begin"),
    ],
)
def test_a_malformed_variable_is_one_clear_error(text: str, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Place and problem are named, and not one byte of what the variable holds, in message or frames."""
    monkeypatch.setenv(NAME, text)
    calls: list[Callable[[], object]] = [
        KeyEnvironment().current,
        lambda: KeyEnvironment().wrap(1, DATA_KEY, b""),
        lambda: KeyEnvironment().unwrap(1, bytes(60), b""),
        lambda: KeyEnvironment().advance(0),
        lambda: KeyEnvironment().retire(1),
    ]
    for call in calls:
        with pytest.raises(KeyProviderError) as caught:
            call()
        assert problem in caught.value.problem
        assert caught.value.problem.startswith(("entry ", "version "))
        assert caught.value.place == "environment variable OBQ_PRIVACY_KEYS"
        assert GOOD[:16] not in str(caught.value)
        assert caught.value.__context__ is None
        assert frames_hold(caught.value, KEKS[1]) == frames_hold(caught.value, DATA_KEY) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=80))
def test_no_variable_crashes_the_reader(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Whatever stands in the variable, there is a version or the one error, which does not quote it."""
    monkeypatch.setenv(NAME, text)
    try:
        assert KeyEnvironment().current() >= 0
    except KeyProviderError as error:
        quoted = len(text) > 20 and text in shown(error).split("Traceback")[-1].rpartition("\n")[2]
        if quoted:
            raise


@given(st.binary(max_size=50))
def test_keys_and_versions_have_one_spelling(text: bytes) -> None:
    """A text that reads as a key or a version is exactly how that key or version is written."""
    key, version = read_key(text), read_version(text)
    assert key is None or (len(key) == 32 and base64.b64encode(key) == text)
    assert version is None or str(version).encode() == text


@given(st.binary(min_size=32, max_size=32), st.integers(1, 2**31 - 1))
def test_what_is_written_is_read(key: bytes, version: int) -> None:
    """Every key of 32 bytes and every version has a spelling that is read back."""
    assert read_key(base64.b64encode(key)) == key
    assert read_version(str(version).encode()) == version


@given(st.binary(max_size=40).filter(lambda key: len(key) != 32))
def test_keys_of_other_lengths_are_refused(key: bytes) -> None:
    """A key has 32 bytes and never another number."""
    assert read_key(base64.b64encode(key)) is None


def test_a_wrapped_key_has_the_length_of_its_format() -> None:
    """A nonce of 12 bytes, the key, and a tag of 16: docs/formats/token.md."""
    provider = KeyMemory()
    assert len(provider.wrap(provider.advance(0), DATA_KEY, b"context")) == 12 + 32 + 16
