"""Identity numbers: every real one passes, every near miss is refused, and no text tells anything of the number."""

from __future__ import annotations

import traceback
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from obq_privacy.errors import ValueInvalid
from obq_privacy.vocab import _identity
from obq_privacy.vocab.validators import IdentityNumber, identity_birth

if TYPE_CHECKING:
    from collections.abc import Callable

TODAY = date(2026, 11, 22)
CHECK = IdentityNumber(today=lambda: TODAY)
PROBLEMS = {
    _identity.WRONG_FORM,
    _identity.WRONG_DIVISION,
    _identity.WRONG_DATE,
    _identity.TOO_EARLY,
    _identity.WRONG_CHECK,
    _identity.IN_FUTURE,
}
# Written out here once more, so that a code lost from the module's table is missed.
PROVINCES = [*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71]


def weighed(body: str) -> str:
    """Append the check character by the weights that the standard prints, not by the module's recursion."""
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    total = sum(weight * int(digit) for weight, digit in zip(weights, body, strict=True))
    return body + "10X98765432"[total % 11]


def number(code: str, born: str, order: str = "123") -> str:
    return weighed(code + born + order)


counties = st.builds(
    "{}{:02d}{:02d}".format,
    st.sampled_from(PROVINCES),
    st.one_of(st.integers(1, 70), st.just(90)),
    st.integers(0, 99),
)
foreigners = st.builds("9{}{:03d}".format, st.sampled_from(PROVINCES), st.integers(1, 999))
codes = st.one_of(counties, st.sampled_from(["810000", "820000", "830000"]), foreigners)
births = st.dates(date(1900, 1, 1), TODAY)
orders = st.builds("{:03d}".format, st.integers(0, 999))
old_births = st.dates(date(1900, 1, 1), date(1999, 12, 31))


def new_form(code: str, born: date, order: str) -> str:
    return number(code, f"{born:%Y%m%d}", order)


def old_form(code: str, born: date, order: int) -> str:
    return f"{code}{born:%y%m%d}{order:03d}"


new_numbers = st.builds(new_form, codes, births, orders)
old_numbers = st.builds(old_form, counties, old_births, st.integers(0, 995))


@given(st.one_of(new_numbers, old_numbers))
def test_every_number_by_construction_is_accepted(value: str) -> None:
    """Citizens, residence permits, foreigners' cards and the old form pass."""
    assert CHECK(value) is None


@given(codes, births, orders)
def test_birth_is_read_from_a_new_number(code: str, born: date, order: str) -> None:
    """The helper gives the date that the number was made of."""
    assert identity_birth(number(code, f"{born:%Y%m%d}", order)) == born


@given(counties, old_births)
def test_birth_is_read_from_an_old_number(code: str, born: date) -> None:
    """Two digits of the year are of the twentieth century."""
    assert identity_birth(f"{code}{born:%y%m%d}001") == born


@pytest.mark.parametrize("value", ["11010519491231002X", "11010519491231002x", "810000199408230021"])
def test_published_examples_are_accepted(value: str) -> None:
    """The example that the standard prints, with either X, and a published residence permit."""
    assert CHECK(value) is None


@pytest.mark.parametrize("province", range(100))
def test_only_real_provinces_are_accepted(province: int) -> None:
    """Any two digits other than a province's are refused, in both forms.

    The code goes on with 90, because no province ends in 9: read as a foreigner's, it has no province either.
    """
    known = province in PROVINCES
    assert (CHECK(number(f"{province:02d}9001", "19900101")) is None) == known
    assert (CHECK(f"{province:02d}9001900101123") is None) == known


@pytest.mark.parametrize(
    "code", ["810001", "820100", "830010", "110000", "117101", "118901", "119101", "910100", "916156", "900276"]
)
def test_codes_that_nobody_issues_are_refused(code: str) -> None:
    """A permit's code has no subdivision, a province alone is no division, a foreigner has a country."""
    assert CHECK(number(code, "19900101")) == _identity.WRONG_DIVISION


@pytest.mark.parametrize("code", ["810000", "820000", "830000", "944276"])
def test_old_form_is_older_than_permits(code: str) -> None:
    """Residence permits and foreigners' cards never had fifteen digits."""
    assert CHECK(f"{code}900101123") == _identity.WRONG_DIVISION


def test_codes_of_dissolved_divisions_are_accepted() -> None:
    """Counties of Hainan had codes of prefecture 00 until 2002, and their people keep them."""
    assert CHECK(number("460021", "19890704")) is None


@given(new_numbers, st.integers(0, 17), st.integers(1, 9))
def test_every_single_digit_error_is_detected(value: str, at: int, shift: int) -> None:
    """No digit of eighteen can change alone."""
    assume(value[at] != "X")
    wrong = value[:at] + str((int(value[at]) + shift) % 10) + value[at + 1 :]
    assert CHECK(wrong) in PROBLEMS


@given(new_numbers, st.integers(0, 16))
def test_every_adjacent_transposition_is_detected(value: str, at: int) -> None:
    """No two neighbours of eighteen can change places."""
    assume(value[at] != value[at + 1])
    wrong = value[:at] + value[at + 1] + value[at] + value[at + 2 :]
    assert CHECK(wrong) in PROBLEMS


@given(new_numbers)
def test_only_one_check_character_fits(value: str) -> None:
    """Of eleven characters ten are refused, and the case of X does not matter."""
    fitting = [last for last in "0123456789X" if CHECK(value[:17] + last) is None]
    assert fitting == [value[17]]
    assert CHECK(value.lower()) is None


@pytest.mark.parametrize(
    ("born", "problem"),
    [
        (f"{TODAY:%Y%m%d}", None),
        (f"{TODAY + timedelta(days=1):%Y%m%d}", _identity.IN_FUTURE),
        ("20990101", _identity.IN_FUTURE),
        ("19000101", None),
        ("18991231", _identity.TOO_EARLY),
        ("18500101", _identity.TOO_EARLY),
        ("19000229", _identity.WRONG_DATE),
        ("20000229", None),
        ("20240229", None),
        ("20230229", _identity.WRONG_DATE),
        ("19900431", _identity.WRONG_DATE),
        ("19901301", _identity.WRONG_DATE),
        ("19900001", _identity.WRONG_DATE),
        ("19900100", _identity.WRONG_DATE),
        ("00000101", _identity.WRONG_DATE),
    ],
)
def test_births_at_the_edges(born: str, problem: str | None) -> None:
    """A birth is a real date, not before 1900, and not after today."""
    assert CHECK(number("110105", born)) == problem


@pytest.mark.parametrize(
    ("born", "order", "problem"),
    [
        ("000101", "001", None),
        ("991231", "995", None),
        ("960229", "001", None),
        ("000229", "001", _identity.WRONG_DATE),
        ("950505", "996", _identity.TOO_EARLY),
        ("950505", "999", _identity.TOO_EARLY),
    ],
)
def test_old_births_at_the_edges(born: str, order: str, problem: str | None) -> None:
    """1900 had no leap day, and the orders of people over a hundred mean births before 1900."""
    assert CHECK("110105" + born + order) == problem


SPOILT: list[Callable[[str], str]] = [
    lambda value: value + "\n",
    lambda value: " " + value,
    lambda value: value[:6] + " " + value[6:],
    lambda value: value[:6] + "-" + value[6:],
    lambda value: value[:-1],
    lambda value: value + "0",
    lambda value: value[:14],
    lambda value: value[:-1] + "\u2169",
    lambda value: value[:-1] + "Y",
    lambda value: "\u00b2" + value[1:],
    lambda value: "\uff11" + value[1:],
    lambda value: value.translate({ord("1"): "\u0661"}),
    lambda value: "X" + value[1:],
    lambda value: "+" + value[1:],
    lambda value: value[:10] + "_1" + value[12:],
    lambda _: "",
]


@pytest.mark.parametrize("spoil", SPOILT)
@pytest.mark.parametrize("value", ["11010519491231002X", "110105491231002"])
def test_other_forms_are_refused(spoil: Callable[[str], str], value: str) -> None:
    """Nothing is trimmed, and digits of other scripts are none."""
    assert CHECK(spoil(value)) == _identity.WRONG_FORM


@given(st.one_of(st.text(), st.text("0123456789Xx", min_size=14, max_size=19)))
def test_texts_are_constants_without_digits(value: str) -> None:
    """Whatever comes in, the answer is one of six texts, and none of these has a digit that a number could share."""
    assert CHECK(value) in {None, *PROBLEMS}
    assert not any(character.isdigit() for text in PROBLEMS for character in text)


def test_today_is_asked_each_time() -> None:
    """A validator that lives past midnight takes the new day."""
    days = iter([date(2026, 11, 21), date(2026, 11, 22)])
    check = IdentityNumber(today=lambda: next(days))
    value = number("110105", "20261122")
    assert check(value) == _identity.IN_FUTURE
    assert check(value) is None


def test_default_day_is_that_of_china() -> None:
    """Whoever is born today in China has a valid number, whoever will be in three days has not."""
    check = IdentityNumber()
    today = _identity.today_in_china()
    assert check(number("110105", f"{today:%Y%m%d}")) is None
    assert check(number("110105", f"{today + timedelta(days=3):%Y%m%d}")) == _identity.IN_FUTURE


@pytest.mark.parametrize("value", ["110105194912310021", "990105194912310021", "1101054912310", "110105991332001"])
def test_error_of_the_helper_holds_no_number(value: str) -> None:
    """Neither the text, nor the facts, nor the locals of the library's frames hold any of it."""
    with pytest.raises(ValueInvalid) as caught:
        identity_birth(value)
    error = caught.value
    frames = traceback.walk_tb(error.__traceback__)
    library = [frame.f_locals for frame, _ in frames if "obq_privacy" in frame.f_code.co_filename]
    assert library
    assert value not in f"{error} {error!r} {error.args} {library}"
    assert error.__cause__ is None


@given(
    st.sampled_from(["110101", "110105", "310101", "330106", "440305", "510104", "650102"]),
    st.dates(date(1995, 1, 1), TODAY),
    orders,
)
def test_stdnum_agrees_where_its_rules_are_ours(code: str, born: date, order: str) -> None:
    """On districts that python-stdnum knows, both accept the number and refuse all others of its body.

    Known differences: python-stdnum accepts births in the future and before 1900 and strips separators; it refuses
    fifteen digits, 810000 to 830000 for want of a county, foreigners' cards, and counties missing from its list.
    """
    ric = pytest.importorskip("stdnum.cn.ric")
    body = f"{code}{born:%Y%m%d}{order}"
    for last in "0123456789X":
        assert ric.is_valid(body + last) == (CHECK(body + last) is None)


def test_stdnum_is_weaker_where_the_docstring_says() -> None:
    """The differences named above are real ones; when python-stdnum changes, this says so."""
    ric = pytest.importorskip("stdnum.cn.ric")
    for accepted in (number("110101", "20990101"), number("110101", "18500101")):
        assert ric.is_valid(accepted)
        assert CHECK(accepted) in PROBLEMS
    for refused in ("110105491231002", number("830000", "19900101"), number("944276", "19900101")):
        assert not ric.is_valid(refused)
        assert CHECK(refused) is None
