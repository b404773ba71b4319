"""The key file: key-encryption keys in a private file beside the database.

Whoever reads the file sees it complete: a new content is written to `<path>.new`, synced, and only then linked (the
first time) or renamed to its place, under a lock that all processes take on `<path>.lock`. A kill at any instant leaves
the old content or the new one, and a `.new` that the next change removes. The textual form is in docs/formats/token.md.
"""
# pathlib costs import time, and half of these calls have no counterpart there:
# ruff: noqa: PTH100, PTH105, PTH108, PTH116, PTH120

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from errno import EIO, ELOOP
from typing import TYPE_CHECKING, Final, final

from obq_privacy import _late
from obq_privacy.crypto._provider import Versions, read_key, read_version, unopened, unwrap_under, wrap_under
from obq_privacy.errors import KeyFileExposed, KeyProviderError
from obq_privacy.vocab._shut import Shut

if TYPE_CHECKING:
    from collections.abc import Generator

_FORM: Final = b"obq-privacy-keys 1\n"
_LARGEST: Final = 1 << 20
# Nothing but a regular file is wanted: no symbolic link is followed, and a pipe in its place must not block.
_READ: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_MAKE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW

_Seen = tuple[int, ...]


@final
class KeyFile(Shut):
    """Key-encryption keys in a file that only its owner can read.

    The file is made by the first `advance`, with mode 0600. It is refused whenever group or others can use it,
    somebody else owns it, or it is not a regular file. It is looked at before every use, so that what another process
    adds or destroys, and a change of its mode, take effect at once; what was destroyed is not kept in memory either.
    Keep its directory private too: whoever can write there can put another file in its place.

    Destroying replaces the file; the file system decides when the blocks of the old one are overwritten.

    Args:
        path: where the file is; its directory must exist.
    """

    __module__ = "obq_privacy"  # it is loaded after the package has published its other names
    __slots__ = ("_held", "_path")

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = os.path.abspath(path)
        # One attribute, because another thread must not see the identity of one file with the versions of another.
        self._held: tuple[_Seen, Versions] | None = None

    def __repr__(self) -> str:
        return f"KeyFile({self._path})"

    def current(self) -> int:
        """Return the newest version, 0 when there is no file yet.

        Raises:
            KeyFileExposed: the file is not private.
            KeyProviderError: the file cannot be read or is malformed.
        """
        versions = self._load()
        return versions.newest() if versions else 0

    def wrap(self, version: int, key: bytes, context: bytes) -> bytes:
        """Return `key` encrypted under `version` in `context`.

        Raises:
            KeyFileExposed: the file is not private.
            KeyProviderError: the file cannot be read, is malformed, or the version is not in it.
        """
        try:
            cipher = self._present().cipher(version, self._path)
        except KeyProviderError:
            del key  # a traceback that shows locals must not show it
            raise
        return wrap_under(cipher, key, context)

    def unwrap(self, version: int, wrapped: bytes, context: bytes) -> bytes:
        """Return the key that `wrap` was given.

        Raises:
            KeyFileExposed: the file is not private.
            KeyProviderError: the file cannot be read, is malformed, or the version is not in it or does not open this.
        """
        key = unwrap_under(self._present().cipher(version, self._path), wrapped, context)
        if key is None:
            raise unopened(self._path, version)
        return key

    def advance(self, above: int) -> int:
        """Make sure that a version above `above` exists, and return the newest; the first call makes the file.

        Raises:
            KeyFileExposed: the file is not private.
            KeyProviderError: the file cannot be read or written, or is malformed.
        """
        with self._locked():
            placed = False
            while not placed:
                held = self._load()
                if held is not None and held.newest() > above:
                    break
                # A copy, because what is in memory follows the disk, never the other way round.
                versions = held.copy() if held else Versions()
                versions.grow(above)
                placed = self._write(versions, first=held is None)
            # Also for a version found there: its maker may have been killed before it was on disk for good.
            self._sync_directory()
            return self._present().newest()

    def retire(self, below: int) -> None:
        """Destroy every version below `below`; that they are destroyed already is no error.

        Raises:
            KeyFileExposed: the file is not private.
            KeyProviderError: the file cannot be read or written, is malformed, or no version would be left.
        """
        with self._locked():
            versions = self._present().copy()
            if versions.newest() < below:
                raise KeyProviderError(
                    place=self._path,
                    problem=f"no version would be left if those below {below} were destroyed",
                )
            if versions.shrink(below):
                self._write(versions, first=False)
            else:
                self._forget_new()  # a change that was killed may have left the old versions there
            self._sync_directory()

    def _present(self) -> Versions:
        versions = self._load()
        if versions is None:
            raise KeyProviderError(place=self._path, problem="the file is missing")
        return versions

    def _load(self) -> Versions | None:
        """Return what the file holds, read again if it is not the file seen last; None when there is none."""
        try:
            seen = _identity(os.stat(self._path, follow_symlinks=False))
        except FileNotFoundError:
            self._held = None
            return None
        except OSError as error:
            raise self._failure(error) from None
        held = self._held
        if held is None or held[0] != seen:
            self._held = None
            self._held = held = self._read()
        return held[1]

    def _read(self) -> tuple[_Seen, Versions]:
        try:
            handle = os.open(self._path, _READ)
        except OSError as error:
            if error.errno == ELOOP:
                raise KeyFileExposed(place=self._path, problem="it is a symbolic link") from None
            raise self._failure(error) from None
        try:
            facts = os.fstat(handle)
            exposed = _exposure(facts)
            if exposed:
                raise KeyFileExposed(place=self._path, problem=exposed)
            found = _parse(os.read(handle, _LARGEST))
        except OSError as error:
            raise self._failure(error) from None
        finally:
            os.close(handle)
        if isinstance(found, str):
            raise KeyProviderError(place=self._path, problem=found)
        return _identity(facts), found

    def _write(self, versions: Versions, *, first: bool) -> bool:
        """Put these versions in place at once, or return False if the first file is there already."""
        new = self._path + ".new"
        try:
            self._forget_new()
            with os.fdopen(os.open(new, _MAKE, 0o600), "wb") as file:
                os.fchmod(file.fileno(), 0o600)  # whatever the umask says
                file.write(_text(versions))
                file.flush()
                os.fsync(file.fileno())
            if first:
                os.link(new, self._path)  # fails if the place is taken, where a rename would replace a key
                self._forget_new()
            else:
                os.replace(new, self._path)
        except FileExistsError:
            if not first:
                raise KeyProviderError(place=new, problem="another program makes this file") from None
            self._forget_new()
            return False
        except OSError as error:
            raise self._failure(error) from None
        return True

    def _forget_new(self) -> None:
        try:
            os.unlink(self._path + ".new")
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._failure(error) from None

    def _sync_directory(self) -> None:
        try:
            handle = os.open(os.path.dirname(self._path), os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise self._failure(error) from None

    @contextmanager
    def _locked(self) -> Generator[None]:
        import fcntl  # noqa: PLC0415 - needed when keys change, not when the package is imported

        try:
            handle = os.open(self._path + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise self._failure(error) from None
        try:
            # Whatever the umask says, the next process of this user must be able to open it.
            if os.fstat(handle).st_mode & 0o777 != 0o600:
                os.fchmod(handle, 0o600)
            fcntl.flock(handle, fcntl.LOCK_EX)
            try:
                yield
            finally:
                # Said aloud, because a child that was forked meanwhile has the lock's handle open too.
                fcntl.flock(handle, fcntl.LOCK_UN)
        finally:
            os.close(handle)

    def _failure(self, error: OSError) -> KeyProviderError:
        return KeyProviderError(place=self._path, problem=os.strerror(error.errno or EIO).lower())


def _identity(facts: os.stat_result) -> _Seen:
    """Return what changes whenever the file, its content, its mode or its owner does."""
    return (
        facts.st_dev,
        facts.st_ino,
        facts.st_size,
        facts.st_mtime_ns,
        facts.st_ctime_ns,
        facts.st_mode,
        facts.st_uid,
    )


def _exposure(facts: os.stat_result) -> str:
    """Return why the file is not private, or ""."""
    if not stat.S_ISREG(facts.st_mode):
        return "it is not a regular file"
    if facts.st_uid != os.geteuid():
        return "another user owns it"
    if facts.st_mode & 0o077:
        return f"its mode is {stat.S_IMODE(facts.st_mode):04o}, so others than its owner can use it"
    return ""


def _text(versions: Versions) -> bytes:
    body = _FORM + versions.lines()
    return b"%ssha256 %s\n" % (body, _late.hashlib.sha256(body).hexdigest().encode())


def _parse(text: bytes) -> Versions | str:
    """Return the versions in a key file's text, or what is wrong with it, by line and never with its content."""
    if not text.startswith(_FORM):
        return 'its first line is not "obq-privacy-keys 1"'
    body, mark, check = text.rpartition(b"sha256 ")
    if not mark or check != _late.hashlib.sha256(body).hexdigest().encode() + b"\n":
        return "its checksum does not match; it is incomplete, or was changed by hand"
    keys: dict[int, bytes] = {}
    for number, line in enumerate(body.split(b"\n")[1:-1], start=2):
        name, _, rest = line.partition(b" ")
        version, key = read_version(name), read_key(rest)
        if version is None or key is None:
            return f"line {number} is not a version and the base64 of 32 bytes"
        if version <= max(keys, default=0):
            return f"line {number} is out of order"
        keys[version] = key
    return Versions(keys) if keys else "it has no version"
