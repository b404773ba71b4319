"""The keyring: one key per subject for ever, and rotations that nothing can break off half-way."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obq_privacy.crypto import KeyEnvironment, KeyFile, KeyMemory, Keyring, StaleKek, WrappedKey
from obq_privacy.errors import KeyErased, KeyFileExposed, KeyProviderError, KeyUnknown

from .test_provider import NAME, variable
from .worlds import NOW, Killed, MemoryKeys, Steps, die, frames_hold

if TYPE_CHECKING:
    from collections.abc import Callable

    from obq_privacy.crypto import DataKey, KeyProvider, KeyStore

VECTORS = Path(__file__).parents[2] / "docs" / "vectors" / "token-v1.json"
SUBJECTS = [f"{n:032x}" for n in range(7)]
ERASED = "e" * 32


class World:
    """A store and a provider with a few subjects, one of them erased, and the keys that they must have for ever."""

    def __init__(self, provider: KeyProvider | None = None) -> None:
        self.store = MemoryKeys()
        self.provider: KeyProvider = provider or KeyMemory()
        self.ring = Keyring(self.store, self.provider)
        self.secrets = {subject: self.ring.ensure(subject).key for subject in ["", *SUBJECTS]}
        self.erased = self.ring.ensure(ERASED).key_id
        self.store.destroy_key(ERASED, NOW)

    def check(self) -> None:
        """Check that every subject has the key it ever had, and the erased one none."""
        for subject, secret in self.secrets.items():
            key = self.ring.of(subject)
            assert (key.subject, key.key) == (subject, secret)
            assert self.ring.by_id(key.key_id).key == secret
        with pytest.raises(KeyErased):
            self.ring.of(ERASED)
        with pytest.raises(KeyErased):
            self.ring.by_id(self.erased)


def test_a_new_key_is_random_wrapped_and_not_stored() -> None:
    """Preparing a key leaves the store as it is, and no two keys share an id or wrapped bytes."""
    store = MemoryKeys()
    ring = Keyring(store, KeyMemory())
    keys = [ring.new(SUBJECTS[0]) for _ in range(100)]
    assert store.rows == {}
    assert len({key.key_id for key in keys}) == len({key.wrapped for key in keys}) == 100
    assert {(len(key.key_id), key.kek, key.subject, key.destroyed_at) for key in keys} == {(16, 1, SUBJECTS[0], None)}


def test_ensuring_twice_gives_one_key() -> None:
    """The first call makes the key, every later one finds it, also where another process was faster."""
    world = World()
    assert world.ring.ensure(SUBJECTS[0]).key == world.secrets[SUBJECTS[0]]
    racer: list[DataKey] = []
    for at in range(4):
        subject = f"racer-{at}"
        steps = Steps(at, lambda subject=subject: racer.append(world.ring.ensure(subject)))  # type: ignore[misc]
        mine = Keyring(steps.watch(world.store), world.provider).ensure(subject)
        if len(racer) > at:
            assert mine.key == racer[at].key == world.ring.of(subject).key
    assert len(racer) >= 3


def test_unknown_and_erased_are_told_apart() -> None:
    """A subject or key id that the store never had is unknown; one that was destroyed is erased."""
    world = World()
    with pytest.raises(KeyUnknown) as unknown:
        world.ring.of("f" * 32)
    with pytest.raises(KeyUnknown):
        world.ring.by_id(bytes(16))
    with pytest.raises(KeyErased) as erased:
        world.ring.of(ERASED)
    assert unknown.value.__context__ is erased.value.__context__ is None


@pytest.mark.clause("DEF-4")
def test_a_destroyed_key_is_never_made_again() -> None:
    """After erasure no call of the keyring gives or makes a key for the subject, before and after a rotation."""
    world = World()
    before = world.store.rows[ERASED]
    for _ in range(2):
        for call in (world.ring.ensure, world.ring.of):
            with pytest.raises(KeyErased):
                call(ERASED)
        with pytest.raises(KeyErased):
            world.ring.by_id(world.erased)
        assert world.store.add_key(world.ring.new(ERASED)) == before
        world.ring.rotate()
    assert world.store.rows[ERASED] == before
    assert before.wrapped is None


@pytest.mark.clause("DEF-4")
@pytest.mark.parametrize("kind", ["memory", "file"])
def test_wrapped_keys_in_old_backups_die_with_a_rotation(tmp_path: Path, kind: str) -> None:
    """A backup from before an erasure has the wrapped key, which nothing opens once a rotation is over."""
    world = World(KeyMemory() if kind == "memory" else KeyFile(tmp_path / "keys"))
    backup = dict(world.store.rows)
    world.store.destroy_key(SUBJECTS[0], NOW)
    del world.secrets[SUBJECTS[0]]
    world.ring.rotate()
    world.check()
    restored = MemoryKeys()
    restored.rows, restored.version = backup, 1
    for subject in SUBJECTS:
        with pytest.raises(KeyProviderError, match="version 1 is not there"):
            Keyring(restored, world.provider).of(subject)


@pytest.mark.clause("PROT-1")
def test_a_wrapped_key_that_was_moved_does_not_open() -> None:
    """Who writes to the store cannot give a subject another's key, nor pass it off under another id or version."""
    world = World()
    one, two = (world.store.rows[subject] for subject in SUBJECTS[:2])
    world.provider.advance(1)
    moved = [one._replace(wrapped=two.wrapped), one._replace(key_id=two.key_id), one._replace(kek=2)]
    moved += [
        two._replace(subject=one.subject),
        one._replace(wrapped=b""),
        one._replace(wrapped=(one.wrapped or b"")[:-1]),
    ]
    for row in moved:
        world.store.rows[SUBJECTS[0]] = row
        with pytest.raises(KeyProviderError, match=row.key_id.hex()):
            world.ring.of(SUBJECTS[0])


def test_rotation_rewraps_every_live_key_and_no_other() -> None:
    """All keys stay what they are, under the new version alone; the number of live keys is returned."""
    world = World()
    for version, batch in ((2, 1), (3, 3), (4, 500)):
        assert world.ring.rotate(batch=batch) == len(world.secrets)
        world.check()
        assert world.store.kek() == (version, None)
        assert {key.kek for key in world.store.rows.values() if key.wrapped is not None} == {version}
        with pytest.raises(KeyProviderError, match=f"there is {version}"):
            world.provider.wrap(version - 1, bytes(32), b"")


def test_rotation_of_an_empty_store_makes_a_version() -> None:
    """Without a single key a rotation still ends with a fresh version to wrap with."""
    store, provider = MemoryKeys(), KeyMemory()
    assert Keyring(store, provider).rotate() == 0
    assert store.kek() == (2, None)
    assert Keyring(store, provider).ensure("").subject == ""


@pytest.mark.parametrize("batch", [0, -1])
def test_a_batch_of_nothing_is_refused(batch: int) -> None:
    """A batch that finds no keys must not pass for a rotation without keys."""
    world = World()
    with pytest.raises(ValueError, match=r"^a batch has at least one key$"):
        world.ring.rotate(batch)
    assert world.store.kek() == (1, None)
    world.check()


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("kind", ["memory", "file"])
def test_a_rotation_killed_at_any_step_goes_on(tmp_path: Path, kind: str, after: bool) -> None:
    """Whatever call is the last, every key opens at once, and the next call ends that rotation, with one version."""
    killed = True
    for at in range(200):
        world = World(KeyMemory() if kind == "memory" else KeyFile(tmp_path / f"keys-{at}"))
        steps = Steps(at, die, after=after)
        dying = Keyring(steps.watch(world.store), steps.watch(world.provider))
        killed = False
        try:
            dying.rotate(batch=2)
        except Killed:
            killed = True
        world.check()
        late = world.ring.ensure("late")
        over = world.store.kek() == (2, None)
        assert world.provider.current() <= 2
        if not over:
            world.ring.rotate(batch=2)
        world.check()
        assert world.ring.of("late").key == late.key
        assert world.store.kek() == (2, None)
        assert world.provider.current() == 2
        with pytest.raises(KeyProviderError, match="there is 2"):
            world.provider.wrap(1, bytes(32), b"")
        if not killed:
            assert steps.taken.count("advance") == 1
            break
    assert at > 25
    assert not killed


@pytest.mark.parametrize("after", [False, True])
def test_first_use_killed_at_any_step_goes_on(tmp_path: Path, after: bool) -> None:
    """A process that dies while it makes the first key leaves a store that the next one uses."""
    for at in range(30):
        store, provider = MemoryKeys(), KeyFile(tmp_path / f"keys-{at}")
        steps = Steps(at, die, after=after)
        try:
            Keyring(steps.watch(store), steps.watch(provider)).ensure("")
        except Killed:
            key = Keyring(store, provider).ensure("")
            assert Keyring(store, provider).of("").key == key.key
            assert (store.kek(), provider.current()) == ((1, None), 1)
        else:
            break
    assert at >= 6


ACTS: dict[str, Callable[[Keyring], object]] = {
    "of": lambda ring: ring.of(SUBJECTS[0]),
    "by_id": lambda ring: ring.by_id(ring.of(SUBJECTS[1]).key_id),
    "ensure": lambda ring: ring.ensure("another"),
    "new": lambda ring: ring.new("another"),
    "rotate": lambda ring: ring.rotate(batch=3),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("rotations", [1, 2])
def test_rotations_by_another_process_come_between_at_any_step(act: str, rotations: int) -> None:
    """While one process uses or rotates keys, another runs whole rotations at any instant: nothing fails or is lost."""
    for at in range(200):
        world = World()

        def others(world: World = world) -> None:
            for _ in range(rotations):
                world.ring.rotate()

        steps = Steps(at, others)
        ACTS[act](Keyring(steps.watch(world.store), steps.watch(world.provider)))
        world.check()
        version, target = world.store.kek()
        assert target is None
        assert version == world.provider.current()
        assert {key.kek for key in world.store.rows.values() if key.wrapped is not None} == {version}
        if len(steps.taken) <= at:
            break
    assert at >= 2


def test_a_rotation_that_another_process_finished_first_moves_nothing() -> None:
    """Who comes when the other is done rewraps no key and begins no further rotation."""
    world = World()
    steps = Steps(0, world.ring.rotate)

    class Late(MemoryKeys):
        """The other process rotates between the look at the state and the beginning."""

        def begin_rotation(self, target: int) -> None:
            steps.watch(world.provider).current()
            world.store.begin_rotation(target)

    late = Late()
    late.rows, late.version = world.store.rows, world.store.version
    late.kek = world.store.kek  # type: ignore[method-assign]
    assert Keyring(late, world.provider).rotate() == 0
    assert world.store.kek() == (2, None)
    world.check()


@pytest.mark.parametrize(("batch", "calls"), [(1, 8), (3, 3), (8, 1)])
def test_a_rotation_goes_batch_by_batch(batch: int, calls: int) -> None:
    """No transaction rewraps more keys than asked for, and none is empty."""
    world = World()
    steps = Steps(-1, die)
    assert Keyring(steps.watch(world.store), world.provider).rotate(batch) == 8
    assert steps.taken.count("rewrap") == calls


def test_a_rotation_takes_500_keys_at_a_time() -> None:
    """The default batch is the documented one."""
    world = World()
    asked: list[int] = []

    class Counting(MemoryKeys):
        def keys_behind(self, version: int, limit: int) -> list[WrappedKey]:
            asked.append(limit)
            return super().keys_behind(version, limit)

    Keyring(Counting(), world.provider).rotate()
    assert asked == [500]


def test_a_key_that_vanishes_during_a_rotation_is_passed_over() -> None:
    """A row that is gone when its key does not open (a subject removed by hand) does not stop the rotation."""
    world = World()

    class Vanishing(MemoryKeys):
        def key(self, key_id: bytes) -> WrappedKey | None:
            self.rows = {subject: key for subject, key in self.rows.items() if key.key_id != key_id}
            return None

    store = Vanishing()
    store.rows, store.version = dict(world.store.rows), 1
    store.rows[SUBJECTS[0]] = store.rows[SUBJECTS[0]]._replace(wrapped=bytes(60))
    assert Keyring(store, world.provider).rotate() == 7
    assert store.kek() == (2, None)


def test_erasure_by_another_process_comes_between_at_any_step() -> None:
    """A subject that is erased while another process rotates stays erased, at whatever instant."""
    for at in range(200):
        world = World()
        steps = Steps(at, partial(world.store.destroy_key, SUBJECTS[3], NOW))
        Keyring(steps.watch(world.store), steps.watch(world.provider)).rotate(batch=2)
        done = len(steps.taken) <= at
        if not done:
            assert world.store.rows[SUBJECTS[3]].wrapped is None
            del world.secrets[SUBJECTS[3]]
        world.check()
        if done:
            break
    assert at > 20


@pytest.mark.clause("DEF-4")
def test_erasure_and_a_rotation_by_another_process_come_between_at_any_step() -> None:
    """A key that is destroyed, together with the version that wrapped it, stops no rotation and stays destroyed."""
    for at in range(200):
        world = World()

        def others(world: World = world) -> None:
            world.store.destroy_key(SUBJECTS[3], NOW)
            world.ring.rotate()

        steps = Steps(at, others)
        Keyring(steps.watch(world.store), steps.watch(world.provider)).rotate(batch=2)
        done = len(steps.taken) <= at
        if not done:
            assert world.store.rows[SUBJECTS[3]].wrapped is None
            del world.secrets[SUBJECTS[3]]
        world.check()
        if done:
            break
    assert at > 20


def test_a_key_prepared_before_a_rotation_is_refused_and_prepared_again() -> None:
    """The store refuses a key under an old version from the beginning of a rotation on; `ensure` sees to it."""
    world = World()
    stale = world.ring.new("another")
    world.store.begin_rotation(world.provider.advance(1))
    with pytest.raises(StaleKek):
        world.store.add_key(stale)
    fresh = world.ring.new("another")
    assert fresh.kek == 2
    assert world.store.add_key(fresh) is fresh


def test_a_store_that_refuses_every_key_is_given_up() -> None:
    """A store that never agrees on a version is no reason to try for ever."""

    class Refusing(MemoryKeys):
        def add_key(self, key: WrappedKey) -> WrappedKey:
            raise StaleKek

    with pytest.raises(StaleKek):
        Keyring(Refusing(), KeyMemory()).ensure("")


def test_a_key_file_from_before_the_last_rotation_is_not_rotated_upon(tmp_path: Path) -> None:
    """With an older key file than the store, or none, no version that the store knows is made a second time."""
    place = tmp_path / "keys"
    world = World(KeyFile(place))
    old = place.read_bytes()
    world.ring.rotate()
    current = place.read_bytes()
    place.write_bytes(old)
    with pytest.raises(KeyProviderError) as caught:
        world.ring.rotate()
    problem = "version 2 wraps the stored keys, but the newest there is 1"
    assert caught.value == KeyProviderError(place=f"KeyFile({place})", problem=problem)
    place.unlink()
    for call in (world.ring.rotate, partial(world.ring.of, SUBJECTS[0]), partial(world.ring.ensure, "another")):
        with pytest.raises(KeyProviderError, match=r"the newest there is 0|missing"):
            call()
    assert not place.exists()
    assert world.store.kek() == (2, None)
    place.write_bytes(current)
    place.chmod(0o600)
    world.check()


def test_a_key_that_does_not_open_stops_a_rotation_before_anything_is_destroyed() -> None:
    """One damaged row is named by its key id; old versions stay until it is mended, and then the rotation ends."""
    world = World()
    good = world.store.rows[SUBJECTS[2]]
    world.store.rows[SUBJECTS[2]] = good._replace(wrapped=bytes(60))
    for _ in range(2):
        with pytest.raises(KeyProviderError, match=good.key_id.hex()):
            world.ring.rotate()
    assert world.store.kek() == (1, 2)
    world.store.rows[SUBJECTS[2]] = good
    world.check()
    world.ring.rotate()
    world.check()
    assert world.store.kek() == (2, None)


def test_rotation_through_the_environment_waits_for_the_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator adds a version, rotates, is told to remove the old one, and rotates again, which finishes it."""
    monkeypatch.setenv(NAME, variable(1))
    world = World(KeyEnvironment())
    with pytest.raises(KeyProviderError, match="add 2:"):
        world.ring.rotate()
    monkeypatch.setenv(NAME, variable(1, 2))
    with pytest.raises(KeyProviderError, match="remove it"):
        world.ring.rotate()
    world.check()
    monkeypatch.setenv(NAME, variable(2))
    world.check()
    assert world.ring.ensure("another").subject == "another"
    assert world.ring.rotate() == 0
    assert world.store.kek() == (2, None)
    world.check()


def test_an_exposed_key_file_keeps_its_error(tmp_path: Path) -> None:
    """That the key file can be read by others is told as such, whatever was asked."""
    world = World(KeyFile(tmp_path / "keys"))
    (tmp_path / "keys").chmod(0o644)
    calls: list[Callable[[], object]] = [
        partial(world.ring.of, SUBJECTS[0]),
        partial(world.ring.new, "another"),
        world.ring.rotate,
    ]
    for call in calls:
        with pytest.raises(KeyFileExposed):
            call()
    (tmp_path / "keys").chmod(0o600)
    world.check()


@pytest.mark.parametrize("number", [0, 1])
def test_a_wrapped_key_of_the_vectors_opens(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """What any version ever stored opens through the keyring: what a wrapped key is bound to has one spelling."""
    vector = json.loads(VECTORS.read_text(encoding="ascii"))["wrappings"][number]
    kek = base64.b64encode(bytes.fromhex(vector["kek"])).decode()
    monkeypatch.setenv(NAME, f"{vector['version']}:{kek}")
    store, key_id = MemoryKeys(), bytes.fromhex(vector["key_id"])
    row = WrappedKey(key_id, vector["subject"], vector["version"], bytes.fromhex(vector["wrapped"]))
    store.rows, store.version = {vector["subject"]: row}, vector["version"]
    ring = Keyring(store, KeyEnvironment())
    assert ring.by_id(key_id).key.hex() == ring.of(vector["subject"]).key.hex() == vector["key"]


def test_a_provider_that_returns_no_key_is_refused() -> None:
    """A KMS that answers with bytes of another length is an error, and the bytes stand in no frame."""
    world = World()

    class Short:
        def __init__(self, inner: KeyProvider) -> None:
            self.current, self.wrap, self.advance, self.retire = inner.current, inner.wrap, inner.advance, inner.retire

        def unwrap(self, version: int, wrapped: bytes, context: bytes) -> bytes:
            del version, wrapped, context
            return b"S5#short-secret"

    with pytest.raises(KeyProviderError) as caught:
        Keyring(world.store, Short(world.provider)).of(SUBJECTS[0])
    key_id = world.store.rows[SUBJECTS[0]].key_id.hex()
    assert caught.value.problem == f"a data key of another length came back (data key {key_id})"
    assert frames_hold(caught.value, b"S5#short-secret") == []


@pytest.mark.parametrize("failing", ["wrap", "unwrap"])
def test_a_failing_provider_leaves_no_key_in_frames(failing: str) -> None:
    """When the KMS fails in the middle of a rotation, no frame of the keyring holds a data key."""
    world = World()
    seen: list[bytes] = []

    class Failing:
        def __init__(self, inner: KeyProvider) -> None:
            self.inner = inner
            self.current, self.advance, self.retire = inner.current, inner.advance, inner.retire

        def wrap(self, version: int, key: bytes, context: bytes) -> bytes:
            seen.append(key)
            if failing == "wrap":
                raise KeyProviderError(place="a KMS", problem="no answer")
            return self.inner.wrap(version, key, context)

        def unwrap(self, version: int, wrapped: bytes, context: bytes) -> bytes:
            if failing == "unwrap":
                raise KeyProviderError(place="a KMS", problem="no answer")
            return self.inner.unwrap(version, wrapped, context)

    ring = Keyring(world.store, Failing(world.provider))
    calls: list[Callable[[], object]] = [ring.rotate]
    calls.append(partial(ring.new, "x") if failing == "wrap" else partial(ring.of, SUBJECTS[0]))
    for call in calls:
        with pytest.raises(KeyProviderError, match="no answer") as caught:
            call()
        frames = {name for secret in {*seen, *world.secrets.values()} for name in frames_hold(caught.value, secret)}
        assert frames == set()
    world.check()


@given(st.lists(st.sampled_from(["rotate", "kill", "make", "erase", "reopen"]), max_size=12), st.data())
def test_any_history_keeps_every_key(history: list[str], data: st.DataObject) -> None:
    """Rotations, killed rotations, new subjects and erasures in any order change no key and bring none back."""
    world = World()
    gone: set[str] = set()
    for number, act in enumerate(history):
        match act:
            case "rotate":
                world.ring.rotate(batch=data.draw(st.integers(1, 10)))
            case "kill":
                steps = Steps(data.draw(st.integers(0, 40)), die, after=data.draw(st.booleans()))
                with suppress(Killed):
                    Keyring(steps.watch(world.store), steps.watch(world.provider)).rotate(batch=3)
            case "make":
                world.secrets[f"s{number}"] = world.ring.ensure(f"s{number}").key
            case "erase":
                subject = data.draw(st.sampled_from(sorted(world.secrets)))
                world.store.destroy_key(subject, NOW)
                del world.secrets[subject]
                gone.add(subject)
                if not world.secrets:
                    break
            case _:
                world.ring = Keyring(world.store, world.provider)
    world.check()
    for subject in gone:
        with pytest.raises(KeyErased):
            world.ring.ensure(subject)


def test_the_store_of_these_tests_is_a_key_store() -> None:
    """The checkers agree that the model has the shape of the protocol, and it destroys once only."""
    store: KeyStore = MemoryKeys()
    ring = Keyring(store, KeyMemory())
    ring.ensure("x")
    first = store.destroy_key("x", NOW)
    assert store.destroy_key("x", NOW.replace(year=2030)) == first
    assert store.destroy_key("y", NOW) is None
