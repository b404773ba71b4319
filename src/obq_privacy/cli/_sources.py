"""Policies by the names that people type: `module:ATTRIBUTE`, a document, or `DATABASE@VERSION`."""

from __future__ import annotations

import contextlib
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Final

from obq_privacy.cli._databases import opened
from obq_privacy.cli._failures import CommandMisused, PolicyNotFound, place_of
from obq_privacy.cli._standins import read_for_looking
from obq_privacy.errors import PolicyInvalid, PrivacyError, VersionUnknown
from obq_privacy.policy import Policy

HELP: Final = "MODULE:ATTRIBUTE, the path of a policy document, or DATABASE@VERSION (DATABASE@ for the newest)"


def policy_named(name: str, *, for_use: bool = False) -> Policy:
    """Give the policy with a name.

    Args:
        name: see `HELP`.
        for_use: whether values are opened under it, which needs the code that a document only names.

    Raises:
        PolicyNotFound: there is none.
        PolicyDocumentInvalid: the document does not hold, or names code that is needed.
        PolicyInvalid: the policy does not build; a group of findings.
        VersionUnknown: the database has no such version.
    """
    if Path(name).is_file():
        text = _read(Path(name))
    else:
        database, at, version = name.rpartition("@")
        if not at:
            return _imported(name)
        text = _archived(database, version)
    return Policy.loads(text) if for_use else read_for_looking(text)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        problem = os.strerror(error.errno or 0).lower()
    except UnicodeDecodeError:
        problem = "it is not UTF-8, so it is no policy document"
    raise PolicyNotFound(place=str(path), problem=problem)


def _archived(database: str, version: str) -> str:
    with opened(database) as store:
        texts = store.policies()
    if not version and texts:
        return list(texts.values())[-1]
    if version not in texts:
        raise VersionUnknown(version=version or "of any name")
    return texts[version]


def _imported(name: str) -> Policy:
    found = attribute(name)
    if isinstance(found, Policy):
        return found
    raise PolicyNotFound(place=name, problem=f"it is a {type(found).__name__}, and no Policy")


def attribute(name: str) -> object:
    """Import what `module:ATTRIBUTE` names, with the current folder on the path.

    What the module prints while it is imported goes to standard error. Of an error that it raises, only the kind and
    the place are told: its words may quote values.

    Raises:
        PolicyNotFound: there is no such module or attribute, or importing it failed.
        PolicyInvalid: it builds a policy that cannot hold; likewise every other error of the library.
    """
    module, colon, path = name.partition(":")
    if not (colon and path and all(part.isidentifier() for part in [*module.split("."), *path.split(".")])):
        problem = "it is no file, and not of the form MODULE:ATTRIBUTE or DATABASE@VERSION"
        raise PolicyNotFound(place=name, problem=problem)
    if str(Path.cwd()) not in sys.path and "" not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    problem = ""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            found: object = import_module(module)
    except (PrivacyError, PolicyInvalid):
        raise
    except ModuleNotFoundError as error:
        problem = f"there is no module {error.name}"
    except (Exception, SystemExit) as error:  # noqa: BLE001  it is the application's own
        problem = f"importing {module} failed with {type(error).__name__} at {place_of(error)}"
    else:
        for part in path.split("."):
            if not hasattr(found, part):
                raise PolicyNotFound(place=name, problem=f"the module has no {path}")
            found = getattr(found, part)
        return found
    raise PolicyNotFound(place=name, problem=problem)


def holder_named(name: str) -> object:
    """Give a holder of an application's, by `module:ATTRIBUTE`.

    Raises:
        CommandMisused: it is none.
    """
    found = attribute(name)
    if not (hasattr(found, "name") and hasattr(found, "holdings")):
        raise CommandMisused(argument="--holder", problem=f"{name} has no name and no holdings")
    return found


__all__ = ["HELP", "attribute", "holder_named", "policy_named"]
