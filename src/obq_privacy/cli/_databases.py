"""Databases by path: looked at through the store where that is enough, opened by a guard where keys are needed."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from obq_privacy.cli._failures import CommandMisused, DatabaseNotFound, NotInForce, SubjectUnknown
from obq_privacy.errors import PolicyConflict

if TYPE_CHECKING:
    from collections.abc import Generator

    from obq_privacy import KeyProvider
    from obq_privacy.audit import Adopted
    from obq_privacy.guard import Guard, Subject
    from obq_privacy.policy import Policy
    from obq_privacy.stores import SQLiteStore

KEYS_HELP: Final = (
    "where the key-encryption key is: the path of a key file, or env or env:NAME for an environment variable; "
    "the file DATABASE.key by default"
)
SUBJECT_HELP: Final = (
    "the application's id of the person; - reads it from standard input, so that no list of processes has it"
)


@contextmanager
def opened(database: str) -> Generator[SQLiteStore]:
    """Open a store that is there, without any key; it is never made.

    Raises:
        DatabaseNotFound: there is none.
        StoreError: it is something else, or does not answer.
    """
    check_database(database)
    from obq_privacy.stores import SQLiteStore  # noqa: PLC0415  not every command opens one

    store = SQLiteStore(Path(database))
    try:
        yield store
    finally:
        store.close()


def check_database(database: str) -> None:
    """Make sure that there is a database.

    Raises:
        DatabaseNotFound: there is none.
    """
    place = Path(database)
    if not place.is_file():
        problem = "it is no file" if place.exists() else "there is no such file"
        raise DatabaseNotFound(place=database, problem=problem)
    if place.stat().st_size == 0:
        raise DatabaseNotFound(place=database, problem="the file is empty")


def adopted(database: str, store: SQLiteStore) -> Adopted:
    """Move what killed processes have left in the journal into the store, as every opening of it does."""
    from obq_privacy.audit import Adopted, adopt_orphans  # noqa: PLC0415  only the audit needs it

    journal = Path(database + ".journal")
    return adopt_orphans(journal, store) if journal.is_dir() else Adopted(0, ())


@contextmanager
def guarded(database: str, policy: Policy, keys: str) -> Generator[Guard]:
    """Open a guard on a database under a policy that was in force there: looking at it must not bring one into force.

    Raises:
        DatabaseNotFound: there is no database.
        NotInForce: the policy was never in force there; `PolicyConflict` if another text of its version was.
        KeyProviderError: the key-encryption key cannot be had.
    """
    with opened(database) as store:
        known = store.policies().get(policy.version)
    if known is None:
        raise NotInForce(version=policy.version, place=database)
    if known != policy.dumps():
        raise PolicyConflict(version=policy.version)
    from obq_privacy.guard import Guard  # noqa: PLC0415  not every command opens one

    with Guard.open(database, policy=policy, keys=provider(keys)) as guard:
        yield guard


def provider(keys: str) -> KeyProvider | None:
    """Give the key provider that an option names, None for the file beside the database.

    Raises:
        CommandMisused: the variable has no name, or the file is not there: none is made.
    """
    from obq_privacy import KeyEnvironment, KeyFile  # noqa: PLC0415  not every command needs keys

    if not keys:
        return None
    if keys == "env":
        return KeyEnvironment()
    if keys.startswith("env:"):
        if keys == "env:":
            raise CommandMisused(argument="--keys", problem="env: is followed by the name of a variable")
        return KeyEnvironment(keys.removeprefix("env:"))
    return KeyFile(keys)


def subject_id(word: str) -> str:
    """Give the id that was typed, or the first line of standard input.

    Raises:
        CommandMisused: there is none.
    """
    found = sys.stdin.readline().rstrip("\r\n") if word == "-" else word
    if not found.strip():
        raise CommandMisused(argument="SUBJECT", problem="the id of a person is not empty")
    return found


def known(guard: Guard, database: str, subject: str) -> Subject:
    """Find who is registered under an application's id. Nobody is registered by that, as `Guard.subject` would.

    Raises:
        SubjectUnknown: nobody is.
    """
    found = guard.known(subject)
    if found is None:
        raise SubjectUnknown(place=database)
    return found


__all__ = [
    "KEYS_HELP",
    "SUBJECT_HELP",
    "adopted",
    "check_database",
    "guarded",
    "known",
    "opened",
    "provider",
    "subject_id",
]
