"""What the scanner knows of the library: its ways out, and which class has which."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple


class Out(StrEnum):
    """What comes out at a place."""

    PLAINTEXT = "plaintext"
    MASKED = "masked"
    CIPHERTEXT = "ciphertext"
    ANSWER = "answer"  # a yes or no, a digest, a count: something that follows from values
    DERIVATION = "derivation"  # a function that sees plaintext once the result is revealed
    WRAPPER = "wrapper"  # values come in or back, shut
    KEY = "key"
    BACK_DOOR = "back door"
    UNSAFE = "unsafe"


class Shape(NamedTuple):
    """How a way out is called, which tells it from a method of the same name elsewhere.

    Attributes:
        out: what comes out.
        least: positional arguments at least.
        most: positional arguments at most.
        named: a keyword argument that has to be there, or "".
        distinct: whether the name alone is enough, in a module that has to do with the library.
    """

    out: Out
    least: int
    most: int
    named: str = ""
    distinct: bool = False


METHODS: Final[dict[str, Shape]] = {
    "reveal": Shape(Out.PLAINTEXT, 1, 2, distinct=True),
    "reveal_under": Shape(Out.PLAINTEXT, 1, 1, distinct=True),
    "share": Shape(Out.PLAINTEXT, 1, 1, "to"),
    "transfer": Shape(Out.PLAINTEXT, 1, 1, "to"),
    "disclose": Shape(Out.PLAINTEXT, 1, 1, distinct=True),
    "export": Shape(Out.PLAINTEXT, 1, 1, "by"),
    "mask": Shape(Out.MASKED, 1, 1),
    "map": Shape(Out.DERIVATION, 1, 1),
    "seal": Shape(Out.CIPHERTEXT, 0, 0, "record"),
    "envelope": Shape(Out.CIPHERTEXT, 2, 2, "to"),
    "release": Shape(Out.ANSWER, 2, 2, "by"),
    "index": Shape(Out.ANSWER, 2, 2),
    "matches": Shape(Out.ANSWER, 3, 3),
    "unseal": Shape(Out.WRAPPER, 2, 2, distinct=True),
    "load": Shape(Out.WRAPPER, 2, 2),
    "open": Shape(Out.WRAPPER, 2, 2, "subject"),
    "open_record": Shape(Out.WRAPPER, 2, 2, "subject"),
}
"""Methods, wherever they are."""

FUNCTIONS: Final[dict[str, Out]] = {
    "reveal_all": Out.PLAINTEXT,
    "share_all": Out.PLAINTEXT,
    "equal": Out.ANSWER,
    "combine": Out.DERIVATION,
}

_WRAPPER: Final = frozenset(
    {"reveal", "reveal_under", "share", "transfer", "disclose", "mask", "map", "seal"},
)
WRAPPERS: Final = frozenset({"Protected", "Held", "Personal", "Sensitive", "NonPersonal"})
CLASSES: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(WRAPPERS, _WRAPPER),
    "Guard": frozenset({"envelope", "release", "index", "matches", "unseal"}),
    "Vault": frozenset({"load"}),
    "Inbox": frozenset({"open", "open_record"}),
    "Deciding": frozenset({"reveal"}),
    "Rights": frozenset({"export"}),
    "ReceiptKey": frozenset({"export"}),
}
"""Public classes, and those of their methods that are ways out."""

ATTRIBUTES: Final[dict[tuple[str, str], Out]] = {
    ("Standing", "born"): Out.PLAINTEXT,
    ("Identity", "value"): Out.PLAINTEXT,
    ("EnvelopeKey", "private"): Out.KEY,
}
"""What is read without a call."""

OTHER_OUT: Final[dict[tuple[str, str], Out]] = {("ReceiptKey", "export"): Out.KEY}

MEMBERS: Final[dict[tuple[str, str], str]] = {
    ("Guard", "vault"): "Vault",
    ("Guard", "audit"): "AuditLog",
    ("Guard", "subject"): "Subject",
    ("Guard", "open"): "Guard",
    ("Guard", "in_memory"): "Guard",
    ("Subject", "standing"): "Standing",
    ("Subject", "collecting"): "Collecting",
    ("Automated", "deciding"): "Deciding",
    ("EnvelopeKey", "new"): "EnvelopeKey",
    ("EnvelopeKey", "of"): "EnvelopeKey",
    ("ReceiptKey", "new"): "ReceiptKey",
    ("ReceiptKey", "of"): "ReceiptKey",
    ("Rights", "export"): "Export",
}
"""What a member of a class is, or gives when it is called."""

HARMLESS: Final = frozenset({("Export", "digest"), ("Export", "subject"), ("Export", "values")})
"""Attributes of something that holds plaintext, which hold none."""

ITEMS: Final = frozenset({"PersonalItem", "SensitiveItem", "NonPersonalItem"})

DOORS: Final = frozenset({"open_token", "open_envelope", "DataKey", "Keyring"})
"""Public names of obq_privacy.crypto that lead to plaintext without a decision."""

SLOTS: Final = frozenset({"_payload", "_keeper", "_origin", "_core", "_desk"})
"""Attributes behind which the private parts of the library are."""

ROOT: Final = "obq_privacy"


def is_private(dotted: str) -> bool:
    """Tell whether a dotted name leads into private modules of the library."""
    first, *rest = dotted.split(".")
    return first == ROOT and any(part.startswith("_") and not part.endswith("__") for part in rest)
