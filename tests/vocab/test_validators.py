"""Validators other than the identity number's: what they accept, what they refuse, and that they tell nothing."""

from __future__ import annotations

import doctest
from enum import Enum
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from obq_privacy.errors import ItemInvalid
from obq_privacy.vocab import _identity, _place, masks, validators
from obq_privacy.vocab.validators import (
    BankCard,
    Features,
    IdentityNumber,
    Imei,
    MobileNumber,
    OneOf,
    Passport,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

# Digits that are none of ASCII: fullwidth, Arabic, Devanagari, superscript, circled.
OTHER_DIGITS = "\uff11\u0661\u0967\u00b9\u2460"


def luhn(body: str) -> str:
    """Append the check digit, found by trying all ten against the rule as ISO/IEC 7812 words it."""
    for last in "0123456789":
        total = 0
        for place, digit in enumerate(reversed(body + last)):
            doubled = int(digit) * (1 + place % 2)
            total += doubled // 10 + doubled % 10
        if total % 10 == 0:
            return body + last
    raise AssertionError


def of_digits(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=least, max_size=most)


cards = of_digits(11, 18).map(luhn)
imeis = of_digits(14, 14).map(luhn)


# ── Bank cards and IMEI ───────────────────────────────────────────────────────────────────────────────────


@given(cards)
def test_every_card_by_construction_is_accepted(value: str) -> None:
    """Twelve to nineteen digits that add up pass."""
    assert BankCard()(value) is None


@given(imeis)
def test_every_imei_by_construction_is_accepted(value: str) -> None:
    """Fifteen digits that add up pass."""
    assert Imei()(value) is None


@pytest.mark.parametrize("value", ["6222021234567890128", "4111111111111111", "5555555555554444", "378282246310005"])
def test_published_cards_are_accepted(value: str) -> None:
    """Numbers that networks publish for testing pass."""
    assert BankCard()(value) is None


@pytest.mark.parametrize("rule", [BankCard(), Imei()])
@given(value=imeis, at=st.integers(0, 14), shift=st.integers(1, 9))
def test_luhn_detects_every_single_digit_error(
    rule: Callable[[str], str | None], value: str, at: int, shift: int
) -> None:
    """No digit can change alone."""
    wrong = value[:at] + str((int(value[at]) + shift) % 10) + value[at + 1 :]
    assert rule(wrong) == "the check digit does not match"


@given(cards, st.data())
def test_luhn_detects_every_transposition_but_of_nought_and_nine(value: str, data: st.DataObject) -> None:
    """Two neighbours can only change places unseen when they are 0 and 9, which is known of Luhn."""
    at = data.draw(st.integers(0, len(value) - 2))
    assume(value[at] != value[at + 1])
    swapped = value[:at] + value[at + 1] + value[at] + value[at + 2 :]
    unseen = {value[at], value[at + 1]} == {"0", "9"}
    assert (BankCard()(swapped) is None) == unseen


@pytest.mark.parametrize("length", range(25))
def test_lengths_of_cards_and_imei(length: int) -> None:
    """Only twelve to nineteen digits are a card, only fifteen an IMEI."""
    value = luhn("1" * (length - 1)) if length else ""
    assert (BankCard()(value) is None) == (12 <= length <= 19)
    assert (Imei()(value) is None) == (length == 15)


@pytest.mark.parametrize("rule", [BankCard(), Imei()])
@pytest.mark.parametrize("stray", [" ", "-", "\n", "\t", "\x00", "+", "_", ".", "e", *OTHER_DIGITS])
def test_strays_in_cards_and_imei_are_refused(rule: Callable[[str], str | None], stray: str) -> None:
    """A space, a newline at the end, or a digit of another script is no digit."""
    value = "490154203237518"
    assert rule(value) is None
    for wrong in (value + stray, stray + value, value[:4] + stray + value[4:], value[:14] + stray, stray + value[1:]):
        problem = rule(wrong)
        assert problem is not None
        assert "digits and nothing else" in problem


# ── Mobile numbers ────────────────────────────────────────────────────────────────────────────────────────


@given(st.sampled_from(["", "+86"]), st.sampled_from("3456789"), of_digits(9, 9))
def test_every_chinese_mobile_number_is_accepted(country: str, second: str, rest: str) -> None:
    """Eleven digits from 13 to 19 pass, with and without the country code."""
    for rule in (MobileNumber(), MobileNumber(chinese=True)):
        assert rule(f"{country}1{second}{rest}") is None


@given(st.sampled_from("12345679"), of_digits(7, 14))
def test_every_foreign_number_is_accepted_unless_only_chinese_ones_are(first: str, rest: str) -> None:
    """Eight to fifteen digits behind a plus sign pass."""
    assert MobileNumber()(f"+{first}{rest}") is None
    assert MobileNumber(chinese=True)(f"+{first}{rest}") is not None


@pytest.mark.parametrize(
    "value",
    [
        "",
        "+",
        "1",
        "12812345678",
        "1381234567",
        "138123456789",
        "8613812345678",
        "008613812345678",
        "+8612812345678",
        "+861381234567",
        "+86138123456789",
        "+861012345678",
        "+86+8613812345678",
        "+1234567",
        "+1234567890123456",
        "+0123456789",
        "138 1234 5678",
        "138-1234-5678",
        "13812345678\n",
        " 13812345678",
        "+44 7700 900123",
        "447700900123",
        "1381234567\u0668",
        "\uff0b8613812345678",
        "+\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669",
        "1\u00b3812345678",
    ],
)
def test_other_phone_numbers_are_refused(value: str) -> None:
    """Landlines behind +86, separators, other digits, and numbers too short or too long are refused."""
    assert MobileNumber()(value) is not None
    assert MobileNumber(chinese=True)(value) is not None


# ── Passports ─────────────────────────────────────────────────────────────────────────────────────────────


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", max_size=12))
def test_passports_are_six_to_nine_with_a_digit(value: str) -> None:
    """Length and one digit decide when every character is allowed."""
    expected = 6 <= len(value) <= 9 and any(character in "0123456789" for character in value)
    assert (Passport()(value) is None) == expected


@pytest.mark.parametrize(
    "value",
    [
        *("E12345678", "EA1234567", "G12345678", "141234567", "151234567", "D1234567", "DE1234567"),
        *("S1234567", "S12345678", "SE1234567", "P1234567", "PE1234567", "K12345678", "KJ1234567", "MA1234567"),
    ],
)
def test_chinese_passports_are_accepted(value: str) -> None:
    """Every series that is known passes both rules."""
    assert Passport()(value) is None
    assert Passport(chinese=True)(value) is None


@pytest.mark.parametrize(
    "value",
    [
        *("X1234567", "EI1234567", "EO1234567", "E123456", "EA123456", "EAB123456", "16123456", "161234567"),
        *("14123456", "14123456A", "123456789"),
    ],
)
def test_foreign_passports_are_not_chinese(value: str) -> None:
    """A number of another shape passes only where foreign passports are welcome."""
    assert Passport()(value) is None
    assert Passport(chinese=True)(value) is not None


@pytest.mark.parametrize(
    "value",
    [
        *("", "E1234", "E123456789", "e12345678", "E1234567\n", "E 1234567", "E1234567<", "P.1234567", "ABCDEFGH"),
        *("E1234567\uff18", "E1234567\u00b2", "\u04151234567", "\u01301234567"),
    ],
)
def test_other_passport_numbers_are_refused(value: str) -> None:
    """Small letters, fillers, other scripts and letters alone are refused."""
    assert Passport()(value) is not None


# ── Features, text, choices ───────────────────────────────────────────────────────────────────────────────


@given(st.integers(1, 64), st.integers(0, 64), st.binary(max_size=160))
def test_features_have_a_size(minimum: int, more: int, value: bytes) -> None:
    """The size in bytes decides, and the text says only what the rule says."""
    problem = Features(minimum, minimum + more)(value)
    assert (problem is None) == (minimum <= len(value) <= minimum + more)
    assert problem in {None, f"it must have {minimum} to {minimum + more} bytes"}


@pytest.mark.parametrize("bounds", [(0, 5), (-1, 5), (6, 5)])
def test_features_need_sizes_that_can_be(bounds: tuple[int, int]) -> None:
    """A rule that accepts an empty template, or nothing, is refused when it is declared."""
    with pytest.raises(ItemInvalid):
        Features(*bounds)


@pytest.mark.parametrize("bounds", [(-1, 5), (6, 5)])
def test_text_needs_lengths_that_can_be(bounds: tuple[int, int]) -> None:
    """A rule that accepts nothing is refused when it is declared."""
    with pytest.raises(ItemInvalid):
        Text(*bounds)


@pytest.mark.parametrize(
    "value",
    [
        "Li Lei",
        "李雷",
        "O",
        "Siobhán O'Brien",
        "Nguyễn Thị Ánh",
        "عبد الرحمن",
        "مریم\u200cبی",
        "ภัทรวดี",
        "\U00020bb7田",
        "王\U0002c386",
        "e\u0301",
        "\ue000",
        "\U0003fffd",
        "👩\u200d👧",
        "No. 1\u00a0A",
    ],
)
def test_text_in_any_script_is_accepted(value: str) -> None:
    """No script, joiner, private or unassigned character is refused."""
    assert Text(1, 60)(value) is None


@pytest.mark.parametrize(
    "stray", ["\x00", "\t", "\n", "\r", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\u202e", "\u2066", "\u2069"]
)
@pytest.mark.parametrize("where", ["{}Lei", "Li{}Lei", "Li{}"])
def test_text_with_control_characters_is_refused(stray: str, where: str) -> None:
    """What ends lines, hides or reorders text is refused anywhere, at the end above all."""
    assert Text(1, 60)(where.format(stray)) == "it must not hold control characters"
    allowed = stray == "\n"
    assert (Text(1, 60, lines=True)(where.format(stray)) is None) == allowed


@pytest.mark.parametrize("value", ["\ud800", "Li\udfff", "\udc80Lei"])
def test_text_with_halves_of_characters_is_refused(value: str) -> None:
    """What no encoding can spell cannot be kept."""
    assert Text(1, 60)(value) == "it must not hold halves of characters"


def test_blank_text_is_refused_unless_nothing_is_enough() -> None:
    """Spaces of any kind are no name, but may be an empty remark."""
    for blank in (" ", "   ", "\u3000", "\u00a0"):
        assert Text(1, 60)(blank) == "it must not be blank"
        assert Text(0, 60)(blank) is None
    assert Text(1, 60, lines=True)("\n") == "it must not be blank"
    assert Text(0, 60)("") is None


@given(st.integers(0, 8), st.integers(0, 8), st.text())
def test_texts_of_text_are_constants(minimum: int, more: int, value: str) -> None:
    """The problem is one of four, whatever the value, and length outranks the others."""
    problem = Text(minimum, minimum + more)(value)
    bounds = f"it must have {minimum} to {minimum + more} characters"
    others = {"it must not hold control characters", "it must not hold halves of characters", "it must not be blank"}
    assert problem in {None, bounds, *others}
    assert (problem == bounds) == (not minimum <= len(value) <= minimum + more)


class Size(Enum):
    SMALL = 1
    LARGE = 2


def test_one_of_accepts_its_values_of_their_types_only() -> None:
    """1, 1.0 and True are equal in Python, and three different answers."""
    assert OneOf("a", "b")("b") is None
    assert OneOf("a", "b")("c") == "it is not one of the allowed values"
    assert OneOf(Size.SMALL)(Size.SMALL) is None
    assert OneOf(Size.SMALL)(Size.LARGE) is not None
    one: OneOf[object] = OneOf(1)
    assert one(1) is None
    assert one(True) is not None
    assert one(1.0) is not None
    with pytest.raises(ItemInvalid):
        OneOf()


# ── All together ──────────────────────────────────────────────────────────────────────────────────────────

NUMBERS: list[Callable[[str], str | None]] = [
    BankCard(),
    Imei(),
    MobileNumber(),
    MobileNumber(chinese=True),
    Passport(),
    Passport(chinese=True),
    IdentityNumber(),
]


TEXTS = {
    _identity.WRONG_FORM,
    _identity.WRONG_DIVISION,
    _identity.WRONG_DATE,
    _identity.TOO_EARLY,
    _identity.WRONG_CHECK,
    _identity.IN_FUTURE,
    "it must be twelve to nineteen digits and nothing else",
    "it must be fifteen digits and nothing else",
    "it must be six to nine capital letters and digits, at least one of them a digit",
    "it is not of a form that Chinese passports have",
    "it must be eleven digits of a Chinese mobile number, or + and eight to fifteen digits",
    "it must be eleven digits of a Chinese mobile number, with or without the country code",
}


@given(st.one_of(st.text(), st.text("0123456789+X \n" + OTHER_DIGITS, max_size=22)))
def test_texts_about_numbers_are_constants_without_digits(value: str) -> None:
    """Whatever comes in, the answer is one of these, and none has a digit that a number could share."""
    assert {rule(value) for rule in NUMBERS} <= {None, *TEXTS}
    assert not any(character.isdigit() for text in TEXTS for character in text)


@pytest.mark.parametrize(
    "rule", [*NUMBERS, Features(1, 2), Text(1, 2), OneOf("a")], ids=lambda rule: type(rule).__name__
)
def test_rules_never_change(rule: object) -> None:
    """What was declared stays, so nobody loosens a rule behind the policy's back."""
    for name in ("minimum", "chinese", "today", "_allowed", "other"):
        with pytest.raises(AttributeError):
            setattr(rule, name, None)
        with pytest.raises(AttributeError):
            delattr(rule, name)


def test_reprs_are_declarations() -> None:
    """A repr shows how the rule was made."""
    assert repr(BankCard()) == "BankCard()"
    assert repr(Passport(chinese=True)) == "Passport(chinese=True)"
    assert repr(Features(1, 2)) == "Features(minimum=1, maximum=2)"
    assert repr(Text(1, 2, lines=True)) == "Text(minimum=1, maximum=2, lines=True)"
    assert repr(OneOf("a", "b")) == "OneOf('a', 'b')"


@pytest.mark.parametrize("module", [_identity, validators, _place, masks], ids=lambda module: module.__name__)
def test_examples_of_the_docstrings_hold(module: ModuleType) -> None:
    """Every example shows what happens, also of what reports another module as its own."""
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    named = (getattr(module, name) for name in vars(module) if not name.startswith("__"))
    own = [one for one in named if getattr(one, "__module__", "") in {module.__name__, "obq_privacy"}]
    finder = doctest.DocTestFinder(recurse=True)
    for one in (module, *(one for one in own if getattr(one, "__module__", "") != module.__name__)):
        for example in finder.find(one, getattr(one, "__name__", ""), module=False, globs=dict(vars(module))):
            runner.run(example)
    found = runner.summarize(verbose=False)
    assert found.attempted
    assert not found.failed
