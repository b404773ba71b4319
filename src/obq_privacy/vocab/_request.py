"""What somebody wants to do with a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from obq_privacy.vocab._operation import Operation
    from obq_privacy.vocab._party import AnyRecipient, Invoked
    from obq_privacy.vocab._purpose import Purpose
    from obq_privacy.vocab._terms import Actor


class Request(NamedTuple):
    """What somebody wants to do with a value now.

    Attributes:
        operation: what is done.
        purpose: what for; None asks to collect for any of the item's purposes, or to use under an invoked basis alone.
        recipient: who gets it, where it is shared, transferred or disclosed.
        invoked: the legal basis that somebody invokes by name, or None.
        actor: who acts, or None where nobody said.
        approval: the approval under which the actor acts, or "".
        region: where a collected value would be stored; "" for the home region.
        user_action: whether the subject is acting just now (USE-20).
        deidentified: whether nothing but a de-identified result comes out (USE-23).
    """

    operation: Operation
    purpose: type[Purpose] | None
    recipient: AnyRecipient | None = None
    invoked: Invoked | None = None
    actor: Actor | None = None
    approval: str = ""
    region: str = ""
    user_action: bool = False
    deidentified: bool = False
