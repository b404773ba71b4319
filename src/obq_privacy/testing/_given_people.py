"""People of every age, as a test registers them."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Final, final

import attrs
from hypothesis import strategies as st

from obq_privacy.testing._fakes import NOON
from obq_privacy.vocab import Pseudonym
from obq_privacy.vocab._noun import Noun

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from obq_privacy.guard import Guard, Subject
    from obq_privacy.policy import Minors

START: Final = NOON
"""The present of everything that strategies make unless `around` says otherwise; a `FrozenClock` begins there, too."""

ADULT: Final = dt.date(1990, 5, 1)
NAMES: Final = ("anna", "bert", "chen", "dina", "emil", "fang")
_DAY = dt.timedelta(days=1)


@final
@attrs.frozen(eq=False, repr=False)
class Person(Noun):
    """Somebody whom a test registers. Errors of this kit name people by `name`, so it is a label and no real name.

    Attributes:
        name: the application's id of the person.
        born: the birth date, or None where it is not known.
        guardian: who consents for the person, or None.
    """

    __module__ = "obq_privacy.testing"

    name: str
    born: dt.date | None = ADULT
    guardian: Person | None = None

    @property
    def pseudonym(self) -> Pseudonym:
        """Stands for the person where no guard has drawn one: in histories, standings and labels."""
        return Pseudonym(hashlib.sha256(f"person {self.name}".encode()).hexdigest()[:32])

    def register(self, guard: Guard) -> Subject:
        """Give the subject of a guard, registering the person and the guardian on first use."""
        guardians = [] if self.guardian is None else [self.guardian.register(guard)]
        return guard.subject(self.name, born=self.born, guardians=guardians)


def thresholds(minors: Minors) -> dict[str, int]:
    """Give the ages, in completed years, at which a policy's rules on age change, by name."""
    return {
        "guardian": minors.guardian_age + minors.guardian_inclusive,
        "majority": minors.majority,
        "sensitive": minors.sensitive_age + minors.sensitive_inclusive,
    }


def birth_dates(minors: Minors, around: dt.datetime) -> tuple[dt.date | None, ...]:
    """Give the birth dates worth trying, first the plain ones.

    For each age that matters: born so that the birthday is today, yesterday or tomorrow, and on the 29 February that
    comes next to it on either side; besides an adult, an unknown one, a newborn, a child of eight and a centenarian.
    """
    today = minors.today(around)
    ages = sorted({*thresholds(minors).values(), minors.guardian_age, minors.sensitive_age})
    found: list[dt.date | None] = [ADULT, None, _years_before(today, 8), today, dt.date(1920, 2, 29)]
    for years in ages:
        birthday = _years_before(today, years)
        found += [birthday, birthday - _DAY, birthday + _DAY]
        found += [_leap_day(birthday, step=-1), _leap_day(birthday, step=1)]
    return tuple(dict.fromkeys(born for born in found if born is None or born <= today))


def _years_before(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February in a common year
        return dt.date(day.year - years, 3, 1)


def _leap_day(near: dt.date, *, step: int) -> dt.date:
    """Give the last 29 February up to a day, or the first from it on."""
    year = near.year
    while True:
        try:
            day = dt.date(year, 2, 29)
        except ValueError:
            day = None
        if day is not None and (day - near).days * step >= 0:
            return day
        year += step


def people_of(births: tuple[dt.date | None, ...], minors: Minors, around: dt.datetime) -> SearchStrategy[Person]:
    """Give people born on these dates; who may need a guardian has one most of the time."""
    today = minors.today(around)

    def make(name: str, born: dt.date | None, guarded: int) -> Person:
        young = born is None or (today - born).days < 366 * (minors.majority + 1)
        parent = Person(f"parent-of-{name}") if guarded < (3 if young else 1) else None
        return Person(name, born, parent)

    born = st.one_of(st.just(births[0]), st.sampled_from(births))
    return st.builds(make, st.sampled_from(NAMES), born, st.sampled_from((3, 0, 1, 2)))
