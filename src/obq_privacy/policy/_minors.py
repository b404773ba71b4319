"""Who counts as a child or a minor, and when that ends."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, final

import attrs

from obq_privacy.vocab import Operation
from obq_privacy.vocab._noun import Noun

if TYPE_CHECKING:
    from collections.abc import Iterable

Unknown = Literal["child", "adult"]


def _keys(keys: Iterable[str]) -> frozenset[str]:
    return frozenset({keys}) if isinstance(keys, str) else frozenset(keys)  # a single key is not a set of letters


@final
@attrs.frozen(kw_only=True, eq=False, repr=False)
class Minors(Noun):
    """The rules on age: three predicates, each judged on the calendar day of `zone`.

    - *sensitive*: every value of the subject is sensitive while the age is at most 14 (DEF-3);
    - *guardian*: only a guardian can consent while the age is at most 14 (MINOR-1; a law that says "below 14" is
      `guardian_inclusive=False`);
    - *minor*: below 18, a guardian's consent still counts, and purposes in `guardian_until_majority` need it.

    Attributes:
        sensitive_age: whole years.
        sensitive_inclusive: whether the age itself counts as well.
        guardian_age: whole years.
        guardian_inclusive: whether the age itself counts as well.
        majority: whole years; a minor is below it.
        guardian_until_majority: keys of purposes that a minor cannot consent to alone (MINOR-1: membership).
        guardian_operations: values of operations on a minor's data that need a guardian's express consent, whatever the
            minor consented to alone (MINOR-2); none by default.
        approval: whether using a minor's data needs an approval that is recorded (PROT-1).
        counted_from: whether a year of age is complete from the start of the birthday or of the day after it.
        leap_day: the birthday, in common years, of people born on 29 February.
        zone: where days begin and end: an offset such as "+08:00" or an IANA name.
        unknown: what a subject without a known birth date counts as. The default is the closed one.
    """

    sensitive_age: int = 14
    sensitive_inclusive: bool = True
    guardian_age: int = 14
    guardian_inclusive: bool = True
    majority: int = 18
    guardian_until_majority: frozenset[str] = attrs.field(default=frozenset(), converter=_keys)
    guardian_operations: frozenset[str] = attrs.field(default=frozenset(), converter=_keys)
    approval: bool = False
    counted_from: Literal["birthday", "day-after"] = "birthday"
    leap_day: Literal["28-feb", "1-mar"] = "1-mar"
    zone: str = "+08:00"
    unknown: Unknown = "child"

    def problems(self) -> list[str]:
        """Tell what is wrong with the settings."""
        found: list[str] = []
        for name in ("sensitive_age", "guardian_age", "majority"):
            years = getattr(self, name)
            if type(years) is not int or not 0 <= years <= 120:
                found.append(f"{name} is a number of whole years from 0 to 120")
        flags = ("sensitive_inclusive", "guardian_inclusive", "approval")
        found.extend(f"{name} is True or False" for name in flags if type(getattr(self, name)) is not bool)
        if not found and self.guardian_age + self.guardian_inclusive > self.majority:
            found.append("guardian_age is below majority")
        if not self.guardian_operations <= {operation.value for operation in Operation}:
            found.append("guardian_operations are values of Operation")
        if self.counted_from not in {"birthday", "day-after"}:
            found.append('counted_from is "birthday" or "day-after"')
        if self.leap_day not in {"28-feb", "1-mar"}:
            found.append('leap_day is "28-feb" or "1-mar"')
        if self.unknown not in {"child", "adult"}:
            found.append('unknown is "child" or "adult"')
        try:
            zone_of(self.zone)
        except (ValueError, LookupError, OSError, TypeError):
            found.append('zone is an offset such as "+08:00" or a known IANA name')
        return found

    def sensitive_until(self, born: dt.date) -> dt.datetime:
        """Give the instant at which values of this person stop being sensitive for their age."""
        return self.reaches(born, self.sensitive_age + self.sensitive_inclusive)

    def guardian_until(self, born: dt.date) -> dt.datetime:
        """Give the instant from which this person can consent alone."""
        return self.reaches(born, self.guardian_age + self.guardian_inclusive)

    def minor_until(self, born: dt.date) -> dt.datetime:
        """Give the instant at which this person comes of age."""
        return self.reaches(born, self.majority)

    def reaches(self, born: dt.date, years: int) -> dt.datetime:
        """Give the instant (UTC) at which a person born on `born` has completed `years` years."""
        try:
            day = born.replace(year=born.year + years)
        except ValueError:  # 29 February in a common year
            day = dt.date(born.year + years, 3, 1) if self.leap_day == "1-mar" else dt.date(born.year + years, 2, 28)
        if self.counted_from == "day-after":
            day += dt.timedelta(days=1)
        return self.midnight(day)

    def midnight(self, day: dt.date) -> dt.datetime:
        """Give the instant (UTC) at which a calendar day begins."""
        return _midnight(self.zone, day)

    def term(self, since: dt.date, until: dt.date) -> tuple[dt.datetime, dt.datetime]:
        """Give the instants (UTC) at which the first of some days begins and the last of them ends.

        The first and the last day of the calendar stand for no bound.
        """
        return _term(self.zone, since, until)

    def today(self, at: dt.datetime) -> dt.date:
        """Give the calendar day at an instant."""
        return at.astimezone(zone_of(self.zone)).date()


@lru_cache(maxsize=1024)  # every decision on sharing asks for that of an agreement
def _term(zone: str, since: dt.date, until: dt.date) -> tuple[dt.datetime, dt.datetime]:
    begins, ends = dt.datetime.min.replace(tzinfo=dt.UTC), dt.datetime.max.replace(tzinfo=dt.UTC)
    if since > dt.date.min:
        begins = _midnight(zone, since)
    if until < dt.date.max:
        ends = _midnight(zone, until + dt.timedelta(days=1))
    return begins, ends


def _midnight(zone: str, day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zone_of(zone)).astimezone(dt.UTC)


@lru_cache(maxsize=64)  # a decision on a child asks for it, and parsing takes longer than deciding
def zone_of(name: str) -> dt.tzinfo:
    """Read "+08:00" or an IANA name.

    Raises:
        ValueError: it has the form of neither.
        LookupError: no such zone is known on this machine.
        OSError: the name is that of a folder of zones.
    """
    if name[:1] in {"+", "-"}:
        return dt.timezone(dt.datetime.strptime(name, "%z").utcoffset() or dt.timedelta())
    from zoneinfo import ZoneInfo  # noqa: PLC0415  most policies name an offset and never need it

    return ZoneInfo(name)
