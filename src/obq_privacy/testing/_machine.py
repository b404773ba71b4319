"""A state machine around an application: people come, consent, change their minds and go, and it must keep up."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections import Counter
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar, cast

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from obq_privacy.errors import Denied, GrantInvalid, KeyErased, PrivacyError, RecordUnknown
from obq_privacy.guard import Guard
from obq_privacy.policy import Kind, Policy
from obq_privacy.testing._fakes import FrozenClock, UnsafeTestKeys
from obq_privacy.testing._given_people import ADULT, NAMES, START, Person, birth_dates
from obq_privacy.testing._leaks_canary import canary_of
from obq_privacy.testing._machine_model import Life, Slip
from obq_privacy.testing._machine_watch import Watch, Window
from obq_privacy.vocab import Item, Level, Purpose

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hypothesis.strategies import SearchStrategy

    from obq_privacy.guard import Subject

T = TypeVar("T")

_STEPS: Final = tuple(dt.timedelta(days=n) for n in (1, 31, 366))
_HOUR: Final = dt.timedelta(hours=1)
_LASTS = st.sampled_from((None, None, dt.timedelta(hours=12), dt.timedelta(days=60)))


def _declared(machine: PrivacyMachine) -> SearchStrategy[type[Purpose]]:
    rules = machine.guard.policy.purposes
    return st.sampled_from([rule.purpose for rule in rules if rule.kind is not Kind.STATUTORY])


def _crowd(machine: PrivacyMachine) -> SearchStrategy[Person]:
    """Give the people who are there twice as often as those who have gone."""
    lives = machine._watch.lives.values()
    here = [life.person for life in lives if not (life.erased or life.closed)]
    return st.sampled_from([*here, *here, *(life.person for life in lives if life.erased or life.closed)])


def _ages(machine: PrivacyMachine) -> SearchStrategy[dt.date | None]:
    births = birth_dates(machine.policy.minors, START)
    return st.one_of(st.just(births[0]), st.sampled_from(births))


def _steps(machine: PrivacyMachine) -> SearchStrategy[dt.timedelta]:
    kept = {entry.keep for entry in machine.guard.policy.retention if entry.keep < 10 * _STEPS[-1]}
    return st.sampled_from(sorted({_HOUR, *_STEPS, *kept}))


_MACHINE: SearchStrategy[PrivacyMachine] = cast("Any", st.runner())
_PURPOSES, _BIRTHS, _PASSING = _MACHINE.flatmap(_declared), _MACHINE.flatmap(_ages), _MACHINE.flatmap(_steps)
_PEOPLE = _MACHINE.flatmap(_crowd)


def operation(
    *purposes: type[Purpose], **arguments: SearchStrategy[Any]
) -> Callable[[Callable[..., object]], Callable[..., None]]:
    """Make a method of a `PrivacyMachine` a rule: one thing that the application does, and what it is for.

    What the method returns, what it raises, and what is handed to `seen` meanwhile, counts as having left the
    application. A refusal (`PrivacyMachine.refusals`) is how an application should end that may not go on.

    Args:
        purposes: what it is for: it may use data for these and for narrower ones. Without any it may use none.
        arguments: strategies for the arguments of the method, as for `hypothesis.stateful.rule`.
    """

    def make(function: Callable[..., object]) -> Callable[..., None]:
        @wraps(function)
        def run(self: PrivacyMachine, **drawn: Any) -> None:
            self._run(Window(function.__name__, purposes, {}), lambda: function(self, **drawn))

        declare: Callable[..., Any] = rule
        return cast("Callable[..., None]", declare(**arguments)(run))

    return make


class PrivacyMachine(RuleBasedStateMachine):
    """Run an application among people who consent, withdraw, age, and are erased; fail when it misuses their data.

    Subclass it, say which policy, build the application in `start`, and write its operations down:

    ```python
    class ShopMachine(PrivacyMachine):
        policy = POLICY

        def start(self, guard: Guard) -> None:
            self.shop = Shop(guard, mailer=self.seen)

        @operation(Payment, person=PrivacyMachine.people)
        def checkout(self, person: Person) -> str:
            return self.shop.checkout(self.subject(person), card=self.plant(person, CARD))

    TestShop = ShopMachine.TestCase
    ```

    After every rule it looks at what left the application and at what was recorded, and fails with `MisuseFound` for

    - a planted value that came out without a record in the same rule: from a cache, a copy or a back door, and so
      also after a withdrawal, an erasure, or the end of its period;
    - a use that is on record, and that the person's own account of their consents does not allow;
    - a use, also a refused one, for a purpose that is not one of the operation's;
    - asking for what no consent could allow: another purpose than the item's, or one without need of it;
    - a consent on record that the person never gave.

    It judges by a model of its own, which may allow what the guard refuses: it knows nothing of the strength of a
    consent, of limits to items and recipients, and of what a version of the policy said before. It does not notice
    values that were not planted or are too short to be told from chance; values that stay inside, or come out changed
    (hashed, cut, masked), and what was done because of one; a copy that comes out in a rule that reveals the same
    value of the same person lawfully; and what happens in other processes.

    Attributes:
        policy: the policy in force at first.
        later: versions that come into force one after the other; the store is then on disk, and the guard is opened
            anew. `[renamed(POLICY)]` is the same text under another version.
        refusals: what an operation may end with.
        people: the people who are there, for the arguments of operations.
        tally: over all runs, how often each operation was done or refused: an operation that is always refused
            proves nothing.
        guard: the guard in force.
        clock: its clock, which stands until `time_passes`.
    """

    __module__ = "obq_privacy.testing"

    policy: ClassVar[Policy]
    later: ClassVar[Sequence[Policy]] = ()
    refusals: ClassVar[tuple[type[PrivacyError], ...]] = (Denied, KeyErased, RecordUnknown, GrantInvalid)
    tally: ClassVar[Counter[tuple[str, str]]] = Counter()
    people: ClassVar[SearchStrategy[Person]] = _PEOPLE

    guard: Guard
    clock: FrozenClock

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.tally = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.clock = FrozenClock(START)
        self._watch = Watch()
        self._window = Window("a rule", None, {})
        self._versions = list(self.later)
        self._checked = False
        self._keys = UnsafeTestKeys()
        self._folder = Path(tempfile.mkdtemp()) if self.later else None

    # ── What a subclass does ──────────────────────────────────────────────────────────────────────────────

    def start(self, guard: Guard) -> None:
        """Build the application on a guard; override it. It happens again when another version comes into force."""

    def subject(self, person: Person) -> Subject:
        """Give the subject of a person."""
        return self.guard.subject(person.name)

    def plant(self, person: Person, item: Item[T, Any], value: T | None = None) -> T:
        """Give a value of an item that stands nowhere else, for the application to collect from a person now.

        Args:
            person: whose value it is.
            item: the item.
            value: a value to watch instead of one that is made; one that could turn up by chance is not noticed.

        Raises:
            WeakCanary: no value that can be told from chance comes to mind; give one.
        """
        planted = canary_of(item) if value is None else value
        self._watch.plant(person, item, planted, self.clock.now())
        return planted

    def seen(self, thing: object, /) -> None:
        """Look at something that left the application; hand it in as the application's mailer, log or printer."""
        self._watch.see(thing)

    def agrees(self, person: Person, *purposes: type[Purpose]) -> None:
        """Say that the person consents to purposes within this operation, so that the application may record it."""
        self._window.consents.setdefault(person.name, set()).update(purpose.key for purpose in purposes)

    # ── What happens ──────────────────────────────────────────────────────────────────────────────────────

    @initialize()
    def begin(self) -> None:
        """Open the guard, start the application, and let an adult register who consents to everything."""
        self._open(self.policy)
        self.person_registers(ADULT, guarded=False, willing=True)

    @rule(born=_BIRTHS, guarded=st.booleans(), willing=st.booleans())
    def person_registers(self, born: dt.date | None, *, guarded: bool, willing: bool) -> None:
        """Somebody comes along, of any age, with or without a guardian, who may consent to everything at once."""
        count = len(self._watch.lives)
        name = NAMES[count % len(NAMES)] + str(count // len(NAMES) or "")
        person = Person(name, born, Person(f"parent-of-{name}") if guarded else None)
        self._watch.know(person, person.register(self.guard).pseudonym)
        if willing:
            self.person_consents(person, None, None)

    @rule(person=people, purpose=st.one_of(_PURPOSES, st.none()), lasts=_LASTS)
    def person_consents(self, person: Person, purpose: type[Purpose] | None, lasts: dt.timedelta | None) -> None:
        """They consent to a purpose, or to all, and to what it builds on; the guardian does where one has to."""
        policy = self.guard.policy
        declared = [one.purpose for one in policy.purposes if one.kind is not Kind.STATUTORY]
        for named in declared if purpose is None else (purpose,):
            for one in (*reversed(policy.required(named)), named):
                self._consents(person, one, lasts)

    @rule(person=people, purpose=st.one_of(_PURPOSES, st.none()), refusing=st.booleans())
    def person_takes_back(self, person: Person, purpose: type[Purpose] | None, *, refusing: bool) -> None:
        """They withdraw or refuse a purpose, or withdraw every consent."""
        life, subject = self._life(person), self.subject(person)
        if life.erased:
            return
        if purpose is None:
            subject.withdraw()
            life.strike()
            return
        (subject.refuse if refusing else subject.withdraw)(purpose)
        life.strike(purpose.key)
        if refusing:
            life.refused.add(purpose.key)

    @rule(person=people, erased=st.booleans())
    def person_leaves(self, person: Person, *, erased: bool) -> None:
        """They are erased, or cancel their account."""
        life, subject = self._life(person), self.subject(person)
        if erased:
            subject.erase()
            life.erased = True
        elif not life.erased:
            subject.close()
            life.strike()
            life.closed = True

    @rule(by=_PASSING)
    def time_passes(self, by: dt.timedelta) -> None:
        """Time passes: consents and periods end, and people grow up."""
        self.clock.advance(by)

    @precondition(lambda self: bool(self._versions))
    @rule()
    def version_changes(self) -> None:
        """The next version of the policy comes into force."""
        self.guard.close()
        self._open(self._versions.pop(0))

    @invariant()
    def nothing_was_misused(self) -> None:
        """What left the application since the last rule, and what was recorded, was allowed."""
        if self._checked:  # an operation checks itself, by its name
            self._checked = False
        elif hasattr(self, "guard"):
            self._watch.check(self.guard, self._window, self.clock.now())
        if hasattr(self, "guard") and all(life.erased or life.closed for life in self._watch.lives.values()):
            self.person_registers(ADULT, guarded=False, willing=True)  # or nothing would happen any more

    def teardown(self) -> None:
        """Close the guard."""
        if hasattr(self, "guard"):
            self.guard.close()
        if self._folder is not None:
            shutil.rmtree(self._folder)

    # ── Within ────────────────────────────────────────────────────────────────────────────────────────────

    def _open(self, policy: Policy) -> None:
        if self._folder is None:
            self.guard = Guard.in_memory(policy=policy, keys=self._keys, clock=self.clock)
        else:
            self.guard = Guard.open(self._folder / "store.db", policy=policy, keys=self._keys, clock=self.clock)
        self.start(self.guard)

    def _life(self, person: Person) -> Life:
        return self._watch.lives[person.name]

    def _consents(self, person: Person, purpose: type[Purpose], lasts: dt.timedelta | None) -> None:
        subject = self.subject(person)
        guardian = None if person.guardian is None else self.subject(person.guardian)
        for by in (None, guardian) if guardian is not None else (None,):
            try:
                event = subject.grant(purpose, level=Level.SEPARATE, valid_for=lasts, by=by)
            except PrivacyError:
                continue
            until = None if lasts is None else self.clock.now() + lasts
            self._life(person).agree(event.id, Slip([purpose.key], until, by_guardian=by is not None))
            return

    def _run(self, window: Window, act: Callable[[], object]) -> None:
        """Run an operation and check what it did."""
        self._window, outcome = window, "done"
        try:
            shown = act()
            if shown is not None:
                self.seen(shown)
        except self.refusals as refusal:
            outcome = "refused"
            self.seen((str(refusal), refusal.args, refusal.facts))
        finally:
            window, self._window = self._window, Window("a rule", None, {})
        self._watch.check(self.guard, window, self.clock.now())
        self._checked = True
        type(self).tally[window.rule, outcome] += 1


def renamed(policy: Policy, version: str = "") -> Policy:
    """Give the same policy under another version; by default the name of the old one with "+1" behind it."""
    from obq_privacy.testing._given_versions import parts_of  # noqa: PLC0415  only machines with versions need it

    parts = parts_of(policy)
    parts["version"] = version or f"{policy.version}+1"
    return Policy(**parts)
