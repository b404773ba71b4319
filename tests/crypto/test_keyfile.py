"""The key file: private, complete for every reader, and one for all processes."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import gc
import os
import stat
import subprocess
import sys
import threading
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from obq_privacy.crypto import KeyFile, _keyfile
from obq_privacy.crypto._provider import Versions
from obq_privacy.errors import KeyFileExposed, KeyProviderError

from .racing_creation import DATA_KEY
from .worlds import Killed, Steps, die, frames_hold

if TYPE_CHECKING:
    from collections.abc import Callable

KEK = b"E6#key-encryption-key-of-32bytes"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a key file with version 1 is."""
    place = tmp_path / "app.db.keys"
    assert KeyFile(place).advance(0) == 1
    return place


def planted(path: Path, *versions: int) -> KeyFile:
    """Write a key file with known keys, as the document says."""
    path.write_bytes(_keyfile._text(Versions(dict.fromkeys(versions or (1,), KEK))))
    path.chmod(0o600)
    return KeyFile(path)


def test_the_class_reports_the_package_that_publishes_it() -> None:
    """Errors, documentation and pickles of its name show where to import it from."""
    assert f"{KeyFile.__module__}.{KeyFile.__qualname__}" == "obq_privacy.KeyFile"


def test_no_file_is_made_before_it_is_needed(tmp_path: Path) -> None:
    """Asking is not making: without a file the version is 0, and wrapping says that it is missing."""
    keys = KeyFile(tmp_path / "keys")
    assert keys.current() == 0
    calls: list[Callable[[], object]] = [
        lambda: keys.wrap(1, DATA_KEY, b""),
        lambda: keys.unwrap(1, bytes(60), b""),
        lambda: keys.retire(1),
    ]
    for call in calls:
        with pytest.raises(KeyProviderError) as caught:
            call()
        assert caught.value == KeyProviderError(place=str(tmp_path / "keys"), problem="the file is missing")
        assert frames_hold(caught.value, DATA_KEY) == []
    assert not (tmp_path / "keys").exists()


def test_a_key_that_another_file_wrapped_does_not_open(path: Path, tmp_path: Path) -> None:
    """The key file of another store has the same versions and opens nothing; it is named."""
    other = KeyFile(tmp_path / "other")
    other.advance(0)
    with pytest.raises(KeyProviderError) as caught:
        other.unwrap(1, KeyFile(path).wrap(1, DATA_KEY, b""), b"")
    assert caught.value.place == str(tmp_path / "other")
    assert caught.value.problem.startswith("version 1 does not open")
    with pytest.raises(KeyProviderError, match="version 2 is not there; there is 1") as missing:
        other.wrap(2, DATA_KEY, b"")
    assert missing.value.place == str(tmp_path / "other")
    assert repr(other) == f"KeyFile({tmp_path / 'other'})"


@pytest.mark.clause("PROT-1")
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o777])
def test_the_file_is_private_from_its_first_byte(tmp_path: Path, mask: int) -> None:
    """Whatever the umask, key file and lock file have mode 0600 at most, and no other file is left."""
    before = os.umask(mask)
    try:
        keys = KeyFile(tmp_path / "keys")
        keys.advance(0)
        keys.advance(1)
        keys.retire(2)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys.lock").stat().st_mode) == 0o600
    assert sorted(found.name for found in tmp_path.iterdir()) == ["keys", "keys.lock"]


@pytest.mark.parametrize("mode", [0o601, 0o602, 0o604, 0o610, 0o620, 0o640, 0o666, 0o700])
def test_a_lock_with_another_mode_is_made_private(path: Path, mode: int) -> None:
    """Others could hold a lock that they can open, for as long as they like, so that no key ever changes."""
    lock = Path(f"{path}.lock")
    lock.chmod(mode)
    KeyFile(path).advance(1)
    assert stat.S_IMODE(lock.stat().st_mode) == 0o600


@pytest.mark.parametrize("change", ["advance", "retire"])
def test_a_change_waits_for_the_one_in_progress(path: Path, change: str) -> None:
    """While another process holds the lock nothing is written: two that advance at once would make two versions 2."""
    KeyFile(path).advance(1)
    before = path.read_bytes()
    act = partial(KeyFile(path).advance, 2) if change == "advance" else partial(KeyFile(path).retire, 2)
    thread = threading.Thread(target=act, daemon=True)
    with Path(f"{path}.lock").open("r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        assert path.read_bytes() == before
        fcntl.flock(lock, fcntl.LOCK_UN)
        thread.join(30)
    assert not thread.is_alive()
    assert path.read_bytes() != before


def test_an_error_without_a_number_is_the_typed_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some file systems give no reason; then it is an error of input and output."""

    def fail(*args: object, **named: object) -> object:
        raise OSError("secret-detail")

    monkeypatch.setattr(os, "stat", fail)
    with pytest.raises(KeyProviderError) as caught:
        KeyFile(path).current()
    monkeypatch.undo()
    assert caught.value == KeyProviderError(place=str(path), problem="input/output error")


@pytest.mark.clause("PROT-1")
def test_nobody_can_open_the_file_while_it_is_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mode is right from creation on: whoever opened it before its mode is set would read the keys later."""
    modes: list[int] = []
    real = os.fchmod

    def fchmod(handle: int, mode: int) -> None:
        modes.append(stat.S_IMODE(os.fstat(handle).st_mode))
        real(handle, mode)

    monkeypatch.setattr(os, "fchmod", fchmod)
    before = os.umask(0)
    try:
        KeyFile(tmp_path / "keys").advance(0)
    finally:
        os.umask(before)
    assert modes == [0o600]


@pytest.mark.clause("PROT-1")
@pytest.mark.parametrize("mode", [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o660, 0o666, 0o644, 0o755, 0o4640])
def test_a_file_that_others_can_use_is_refused(path: Path, mode: int) -> None:
    """Any right of group or others shuts the provider, also for a process that has read the file before."""
    keys = KeyFile(path)
    wrapped = keys.wrap(1, DATA_KEY, b"")
    path.chmod(mode)
    calls: list[Callable[[], object]] = [
        keys.current,
        lambda: keys.wrap(1, DATA_KEY, b""),
        lambda: keys.unwrap(1, wrapped, b""),
        lambda: keys.advance(1),
        lambda: keys.retire(1),
        KeyFile(path).current,
    ]
    for call in calls:
        with pytest.raises(KeyFileExposed) as caught:
            call()
        problem = f"its mode is {mode:04o}, so others than its owner can use it"
        assert caught.value == KeyFileExposed(place=str(path), problem=problem)
        assert frames_hold(caught.value, DATA_KEY) == []
    path.chmod(0o600)
    assert keys.unwrap(1, wrapped, b"") == DATA_KEY


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_private_file_is_read(path: Path, mode: int) -> None:
    """Rights of the owner alone are no exposure."""
    path.chmod(mode)
    assert KeyFile(path).current() == 1


@pytest.mark.clause("PROT-1")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_refused(path: Path) -> None:
    """Who owns the file could read and replace it."""
    os.chown(path, 12345, -1)
    with pytest.raises(KeyFileExposed) as caught:
        KeyFile(path).current()
    assert caught.value == KeyFileExposed(place=str(path), problem="another user owns it")


def test_only_a_regular_file_is_read(path: Path, tmp_path: Path) -> None:
    """A symbolic link, dangling or not, a directory, a pipe and a device are refused at once."""
    link, dangling, directory, pipe = (tmp_path / name for name in ("link", "dangling", "directory", "pipe"))
    link.symlink_to(path)
    dangling.symlink_to(tmp_path / "nowhere")
    directory.mkdir(mode=0o700)
    os.mkfifo(pipe, 0o600)
    for place in (link, dangling):
        with pytest.raises(KeyFileExposed) as caught:
            KeyFile(place).current()
        assert caught.value == KeyFileExposed(place=str(place), problem="it is a symbolic link")
        with pytest.raises(KeyFileExposed, match="symbolic link"):
            KeyFile(place).advance(0)
    for place in (directory, pipe, Path("/dev/null")):
        with pytest.raises(KeyFileExposed) as caught:
            KeyFile(place).current()
        assert caught.value == KeyFileExposed(place=str(place), problem="it is not a regular file")
    assert not (tmp_path / "nowhere").exists()


def test_a_link_in_place_of_a_new_file_is_not_followed(path: Path, tmp_path: Path) -> None:
    """Somebody who plants `.new` gets no keys written to where it points."""
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    Path(f"{path}.new").symlink_to(victim)
    assert KeyFile(path).advance(1) == 2
    assert victim.read_text() == "untouched"
    assert not path.is_symlink()


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    """Where the file cannot be made, place and reason are told, with no foreign error."""
    place = tmp_path / "nowhere" / "keys"
    with pytest.raises(KeyProviderError, match="no such file or directory") as caught:
        KeyFile(place).advance(0)
    assert caught.value.place == str(place)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_one_clear_error(tmp_path: Path, data: st.DataObject) -> None:
    """Any changed byte, cut or addition is noticed, and no error, nor any of its frames, holds a key."""
    place = tmp_path / "keys"
    keys = planted(place, 1, 2)
    text = place.read_bytes()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    changed = text[:start] + data.draw(st.binary(max_size=10)) + text[end:]
    place.write_bytes(changed)
    if changed == text:
        assert keys.current() == 2
        return
    with pytest.raises(KeyProviderError) as caught:
        keys.current()
    assert type(caught.value) is KeyProviderError
    assert caught.value.__context__ is None
    assert frames_hold(caught.value, KEK) == []
    assert frames_hold(caught.value, text[20:40]) == []
    place.unlink()


def checked(body: bytes) -> bytes:
    """Return a text whose checksum is right."""
    return body + b"sha256 " + sha256(body).hexdigest().encode() + b"\n"


LINE = b"7 " + b"QUJD" * 10 + b"QUI=\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", 'its first line is not "obq-privacy-keys 1"'),
        (b"obq-privacy-keys 2\n" + LINE, 'its first line is not "obq-privacy-keys 1"'),
        (b"obq-privacy-keys 1\n" + LINE, "its checksum does not match; it is incomplete, or was changed by hand"),
        (checked(b"obq-privacy-keys 1\n"), "it has no version"),
        (checked(b"obq-privacy-keys 1\n" + LINE + LINE), "line 3 is out of order"),
        (checked(b"obq-privacy-keys 1\n" + LINE + LINE.replace(b"7", b"6", 1)), "line 3 is out of order"),
        (
            checked(b"obq-privacy-keys 1\n" + b"".join(b"%d%s" % (n, LINE[1:]) for n in (5, 7, 6))),
            "line 4 is out of order",
        ),
        (checked(b"obq-privacy-keys 1\n" + b"0" + LINE), "line 2 is not a version"),
        (checked(b"obq-privacy-keys 1\n\n" + LINE), "line 2 is not a version"),
        (checked(b"obq-privacy-keys 1\n" + LINE.replace(b"\n", b"\r\n")), "line 2 is not a version"),
        (checked(b"obq-privacy-keys 1\n" + LINE.replace(b"=", b"")), "line 2 is not a version"),
        (checked(b"obq-privacy-keys 1\n" + LINE.strip()), "it has no version"),
    ],
)
def test_a_file_in_another_form_is_refused_by_line(tmp_path: Path, text: bytes, problem: str) -> None:
    """A right checksum does not excuse a wrong form; the line is named, its content is not."""
    place = tmp_path / "keys"
    place.write_bytes(text)
    place.chmod(0o600)
    with pytest.raises(KeyProviderError) as caught:
        KeyFile(place).current()
    assert caught.value.place == str(place)
    assert caught.value.problem.startswith(problem)
    assert "QUJD" not in str(caught.value)
    assert frames_hold(caught.value, b"QUJD") == []


def test_a_good_text_with_any_version_is_read(tmp_path: Path) -> None:
    """Versions need not begin at 1 nor be consecutive."""
    place = tmp_path / "keys"
    place.write_bytes(checked(b"obq-privacy-keys 1\n" + LINE + LINE.replace(b"7", b"2147483647", 1)))
    place.chmod(0o600)
    assert KeyFile(place).current() == 2147483647


def test_what_another_process_does_takes_effect_at_once(path: Path) -> None:
    """A provider sees versions that another one makes, and no longer has those that it destroyed."""
    mine, other = KeyFile(path), KeyFile(path)
    wrapped = mine.wrap(1, DATA_KEY, b"")
    assert other.advance(1) == 2
    assert mine.current() == 2
    moved = mine.wrap(2, DATA_KEY, b"")
    other.retire(2)
    with pytest.raises(KeyProviderError, match="version 1 is not there; there is 2"):
        mine.unwrap(1, wrapped, b"")
    assert mine.unwrap(2, moved, b"") == DATA_KEY
    path.unlink()
    with pytest.raises(KeyProviderError, match="missing"):
        mine.unwrap(2, moved, b"")


def keeps(holder: object, secret: bytes) -> bool:
    """Tell whether an object keeps bytes alive, through whatever it holds besides classes."""
    stack, seen = [holder], set[int]()
    while stack:
        top = stack.pop()
        if id(top) in seen or isinstance(top, type):
            continue
        if isinstance(top, bytes) and secret in top:
            return True
        seen.add(id(top))
        stack += gc.get_referents(top)
    return False


@pytest.mark.clause("DEF-4")
@pytest.mark.parametrize("change", ["removed", "exposed", "malformed", "replaced"])
def test_what_is_no_longer_in_the_file_is_not_kept_in_memory(tmp_path: Path, change: str) -> None:
    """A provider that has looked at the file again keeps no key that is not there, or that it may not use."""
    place = tmp_path / "keys"
    keys = planted(place, 1)
    assert keys.current() == 1
    assert keeps(keys, KEK)
    match change:
        case "removed":
            place.unlink()
            assert keys.current() == 0
        case "exposed":
            place.chmod(0o644)
            with pytest.raises(KeyFileExposed):
                keys.current()
        case "malformed":
            place.write_bytes(b"")
            with pytest.raises(KeyProviderError):
                keys.current()
        case _:
            place.unlink()
            KeyFile(place).advance(0)
            assert keys.current() == 1
    assert not keeps(keys, KEK)


def test_a_file_that_did_not_change_is_read_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeated use costs one look at the file, and reading it only after a change."""
    steps = Steps(-1, die)
    keys, other = KeyFile(path), KeyFile(path)
    monkeypatch.setattr(_keyfile, "os", steps.watch(os))
    for _ in range(5):
        keys.unwrap(1, keys.wrap(1, DATA_KEY, b""), b"")
    assert steps.taken.count("open") == 1
    other.advance(1)
    steps.taken.clear()
    assert keys.current() == keys.current() == 2
    assert steps.taken.count("open") == 1


def test_no_use_leaves_a_file_open(path: Path) -> None:
    """Making, destroying, using and refusing give every file descriptor back."""
    before = set(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else set()  # noqa: PTH112, PTH208
    for version in range(1, 6):
        keys = KeyFile(path)
        keys.advance(version)
        keys.retire(version + 1)
        keys.wrap(version + 1, DATA_KEY, b"")
        path.chmod(0o644)
        with pytest.raises(KeyFileExposed):
            keys.current()
        path.chmod(0o600)
    after = set(os.listdir("/proc/self/fd")) if before else set()  # noqa: PTH208
    assert len(after) == len(before)


def test_a_relative_path_stays_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon that changes its directory does not lose its keys, nor make others."""
    monkeypatch.chdir(tmp_path)
    keys = KeyFile("keys")
    keys.advance(0)
    monkeypatch.chdir("/")
    assert keys.current() == 1
    assert keys.advance(1) == 2
    assert KeyFile(tmp_path / "keys").current() == 2


def test_the_last_version_is_never_destroyed(path: Path) -> None:
    """Retiring beyond the newest version is refused, and changes nothing."""
    with pytest.raises(KeyProviderError) as caught:
        KeyFile(path).retire(2)
    problem = "no version would be left if those below 2 were destroyed"
    assert caught.value == KeyProviderError(place=str(path), problem=problem)
    assert KeyFile(path).current() == 1


def test_retiring_removes_what_a_killed_change_left(path: Path) -> None:
    """Destroyed keys do not live on in `.new`, even where the file itself needs no change."""
    left = Path(f"{path}.new")
    left.write_bytes(path.read_bytes())
    KeyFile(path).retire(1)
    assert not left.exists()


CHANGES: dict[str, Callable[[KeyFile], object]] = {
    "make": lambda keys: keys.advance(0),
    "advance": lambda keys: keys.advance(1),
    "retire": lambda keys: keys.retire(2),
}


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("change", CHANGES)
def test_a_kill_at_any_step_leaves_a_whole_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str, after: bool
) -> None:
    """Before and after each system call of a change the file is the old or the new one, and a repetition ends it."""
    died = 0
    for at in range(100):
        place = tmp_path / f"keys-{at}"
        if change != "make":
            planted(place, 1) if change == "advance" else planted(place, 1, 2)
        steps = Steps(at, die, after=after)
        with monkeypatch.context() as patch:
            patch.setattr(_keyfile, "os", steps.watch(os, unwatched=("fdopen",)))
            try:
                CHANGES[change](KeyFile(place))
            except Killed:
                died += 1
        # Somebody who comes now reads a whole file, or none where none was; and the same change completes it.
        survivor = KeyFile(place)
        assert survivor.current() in {"make": (0, 1), "advance": (1, 2), "retire": (2,)}[change]
        if change == "make":
            assert survivor.advance(0) == 1
        elif change == "advance":
            assert survivor.advance(1) == 2
            assert survivor.unwrap(1, survivor.wrap(1, DATA_KEY, b""), b"") == DATA_KEY
        else:
            survivor.retire(2)
            with pytest.raises(KeyProviderError, match="there is 2"):
                survivor.wrap(1, DATA_KEY, b"")
        if change == "retire":
            assert not Path(f"{place}.new").exists()
        if died <= at:
            break
    assert died >= 10


@pytest.mark.parametrize("failing", ["open", "fchmod", "fsync", "link", "replace", "unlink"])
def test_a_full_or_failing_disk_changes_nothing_and_shows_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    """An error at any writing step is the typed one, without keys in its frames, and the old file stays."""
    monkeypatch.setattr("os.urandom", lambda size: KEK[:size])
    place = tmp_path / "keys"
    first = failing in {"link", "unlink"}
    if not first:
        planted(place, 1)
    else:
        Path(f"{place}.new").touch()
    real = getattr(os, failing)

    def fail(*args: object, **named: object) -> object:
        if failing == "open" and not str(args[0]).endswith(".new"):
            return real(*args, **named)
        raise OSError(errno.ENOSPC, "secret-path")

    with monkeypatch.context() as patch:
        patch.setattr(os, failing, fail)
        with pytest.raises(KeyProviderError, match="no space left on device") as caught:
            KeyFile(place).advance(0 if first else 1)
    assert frames_hold(caught.value, KEK) == []
    assert "secret-path" not in str(caught.value)
    assert KeyFile(place).current() == (0 if first else 1)
    assert KeyFile(place).advance(0 if first else 1) == (1 if first else 2)


@pytest.mark.parametrize("failing", ["stat", "open", "read"])
def test_a_file_that_cannot_be_read_is_the_typed_error(
    path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    """An error at any reading step names the file and the reason, and nothing that the system said besides."""

    def fail(*args: object, **named: object) -> object:
        raise OSError(errno.EIO, "secret-detail")

    monkeypatch.setattr(os, failing, fail)
    with pytest.raises(KeyProviderError, match="input/output error") as caught:
        KeyFile(path).current()
    monkeypatch.undo()
    assert caught.value.place == str(path)
    assert "secret-detail" not in str(caught.value)


def test_what_cannot_be_put_in_place_is_the_typed_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory where `.new` belongs, and a program that makes that file again and again, are told."""
    new = Path(f"{path}.new")
    new.mkdir()
    with pytest.raises(KeyProviderError, match="is a directory"):
        KeyFile(path).advance(1)
    new.rmdir()
    real = os.unlink

    def unlink(place: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            real(place)
        new.touch()

    monkeypatch.setattr(os, "unlink", unlink)
    with pytest.raises(KeyProviderError) as caught:
        KeyFile(path).advance(1)
    monkeypatch.undo()
    assert caught.value == KeyProviderError(place=str(new), problem="another program makes this file")
    assert KeyFile(path).current() == 1
    assert KeyFile(path).advance(1) == 2


def test_a_directory_that_cannot_be_synced_is_the_typed_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change that may not survive a power failure is no success, and its repetition is."""
    real = os.fsync

    def fsync(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EIO, "")
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    for change in (partial(KeyFile(path).advance, 1), partial(KeyFile(path).retire, 1)):
        with pytest.raises(KeyProviderError, match="input/output error"):
            change()
    monkeypatch.undo()
    assert KeyFile(path).advance(1) == 2


def test_every_change_is_synced_before_and_after_it_takes_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The content is on disk before it is visible, and the directory after, also for a version found there."""
    place = tmp_path / "keys"
    steps = Steps(-1, die)
    with monkeypatch.context() as patch:
        patch.setattr(_keyfile, "os", steps.watch(os))
        keys = KeyFile(place)
        for act in (lambda: keys.advance(0), lambda: keys.advance(1), lambda: keys.advance(1), lambda: keys.retire(2)):
            act()
            steps.taken.append("|")
    calls = " ".join(step for step in steps.taken if step in {"fsync", "link", "replace", "|"})
    assert calls == "fsync link fsync | fsync replace fsync | fsync | fsync replace fsync |"


def test_what_is_synced_is_the_whole_content(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of a new file is still on its way when it is synced: afterwards it takes its place, also on disk."""
    synced: list[int] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        facts = os.fstat(handle)
        if stat.S_ISREG(facts.st_mode):
            synced.append(facts.st_size)
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    KeyFile(path).advance(1)
    assert synced == [path.stat().st_size]


@pytest.mark.parametrize(("above", "newest"), [(0, 1), (3, 4)])
def test_a_file_made_meanwhile_without_the_lock_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, above: int, newest: int
) -> None:
    """A writer that does not know of the lock, and comes between looking and linking, is not overwritten.

    What it made counts: where a newer version was asked for, that is added to its own.
    """
    place = tmp_path / "keys"
    real = os.link

    def late(source: str, target: str) -> None:
        monkeypatch.setattr(os, "link", real)
        planted(place, 1)
        real(source, target)

    monkeypatch.setattr(os, "link", late)
    keys = KeyFile(place)
    assert keys.advance(above) == newest
    assert planted(tmp_path / "same", 1).unwrap(1, keys.wrap(1, DATA_KEY, b""), b"") == DATA_KEY
    assert not (tmp_path / "keys.new").exists()


def start(module: str, *args: str) -> subprocess.Popen[str]:
    """Start a module of these tests as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", f"crypto.{module}", *args],
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_processes_that_race_make_one_key(tmp_path: Path) -> None:
    """Six processes make the file at once: one key comes of it, for all of them, and no reader sees half a file."""
    for attempt in range(2):
        place = tmp_path / f"keys-{attempt}"
        racers = [start("racing_creation", str(place)) for _ in range(6)]
        for racer in racers:
            assert racer.stdout is not None
            assert racer.stdout.readline() == "ready\n"
        seen: set[int] = set()
        done = threading.Event()

        def watch(place: Path = place, done: threading.Event = done, seen: set[int] = seen) -> None:
            while not done.is_set():
                seen.add(KeyFile(place).current())  # raises if the file is ever incomplete

        watcher = threading.Thread(target=watch)
        watcher.start()
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write("go\n")
            racer.stdin.flush()
        answers = [racer.communicate(timeout=60)[0].split() for racer in racers]
        done.set()
        watcher.join()
        assert seen <= {0, 1}
        assert [version for version, _ in answers] == ["1"] * 6
        assert {KeyFile(place).unwrap(1, bytes.fromhex(wrapped), b"") for _, wrapped in answers} == {DATA_KEY}
        assert KeyFile(place).current() == 1


def test_threads_share_one_provider(path: Path) -> None:
    """While one thread makes and destroys versions, others always wrap under the newest that they are told."""
    keys, faults, done = KeyFile(path), list[BaseException](), threading.Event()

    def use() -> None:
        try:
            while not done.is_set():
                version = keys.current()
                try:
                    assert keys.unwrap(version, keys.wrap(version, DATA_KEY, b""), b"") == DATA_KEY
                except KeyProviderError:
                    assert keys.current() > version  # it was destroyed meanwhile
        except (AssertionError, KeyProviderError) as error:
            faults.append(error)

    threads = [threading.Thread(target=use) for _ in range(3)]
    for thread in threads:
        thread.start()
    for version in range(1, 25):
        keys.advance(version)
        keys.retire(version + 1)
    done.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert keys.current() == 25
