"""Strategies for a policy: everything that a test of an application under it needs, and nothing that it cannot meet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, final, overload

from hypothesis import strategies as st

from obq_privacy.policy import Policy, former_of
from obq_privacy.testing._given_history import histories_of
from obq_privacy.testing._given_ledger import standing_after
from obq_privacy.testing._given_people import ADULT, NAMES, START, Person, birth_dates, people_of
from obq_privacy.testing._given_requests import labels_of, purposes_in, requests_of
from obq_privacy.testing._given_times import Boundary, around, boundaries
from obq_privacy.testing._given_values import values_of
from obq_privacy.testing._given_versions import variants_of
from obq_privacy.testing._given_wrappers import collected
from obq_privacy.testing._invalid import InvalidPolicy, invalid_of
from obq_privacy.vocab import Purpose

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from hypothesis.strategies import SearchStrategy

    from obq_privacy.consent import ConsentEvent, Standing
    from obq_privacy.guard import Guard
    from obq_privacy.policy import PurposeRule
    from obq_privacy.values import Label, NonPersonal, Personal, Sensitive
    from obq_privacy.vocab import AnyItem, AnyRecipient, Item, NonPersonalItem, PersonalItem, Request, SensitiveItem

T = TypeVar("T")
P = TypeVar("P", bound=Purpose)

_ANNA = Person(NAMES[0], ADULT)


def strategies_for(
    policy: Policy,
    *,
    values: Mapping[Any, SearchStrategy[Any]] | None = None,
    older: Sequence[Policy] = (),
    around: dt.datetime = START,
) -> PolicyStrategies:
    """Give strategies that are narrowed to a policy.

    Args:
        policy: the policy in force.
        values: strategies for what this kit cannot know: by item, by validator, or by the type of the values. They go
            before what it knows.
        older: earlier versions, oldest first: histories begin under them, and values were collected under them.
        around: the present (aware): ages, consents and collections are laid around it.
    """
    return PolicyStrategies(policy, values or {}, tuple(older), around)


@final
class PolicyStrategies:
    """Strategies that are narrowed to a policy; made by `strategies_for`.

    Attributes:
        policy: the policy, knowing the older versions.
        around: the present of everything that is made.
    """

    __module__ = "obq_privacy.testing"
    __slots__ = ("_births", "_known", "_versions", "around", "policy")

    def __init__(
        self,
        policy: Policy,
        values: Mapping[Any, SearchStrategy[Any]],
        older: tuple[Policy, ...],
        present: dt.datetime,
    ) -> None:
        self.policy = policy.with_archive({one.version: former_of(one.dumps()) for one in older}) if older else policy
        self.around = present
        self._known = dict(values)
        self._versions = (*older, self.policy)
        self._births = birth_dates(policy.minors, present)

    def __repr__(self) -> str:
        return f"strategies_for({self.policy!r})"

    # ── The policy ────────────────────────────────────────────────────────────────────────────────────────

    def policies(self) -> SearchStrategy[Policy]:
        """Give versions of the policy as it might read next: valid, under another name, and narrower here and there."""
        return variants_of(self.policy)

    def invalid_policies(self, flaw: str | None = None) -> SearchStrategy[InvalidPolicy]:
        """Give the policy with one thing wrong; `InvalidPolicy.flaws()` are the names.

        Args:
            flaw: the name of what is wrong; any by default.
        """
        return invalid_of(st.just(self.policy), flaw)

    def purposes(self, item: AnyItem | None = None) -> SearchStrategy[type[Purpose]]:
        """Give the declared purposes; with `item`, those that list it and that it allows."""
        rules: Iterable[PurposeRule] = self.policy.purposes
        if item is not None:
            rules = [rule for rule in rules if item in rule.items and item.purposes.allows(rule.purpose)]
        return st.sampled_from([rule.purpose for rule in rules])

    def other_purposes(self, item: AnyItem) -> SearchStrategy[type[Purpose]]:
        """Give the purposes of the policy for which an item may not be used."""
        return st.sampled_from([one for one in purposes_in(self.policy) if not item.purposes.allows(one)])

    def items(self, purpose: type[Purpose] | None = None) -> SearchStrategy[AnyItem]:
        """Give the declared items; with `purpose`, those that it lists."""
        rule = None if purpose is None else self.policy.rule(purpose)
        listed = rule.items if rule is not None else () if purpose is not None else self.policy.items
        return st.sampled_from(listed)

    def recipients(self, purpose: type[Purpose] | None = None) -> SearchStrategy[AnyRecipient]:
        """Give the declared recipients; with `purpose`, those who are for it."""
        declared = self.policy.recipients
        return st.sampled_from([one for one in declared if purpose is None or one.purposes.allows(purpose)])

    # ── Values ────────────────────────────────────────────────────────────────────────────────────────────

    def values(self, item: Item[T, Any]) -> SearchStrategy[T]:
        """Give plain values that an item accepts.

        Raises:
            ArgumentInvalid: nothing is known of its validator, codec or type, and `values` of `strategies_for` says
                nothing; the error names the item.
        """
        return values_of(item, self._known)

    def filled(self) -> SearchStrategy[tuple[AnyItem, Any]]:
        """Give items, each with a plain value that it accepts."""
        pairs = {item: self.values(item) for item in self.policy.items}
        return self.items().flatmap(lambda item: st.tuples(st.just(item), pairs[item]))

    @overload
    def wrappers(
        self, guard: Guard, item: SensitiveItem[T, P], *purposes: type[Purpose], person: Person | None = ...
    ) -> SearchStrategy[Sensitive[T, P]]: ...
    @overload
    def wrappers(
        self, guard: Guard, item: PersonalItem[T, P], *purposes: type[Purpose], person: Person | None = ...
    ) -> SearchStrategy[Personal[T, P]]: ...
    @overload
    def wrappers(
        self, guard: Guard, item: NonPersonalItem[T, P], *purposes: type[Purpose], person: Person | None = ...
    ) -> SearchStrategy[NonPersonal[T, P]]: ...
    def wrappers(
        self, guard: Guard, item: AnyItem, *purposes: type[Purpose], person: Person | None = None
    ) -> SearchStrategy[Any]:
        """Give values of an item that a guard has collected. Drawing one acts on the guard.

        It registers the person, records the consents, and collects the value.

        Args:
            guard: a guard of the policy.
            item: the item.
            purposes: what the person has consented to; the first that the item can be collected for, by default.
            person: whom they are about; an adult by default.
        """
        whom = person or _ANNA
        return self.values(item).map(lambda value: collected(guard, whom, item, value, *purposes))

    # ── People and what they said ─────────────────────────────────────────────────────────────────────────

    def births(self) -> SearchStrategy[dt.date | None]:
        """Give birth dates of every age: around each birthday that the policy knows, 29 February, and unknown."""
        return st.sampled_from(self._births)

    def people(self) -> SearchStrategy[Person]:
        """Give people of every age; most who may need a guardian have one."""
        return people_of(self._births, self.policy.minors, self.around)

    def histories(self, person: Person = _ANNA, *, least: int = 0) -> SearchStrategy[list[ConsentEvent]]:
        """Give histories of a person until now: events that a ledger would have taken, oldest first.

        Args:
            person: whose; an adult by default.
            least: how many things are tried at least.
        """
        return histories_of(self._versions, person, before=self.around, least=least)

    def standings(self, person: Person | None = None) -> SearchStrategy[Standing]:
        """Give what histories come to; of anybody by default, and now and then of somebody who was erased."""
        erased = st.sampled_from((*(False,) * 19, True))

        def of(whom: Person) -> SearchStrategy[Standing]:
            def fold(events: list[ConsentEvent], gone: bool) -> Standing:  # noqa: FBT001  drawn, not called
                return standing_after(whom, events, erased=gone)

            return st.builds(fold, self.histories(whom), erased)

        return self.people().flatmap(of) if person is None else of(person)

    # ── What is asked, and when ───────────────────────────────────────────────────────────────────────────

    def requests(self) -> SearchStrategy[Request]:
        """Give requests of every operation: about what the policy speaks of and, now and then, what it does not."""
        return requests_of(self.policy)

    def labels(self, *items: AnyItem, person: Person = _ANNA) -> SearchStrategy[Label]:
        """Give labels of values as a guard makes them: of one item, or of several combined.

        Args:
            items: the items that they may be of; all of the policy by default.
            person: whom they are about; an adult by default.
        """
        return labels_of(self._versions, items or self.policy.items, person, before=self.around)

    def boundaries(
        self,
        person: Person | None = None,
        *,
        events: Sequence[ConsentEvent] = (),
        collected: Iterable[dt.datetime] | None = None,
    ) -> tuple[Boundary, ...]:
        """Give every instant at which time alone changes what is allowed, in order, each with what it is.

        Args:
            person: whose birthdays matter; those of everybody in `births` by default.
            events: the person's history, whose consents end.
            collected: when values were collected; now by default.
        """
        return boundaries(
            self.policy,
            collected=(self.around,) if collected is None else collected,
            born=self._births if person is None else (person.born,),
            events=events,
        )

    def times(
        self,
        person: Person | None = None,
        *,
        events: Sequence[ConsentEvent] = (),
        collected: Iterable[dt.datetime] | None = None,
    ) -> SearchStrategy[dt.datetime]:
        """Give the present and every boundary: a microsecond before, at, and after it.

        Arguments as for `boundaries`.
        """
        return around(self.boundaries(person, events=events, collected=collected), present=self.around)
