"""Where values of a subject are: in the vault, and with holders that the application registers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeVar, runtime_checkable

from obq_privacy.errors import ArgumentInvalid, HolderFailed
from obq_privacy.guard import Subject
from obq_privacy.guard._arguments import all_of
from obq_privacy.guard._for_rights import note
from obq_privacy.guard._vault import place_of
from obq_privacy.rights._steps import Step, said, spelled, steps

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


@runtime_checkable
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


class _Vault:
    """The vault, beside the holders."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def holdings(self, subject: Pseudonym, /) -> Iterator[Holding]:
        """Give every sealed value of a subject in the vault; plain fields of its records come with item ""."""
        store = self._core.store
        for record in store.records(subject):
            for row in store.load(record):
                if row.subject == subject:
                    yield Holding(record, row.field, row.item, row.token, place_of(record, row.field))

    def strike(self, doomed: Iterable[Holding]) -> str:
        """Delete exactly these values, and with the last value of a record what only made sense beside it."""
        store = self._core.store
        struck = 0
        tokens: dict[str, dict[str, bytes]] = {}
        for one in doomed:
            tokens.setdefault(one.place, {})[one.field] = one.token
        for record, meant in tokens.items():
            there = store.load(record)
            left = any(row.item and meant.get(row.field) != row.token for row in there)
            go = {row.field: row.token for row in there if meant.get(row.field) == row.token or not (row.item or left)}
            if go:  # with their tokens, so that the store leaves alone what is replaced just now
                struck += store.strike(record, go)
        return f"{struck} fields struck"


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
        open_after: bool | Callable[[Sequence[Step]], bool],
        due: dt.datetime | None = None,
        once: Sequence[str] = (),
    ) -> None:
        """Add a step to a case, unless it is the same as the last of its name, or like any in the facts `once`.

        Where `open_after` is asked, it sees all steps with this one, and no other process adds one meanwhile. A step
        that changes whether the case is open is added again.
        """
        core, now = self.core, self.core.clock.now()

        def make(entries: Sequence[CaseEntry]) -> tuple[str, bool, dt.datetime | None] | None:
            text, taken = spelled(name, facts), steps(entries)
            before = [step for step in taken if step.name == name]
            same = bool(before) and spelled(name, before[-1].facts) == text
            like = bool(once) and any(all(step.facts.get(fact) == facts.get(fact) for fact in once) for step in before)
            if isinstance(open_after, bool):
                return None if same or like else (text, open_after, due)
            row, still = core.store.case(case.name), open_after((*taken, Step(name, now, facts)))
            return None if same and row is not None and row.open is still else (text, still, due)

        core.store.enter(case.name, case.kind, case.subject, make, now)


class Holders:
    """The vault and the registered holders.

    Raises:
        ArgumentInvalid: one is no holder, or two have the same name.
    """

    def __init__(self, core: Core, registered: Iterable[Holder]) -> None:
        self._vault = _Vault(core)
        self._registered: dict[str, Holder] = {}
        for holder in all_of("holders", registered, Holder):
            name = said("holder", holder.name)
            if name in self.names:
                raise ArgumentInvalid(
                    argument="holders", problem="each has a name of its own, and none is called vault"
                )
            self._registered[name] = holder

    @property
    def names(self) -> tuple[str, ...]:
        """Who is asked."""
        return VAULT, *self._registered

    def found(self, subject: Pseudonym) -> list[Found]:
        """Give every sealed value of a subject, wherever it is.

        Raises:
            HolderFailed: a holder does not answer.
        """
        return [one for name in self.names for one in self.found_at(name, subject)]

    def found_at(self, name: str, subject: Pseudonym) -> list[Found]:
        """Give every sealed value of a subject that one holder has.

        Raises:
            HolderFailed: it does not answer.
        """
        if name == VAULT:
            return [Found(VAULT, one) for one in self._vault.holdings(subject)]
        return self._asked(name, lambda holder: [Found(name, one) for one in holder.holdings(subject)])

    def erase(
        self, name: str, subject: Pseudonym, places: Sequence[tuple[str, str]], found: Iterable[Found] = ()
    ) -> str:
        """Let a holder delete values; of the vault only those that were found there go.

        Raises:
            HolderFailed: it does not, or is not registered any more.
        """
        if name == VAULT:
            return self._vault.strike(one.holding for one in found if one.holder == VAULT and one.spot[1:] in places)
        return self._asked(name, lambda holder: holder.erase(subject, places))

    def isolate(self, name: str, subject: Pseudonym, places: Sequence[tuple[str, str]]) -> str:
        """Let a holder keep values apart; every decision about what is in the vault looks at restrictions.

        Raises:
            HolderFailed: it does not, or is not registered any more.
        """
        if name == VAULT:
            return f"{len(places)} fields restricted"
        return self._asked(name, lambda holder: holder.isolate(subject, places))

    def _asked(self, name: str, ask: Callable[[Holder], T]) -> T:
        try:
            return ask(self._registered[name])
        except Exception as error:  # noqa: BLE001  what the application's own code says may quote a value
            raised = type(error).__name__
        raise HolderFailed(holder=name, raised=raised)
