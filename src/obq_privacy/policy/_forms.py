"""The rows of a policy document as they stand in JSON, and the words that they are written in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from obq_privacy.policy._rules import Anchor, Kind
from obq_privacy.policy._scopes import sensitivity_name
from obq_privacy.vocab import Category, LegalBasis, Level, Operation, RecipientKind, Role, Sensitivity

if TYPE_CHECKING:
    from typing import TypedDict

    class Word(TypedDict):
        """A purpose as such."""

        key: str
        title: str
        text: str
        clause: str | None
        parent: str | None
        dpv: list[str]
        fides: list[str]

    class Rule(TypedDict):
        """What the policy says of a purpose."""

        key: str
        kind: str
        necessary: list[str]
        optional: list[str]
        requires: list[str]
        shared: list[str]
        choice: bool
        roles: list[str]
        alternative: str
        permission: str
        user_initiated: bool
        signal: bool

    class Entry(TypedDict):
        """An item."""

        key: str
        title: str
        clause: str | None
        sensitivity: str
        category: str
        type: str
        purposes: list[str]
        exact: bool
        encrypt: bool
        codec: str | None
        validate: str | None
        mask: str | None
        dpv: list[str]
        fides: list[str]

    class Kept(TypedDict):
        """How long values are kept."""

        item: str
        purpose: str | None
        after: str
        keep_seconds: int
        at_least_seconds: int | None

    class Contract(TypedDict):
        """An agreement or undertaking."""

        reference: str
        since: str
        until: str

    class Checked(TypedDict):
        """A security check."""

        on: str
        until: str

    class Party(TypedDict):
        """A recipient."""

        key: str
        title: str
        clause: str | None
        purposes: list[str]
        kind: str
        role: str
        region: str
        items: list[str]
        agreement: Contract | None
        follows_policy: bool
        sdk: bool
        check: Checked | None
        public_key: str | None

    class Origin(TypedDict):
        """A third-party source."""

        key: str
        title: str
        clause: str | None
        region: str
        undertaking: Contract | None

    class Exempt(TypedDict):
        """A legal basis that may be invoked."""

        basis: str
        operations: list[str]
        deidentified: bool
        clause: str


FORMAT = "obq-privacy-policy/1"

ALL = "*"
SENSITIVITIES = {sensitivity_name(sensitivity): sensitivity for sensitivity in Sensitivity}
CATEGORIES = {category.value: category for category in Category}
LEVELS = {level.name.lower(): level for level in Level}
OPERATIONS = {operation.value: operation for operation in Operation}
KINDS = {kind.value: kind for kind in Kind}
ANCHORS = {anchor.value: anchor for anchor in Anchor}
RECIPIENTS = {kind.value: kind for kind in RecipientKind}
ROLES = {role.value: role for role in Role}
BASES = {basis.value: basis for basis in LegalBasis}
OF: dict[str, Category | Sensitivity] = {
    **{f"category:{name}": category for name, category in CATEGORIES.items()},
    **{f"sensitivity:{name}": sensitivity for name, sensitivity in SENSITIVITIES.items()},
}
