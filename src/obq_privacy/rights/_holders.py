"""Where values of a subject are: in the vault, and with holders that the application registers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeVar

from obq_privacy.errors import ArgumentInvalid, HolderFailed, PrivacyError
from obq_privacy.guard import Subject
from obq_privacy.guard._for_rights import note
from obq_privacy.guard._vault import place_of
from obq_privacy.rights._steps import said, spelled, steps

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from obq_privacy.guard import Guard
    from obq_privacy.guard._core import Core
    from obq_privacy.rights._steps import Json
    from obq_privacy.stores import CaseEntry
    from obq_privacy.vocab import Pseudonym

T = TypeVar("T")

VAULT: Final = "vault"
"""The name of the vault among the holders."""


class Holding(NamedTuple):
    """One sealed value of a subject.

    Attributes:
        place: where the holder has it: a row, a file; for the vault the name of the record. No values.
        field: its name there.
        item: key of its item.
        token: what `seal` gave.
        record: what it was sealed for.
    """

    place: str
    field: str
    item: str
    token: bytes
    record: str = ""


class Holder(Protocol):
    """A place outside of the vault where the application keeps sealed values: a table, a search index, a file store.

    Every method can be called again after it was cut short.
    """

    @property
    def name(self) -> str:
        """Its name in evidence; not "vault"."""
        ...

    def holdings(self, subject: Pseudonym, /) -> Iterable[Holding]:
        """Give every sealed value of a subject."""
        ...

    def erase(self, subject: Pseudonym, places: Sequence[tuple[str, str]], /) -> str:
        """Delete these values, by (place, field); return what shows it, without values."""
        ...

    def isolate(self, subject: Pseudonym, places: Sequence[tuple[str, str]], /) -> str:
        """Keep these values apart from any further processing; return what shows it, without values."""
        ...


class Found(NamedTuple):
    """A sealed value, and who holds it."""

    holder: str
    holding: Holding

    @property
    def spot(self) -> tuple[str, str, str]:
        """Holder, place and field."""
        return self.holder, self.holding.place, self.holding.field


class VaultHolder:
    """The vault, as one of the holders."""

    name = VAULT

    def __init__(self, core: Core) -> None:
        self._core = core

    def holdings(self, subject: Pseudonym, /) -> Iterator[Holding]:
        """Give every sealed value of a subject in the vault; plain fields of its records come with item ""."""
        store = self._core.store
        for record in store.records(subject):
            for row in store.load(record):
                if row.subject == subject:
                    yield Holding(record, row.field, row.item, row.token, place_of(record, row.field))

    def erase(self, subject: Pseudonym, places: Sequence[tuple[str, str]], /) -> str:
        """Delete fields from records."""
        del subject
        struck = 0
        for record in dict.fromkeys(place for place, _ in places):
            struck += self._core.store.strike(record, [field for place, field in places if place == record])
        return f"{struck} fields struck"

    def isolate(self, subject: Pseudonym, places: Sequence[tuple[str, str]], /) -> str:
        """Do nothing: every decision about what is in the vault looks at restrictions."""
        del subject
        return f"{len(places)} fields restricted"


def _all(holder: Holder, subject: Pseudonym) -> list[Holding]:
    return list(holder.holdings(subject))


class Case(NamedTuple):
    """A case of the docket: its name, what it is about, and whom."""

    name: str
    kind: str
    subject: Pseudonym


class Desk(NamedTuple):
    """What everything that is done for subjects has in common."""

    guard: Guard
    holders: Holders

    @property
    def core(self) -> Core:
        """What the parts of the guard share."""
        return self.guard._core

    def subject(self, pseudonym: Pseudonym) -> Subject:
        """Give a subject by its pseudonym."""
        return Subject(self.core, self.guard._orders, self.core.access(pseudonym))

    def record(self, subject: Pseudonym, operation: str, *items: str, actor: str = "") -> None:
        """Write an audit record about something that is done for a subject's rights."""
        note(self.core, subject, operation, *items, actor=actor)

    def enter(
        self,
        case: Case,
        name: str,
        facts: Mapping[str, Json],
        *,
        open_after: bool,
        due: dt.datetime | None = None,
        once: Sequence[str] = (),
    ) -> None:
        """Add a step to a case, unless it is the same as the last of its name, or like any in the facts `once`."""

        def make(entries: Sequence[CaseEntry]) -> tuple[str, bool, dt.datetime | None] | None:
            text = spelled(name, facts)
            before = [step for step in steps(entries) if step.name == name]
            same = bool(before) and spelled(name, before[-1].facts) == text
            like = bool(once) and any(all(step.facts.get(fact) == facts.get(fact) for fact in once) for step in before)
            return None if same or like else (text, open_after, due)

        self.core.store.enter(case.name, case.kind, case.subject, make, self.core.clock.now())


class Holders:
    """The vault and the registered holders.

    Raises:
        ArgumentInvalid: two have the same name.
    """

    def __init__(self, core: Core, registered: Iterable[Holder]) -> None:
        self._all: dict[str, Holder] = {VAULT: VaultHolder(core)}
        for holder in registered:
            name = said("holder", holder.name)
            if name in self._all:
                raise ArgumentInvalid(
                    argument="holders", problem="each has a name of its own, and none is called vault"
                )
            self._all[name] = holder

    def found(self, subject: Pseudonym) -> list[Found]:
        """Give every sealed value of a subject, wherever it is.

        Raises:
            HolderFailed: a holder does not answer.
        """
        found: list[Found] = []
        for name, holder in self._all.items():
            found.extend(Found(name, one) for one in self._asked(name, partial(_all, holder, subject)))
        return found

    def erase(self, name: str, subject: Pseudonym, places: Sequence[tuple[str, str]]) -> str:
        """Let a holder delete values.

        Raises:
            HolderFailed: it does not, or is not registered any more.
        """
        return self._asked(name, lambda: self._all[name].erase(subject, places))

    def isolate(self, name: str, subject: Pseudonym, places: Sequence[tuple[str, str]]) -> str:
        """Let a holder keep values apart.

        Raises:
            HolderFailed: it does not, or is not registered any more.
        """
        return self._asked(name, lambda: self._all[name].isolate(subject, places))

    def _asked(self, name: str, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except PrivacyError:
            raise
        except Exception as error:  # noqa: BLE001  what the application's own code says may quote a value
            raised = type(error).__name__
        raise HolderFailed(holder=name, raised=raised)
