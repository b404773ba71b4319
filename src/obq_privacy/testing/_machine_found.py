"""What a machine has found: a use that nothing allowed."""

from __future__ import annotations

from typing import final


@final
class MisuseFound(AssertionError):
    """An application used somebody's data as it may not. It names people by their label, and shows no value.

    Attributes:
        rule: the rule of the machine in which it happened.
        person: the label of the person.
        item: key of the item.
        purpose: key of the purpose, or purposes joined by commas; "" where nobody said.
        problem: what is wrong.
    """

    __module__ = "obq_privacy.testing"

    def __init__(self, rule: str, person: str, item: str, purpose: str, problem: str) -> None:
        self.rule = rule
        self.person = person
        self.item = item
        self.purpose = purpose
        self.problem = problem
        super().__init__(rule, person, item, purpose, problem)

    def __str__(self) -> str:
        aim = f" for {self.purpose}" if self.purpose else ""
        return f"{self.rule}: {self.item} of {self.person}{aim}: {self.problem}"
