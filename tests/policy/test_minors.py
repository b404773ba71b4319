"""Ages: the instants at which somebody stops being a child or a minor, against counting days one by one."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from obq_privacy.policy import Minors

DAY = dt.timedelta(days=1)
SECOND = dt.timedelta(seconds=1)
OFFSETS = ("+08:00", "+00:00", "-11:30", "+13:45")
NAMED = (
    *("Asia/Shanghai", "America/New_York", "Europe/London", "Australia/Lord_Howe"),
    *("America/Sao_Paulo", "Asia/Beirut"),  # clocks change at midnight, so a day may begin at one o'clock
    "Pacific/Apia",  # 30 December 2011 does not exist there
)


def available(name: str) -> bool:
    try:
        ZoneInfo(name)
    except ZoneInfoNotFoundError:
        return False
    return True


ZONES = [*OFFSETS, *(name for name in NAMED if available(name))]

settings = st.builds(
    Minors,
    sensitive_age=st.integers(0, 16),
    sensitive_inclusive=st.booleans(),
    guardian_age=st.integers(0, 16),
    guardian_inclusive=st.booleans(),
    majority=st.integers(17, 21),
    counted_from=st.sampled_from(["birthday", "day-after"]),
    leap_day=st.sampled_from(["28-feb", "1-mar"]),
    zone=st.sampled_from(ZONES),
)
births = st.one_of(
    st.dates(dt.date(1970, 1, 1), dt.date(2015, 12, 31)),
    st.integers(1972 // 4, 2012 // 4).map(lambda fourth: dt.date(fourth * 4, 2, 29)),
    st.sampled_from([dt.date(1996, 12, 30), dt.date(1998, 3, 1), dt.date(2000, 2, 28), dt.date(2004, 12, 31)]),
)


# ── The model: nothing but a calendar and a finger ────────────────────────────────────────────────────────


def is_birthday(born: dt.date, day: dt.date, leap_day: str) -> bool:
    if (born.month, born.day) != (2, 29):
        return (day.month, day.day) == (born.month, born.day)
    if (day + DAY).day == 29 or day.day == 29:  # 28 or 29 February of a leap year
        return (day.month, day.day) == (2, 29)
    return (day.month, day.day) == ((2, 28) if leap_day == "28-feb" else (3, 1)) and not leap_year(day.year)


def leap_year(year: int) -> bool:
    return (dt.date(year, 3, 1) - DAY).day == 29


def ages(born: dt.date, minors: Minors, last: int) -> dict[int, dt.date]:
    """Give the first day of each age, by walking through every day of a life."""
    found = {0: born if minors.counted_from == "birthday" else born + DAY}
    day, age = born, 0
    while age < last:
        day += DAY
        if is_birthday(born, day, minors.leap_day):
            age += 1
            found[age] = day if minors.counted_from == "birthday" else day + DAY
    return found


def zone(name: str) -> dt.tzinfo:
    if name[0] in "+-":
        minutes = int(name[1:3]) * 60 + int(name[4:6])
        return dt.timezone(dt.timedelta(minutes=minutes if name[0] == "+" else -minutes))
    return ZoneInfo(name)


def begins(day: dt.date, where: dt.tzinfo) -> dt.datetime:
    """Give the first second at which a calendar on the wall shows `day` or a later one."""
    low = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC) - 2 * DAY
    high = low + 4 * DAY
    while high - low > SECOND:
        middle = low + dt.timedelta(seconds=(high - low) // SECOND // 2)
        if middle.astimezone(where).date() >= day:
            high = middle
        else:
            low = middle
    return high


# ── Laws ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("DEF-3", "MINOR-1")
@given(settings, births)
def test_every_threshold_is_reached_on_the_counted_day(minors: Minors, born: dt.date) -> None:
    """The three instants are those at which, day by day, the age is no longer one that counts."""
    days = ages(born, minors, 22)
    where = zone(minors.zone)
    sensitive = minors.sensitive_age + 1 if minors.sensitive_inclusive else minors.sensitive_age
    guardian = minors.guardian_age + 1 if minors.guardian_inclusive else minors.guardian_age
    assert minors.sensitive_until(born) == begins(days[sensitive], where)
    assert minors.guardian_until(born) == begins(days[guardian], where)
    assert minors.minor_until(born) == begins(days[minors.majority], where)


@pytest.mark.clause("DEF-3")
@given(settings, births, st.integers(-3, 3), st.integers(0, 86_399))
def test_around_the_threshold_the_wall_calendar_decides(minors: Minors, born: dt.date, days: int, seconds: int) -> None:
    """At any instant near it, somebody is a child exactly if the day on the wall is one of a child."""
    years = minors.sensitive_age + minors.sensitive_inclusive
    grown = ages(born, minors, 18)[years]
    at = dt.datetime(grown.year, grown.month, grown.day, tzinfo=dt.UTC) + days * DAY + seconds * SECOND
    assert (at < minors.sensitive_until(born)) == (at.astimezone(zone(minors.zone)).date() < grown)
    assert minors.today(at) == at.astimezone(zone(minors.zone)).date()


@given(settings, births)
def test_instants_are_in_utc_and_in_order(minors: Minors, born: dt.date) -> None:
    """Whole seconds of UTC; a guardian is never needed by somebody who is of age."""
    found = [minors.guardian_until(born), minors.minor_until(born), minors.sensitive_until(born)]
    assert all(at.tzinfo is dt.UTC and at.microsecond == 0 for at in found)
    assert found[0] <= found[1]


@given(births, births, settings)
def test_who_is_born_later_grows_up_later(one: dt.date, other: dt.date, minors: Minors) -> None:
    """Nobody overtakes an older person."""
    assume(one <= other)
    assert minors.sensitive_until(one) <= minors.sensitive_until(other)


# ── The boundaries that law and policy name ───────────────────────────────────────────────────────────────

CHINA = dt.timezone(dt.timedelta(hours=8))


def midnight(year: int, month: int, day: int) -> dt.datetime:
    return dt.datetime(year, month, day, tzinfo=CHINA)


@pytest.mark.clause("DEF-3")
def test_fourteen_is_included_by_default() -> None:
    """Values of a child are sensitive up to the last second before the fifteenth birthday, in China."""
    minors, born = Minors(), dt.date(2010, 6, 15)
    assert minors.sensitive_until(born) == midnight(2025, 6, 15)
    assert minors.guardian_until(born) == midnight(2025, 6, 15)
    assert minors.sensitive_until(born) - SECOND == dt.datetime(2025, 6, 14, 23, 59, 59, tzinfo=CHINA)


@pytest.mark.clause("MINOR-1")
def test_a_law_that_says_below_fourteen_is_a_setting() -> None:
    """Then the fourteenth birthday is the day from which somebody consents alone, and values stay sensitive."""
    minors, born = Minors(guardian_inclusive=False), dt.date(2010, 6, 15)
    assert minors.guardian_until(born) == midnight(2024, 6, 15)
    assert minors.sensitive_until(born) == midnight(2025, 6, 15)


@pytest.mark.clause("MINOR-1")
def test_majority_begins_on_the_eighteenth_birthday_or_the_day_after() -> None:
    """Chinese criminal law counts from the day after the birthday; which one holds is stated."""
    born = dt.date(2010, 6, 15)
    assert Minors().minor_until(born) == midnight(2028, 6, 15)
    assert Minors(counted_from="day-after").minor_until(born) == midnight(2028, 6, 16)


@pytest.mark.clause("DEF-3")
@pytest.mark.parametrize(
    ("leap_day", "counted_from", "fifteen", "sixteen"),
    [
        ("1-mar", "birthday", (2023, 3, 1), (2024, 2, 29)),
        ("28-feb", "birthday", (2023, 2, 28), (2024, 2, 29)),
        ("1-mar", "day-after", (2023, 3, 2), (2024, 3, 1)),
        ("28-feb", "day-after", (2023, 3, 1), (2024, 3, 1)),
    ],
)
def test_people_born_on_the_leap_day(
    leap_day: Literal["28-feb", "1-mar"],
    counted_from: Literal["birthday", "day-after"],
    fifteen: tuple[int, int, int],
    sixteen: tuple[int, int, int],
) -> None:
    """In common years the setting says which day counts; in leap years the birthday itself does."""
    minors, born = Minors(leap_day=leap_day, counted_from=counted_from), dt.date(2008, 2, 29)
    assert minors.reaches(born, 15) == midnight(*fifteen)
    assert minors.reaches(born, 16) == midnight(*sixteen)


@pytest.mark.skipif(not available("Pacific/Apia"), reason="no zones on this machine")
def test_a_birthday_that_the_calendar_skips_begins_with_the_next_day() -> None:
    """30 December 2011 does not exist in Samoa, so the day after it is the first to count."""
    minors = Minors(zone="Pacific/Apia")
    assert minors.sensitive_until(dt.date(1996, 12, 30)) == dt.datetime(2011, 12, 30, 10, tzinfo=dt.UTC)
    assert minors.today(minors.sensitive_until(dt.date(1996, 12, 30))) == dt.date(2011, 12, 31)


# ── Settings ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ({"sensitive_age": -1}, "sensitive_age"),
        ({"guardian_age": 121}, "guardian_age"),
        ({"majority": 18.0}, "majority"),
        ({"majority": True}, "majority"),
        ({"guardian_age": 18}, "below majority"),
        ({"guardian_age": 17, "majority": 17, "guardian_inclusive": True}, "below majority"),
        ({"sensitive_inclusive": "yes"}, "sensitive_inclusive"),
        ({"guardian_inclusive": 1}, "guardian_inclusive"),
        ({"counted_from": "midnight"}, "counted_from"),
        ({"leap_day": "29-feb"}, "leap_day"),
        ({"unknown": "maybe"}, "unknown"),
        *(
            ({"zone": zone}, "zone")
            for zone in (
                "",
                "Nowhere/Land",
                "+25:00",
                "+8",
                "America",
                "../etc/passwd",
                "\0",
                "\ud800",
                "x" * 999,
                8,
                None,
            )
        ),
    ],
    ids=repr,
)
def test_settings_that_cannot_hold_are_told(setting: dict[str, Any], says: str) -> None:
    """Each is named, and nothing else is blamed."""
    problems = Minors(**setting).problems()
    assert len(problems) == 1
    assert says in problems[0]


def test_a_single_key_is_not_taken_for_a_set_of_letters() -> None:
    """A text is a collection of texts too, which would guard nothing."""
    assert Minors(guardian_until_majority="membership").guardian_until_majority == {"membership"}
    assert Minors(guardian_until_majority=["a", "b", "a"]).guardian_until_majority == {"a", "b"}


def test_the_defaults_have_no_problem() -> None:
    """They are those of the policy."""
    assert Minors().problems() == []
