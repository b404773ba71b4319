"""What goes wrong on the command line itself. As all errors of the library, they hold identifiers and no values."""

from __future__ import annotations

from pathlib import Path

from obq_privacy.errors import PrivacyError


class CommandMisused(PrivacyError):
    """A command was called with something that it does not take."""

    code = "OBQ700"
    argument: str
    problem: str
    says = "{argument}: {problem}"
    remedy = "see the command's --help"


class PolicyNotFound(PrivacyError):
    """The policy that was named cannot be had."""

    code = "OBQ701"
    place: str
    problem: str
    says = "there is no policy to be had from {place}: {problem}"
    remedy = "name MODULE:ATTRIBUTE, a policy document, or DATABASE@VERSION"


class DatabaseNotFound(PrivacyError):
    """There is no database where one was named; no command makes one."""

    code = "OBQ702"
    place: str
    problem: str
    says = "there is no database at {place}: {problem}"
    remedy = "name one that Guard.open has made"


class SubjectUnknown(PrivacyError, LookupError):
    """Nobody was ever registered under the id; the id itself is nowhere in the error."""

    code = "OBQ703"
    place: str
    says = "no subject with that id is registered in {place}"
    remedy = "give the id that the application gives to guard.subject"


class NotDeclared(PrivacyError, LookupError):
    """The policy declares nothing of that key."""

    code = "OBQ704"
    kind: str
    key: str
    says = "the policy declares no {kind} {key}"
    remedy = "see what it declares with: policy show"


class NotInForce(PrivacyError):
    """The policy was never in force in the database, and a look at it must not put it there."""

    code = "OBQ705"
    clause = "CHANGE-3"
    version: str
    place: str
    says = "version {version} of the policy was never in force in {place}"
    remedy = "name the policy that the application opens the database with"


class OutputFailed(PrivacyError):
    """What was asked for cannot be written where it was to go."""

    code = "OBQ706"
    place: str
    problem: str
    says = "{place} cannot be written: {problem}"
    remedy = "name a file that is not there yet, in a folder that can be written"


class Unexpected(PrivacyError):
    """Something went wrong that nobody thought of. What Python says of it may quote values, and is withheld."""

    code = "OBQ707"
    kind: str
    place: str
    says = "the command failed with {kind} at {place}"
    remedy = "report it with this line"


def place_of(error: BaseException) -> str:
    """Give the file and line where an exception was raised, for a line that says no more of it."""
    trace = error.__traceback__
    if isinstance(error, SyntaxError) and error.filename:
        return f"{Path(error.filename).name} line {error.lineno}"
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "no place" if trace is None else f"{Path(trace.tb_frame.f_code.co_filename).name} line {trace.tb_lineno}"


__all__ = [
    "CommandMisused",
    "DatabaseNotFound",
    "NotDeclared",
    "NotInForce",
    "OutputFailed",
    "PolicyNotFound",
    "SubjectUnknown",
    "Unexpected",
    "place_of",
]
