"""On what terms others have to do with data, and who acts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import datetime as dt


class Agreement(NamedTuple):
    """A contract by which a recipient or a source is bound; both days belong to it, in the policy's zone."""

    reference: str
    since: dt.date
    until: dt.date


class SecurityCheck(NamedTuple):
    """When a recipient's software was checked, and the last day on which that counts (COOK-3)."""

    on: dt.date
    until: dt.date


class Actor(NamedTuple):
    """A person or program of the controller's that acts, with the roles that access control gave (PROT-1)."""

    key: str
    roles: frozenset[str] = frozenset()


for _public in (Actor, Agreement, SecurityCheck):  # they are loaded after the package has published its other names
    _public.__module__ = "obq_privacy"
