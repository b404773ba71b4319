"""Masks: what may be shown of a value when somebody asks for a masked rendering, on purpose and for a purpose.

A mask is a callable of one value that gives text. Every mask here gives text for every value of its type; its stars
never tell how long the hidden part is. A value with too little to hide gives only stars; that it is so short is all
that they tell. A mask is for eyes: what it shows can be enough for those who know the person, so it is still personal
data, and it is never a value to store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from obq_privacy.errors import ItemInvalid
from obq_privacy.vocab.validators import MobileNumber

if TYPE_CHECKING:
    from collections.abc import Callable

    from obq_privacy.vocab._place import Place

__all__ = ["email", "first_and_last", "hidden", "last", "name", "phone", "place"]

STARS = "****"

# Family names of two characters; any other name in Chinese characters begins with a family name of one.
_DOUBLE_FAMILY_NAMES = frozenset(
    # As one text, because the formatter gives each literal of a list a line of its own.
    "欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 夏侯 东方 東方 皇甫 尉迟 尉遲 公孙 公孫 "  # noqa: SIM905
    "令狐 慕容 司徒 司空 长孙 長孫 宇文 端木 独孤 獨孤 南宫 南宮 申屠 轩辕 軒轅".split()
)


def hidden(value: object, /) -> str:
    """Show nothing, not even whether there is something.

    >>> hidden("6222021234567890128")
    '****'
    """
    del value
    return STARS


def last(characters: int = 4, *, groups: int = 4) -> Callable[[str], str]:
    """Make a mask that shows the last few characters of a text of at least twice as many.

    Args:
        characters: how many are shown, at least 1.
        groups: how many groups there are, counting the shown one, at least 2.

    Raises:
        ItemInvalid: there is no such mask.

    >>> last(4)("6222021234567890128")
    '**** **** **** 0128'
    >>> last(4)("0128")
    '**** **** **** ****'
    """
    _at_least("last", characters=(characters, 1), groups=(groups, 2))
    before = " ".join([STARS] * (groups - 1))

    def mask(value: str, /) -> str:
        shown = value[-characters:] if len(value) >= 2 * characters else STARS
        return f"{before} {shown}"

    return mask


def first_and_last(first: int = 4, last: int = 4, *, groups: int = 4) -> Callable[[str], str]:
    """Make a mask that shows both ends of a text of at least twice as many characters.

    Args:
        first: how many characters are shown of the beginning, at least 1.
        last: how many characters are shown of the end, at least 1.
        groups: how many groups there are, counting the two shown ones, at least 3.

    Raises:
        ItemInvalid: there is no such mask.

    >>> first_and_last(4, 4)("6222021234567890128")
    '6222 **** **** 0128'
    >>> first_and_last(1, 1, groups=3)("E12345678")
    'E **** 8'
    >>> first_and_last(4, 4)("378282246310005")
    '**** **** **** ****'
    """
    _at_least("first_and_last", first=(first, 1), last=(last, 1), groups=(groups, 3))
    between = " ".join([STARS] * (groups - 2))

    def mask(value: str, /) -> str:
        if len(value) < 2 * (first + last):
            return f"{STARS} {between} {STARS}"
        return f"{value[:first]} {between} {value[-last:]}"

    return mask


def name(value: str, /) -> str:
    """Show a family name in Chinese characters, or the first letter of a name in another script.

    Only in the first case is it known which part is the family name. One star stands for all the rest.

    >>> name("李雷"), name("欧阳小雨"), name("Ágnes Szabó"), name("'t Hooft"), name("李")
    ('李*', '欧阳*', 'Á*', 't*', '*')
    """
    letters = [character for character in value if character.isalpha()]
    if len(letters) < 2:
        return "*"
    double = "".join(letters[:2])
    return f"{double if len(letters) > 2 and double in _DOUBLE_FAMILY_NAMES else letters[0]}*"


def phone(value: str, /) -> str:
    """Show a mobile number as is usual in China: the first three digits and the last four of eleven.

    Of other countries' numbers only the last four digits are shown, because country codes differ in length.

    >>> phone("13812345678"), phone("+8613812345678"), phone("+447700900123"), phone("12345")
    ('138****5678', '+86 138****5678', '+****0123', '****')
    """
    if _CHINESE(value) is None:
        country = "+86 " if value.startswith("+") else ""
        number = value.removeprefix("+86")
        return f"{country}{number[:3]}{STARS}{number[-4:]}"
    return f"+{STARS}{value[-4:]}" if _ANY(value) is None else STARS


def email(value: str, /) -> str:
    """Show the first character and the domain of an e-mail address.

    Use `hidden` where the domain itself tells who it is.

    >>> email("li.lei@example.com"), email("l@example.com"), email("li.lei")
    ('l****@example.com', '****@example.com', '****')
    """
    mailbox, at, domain = value.rpartition("@")
    if not (mailbox and at and domain):
        return STARS
    return f"{mailbox[0] if len(mailbox) > 1 else ''}{STARS}@{domain}"


def place(*, decimals: int = 1) -> Callable[[Place], str]:
    """Make a mask that shows a place in rounded degrees, latitude first, without its accuracy.

    Args:
        decimals: 0 (a grid of about 111 km from south to north), 1 (11 km) or 2 (1.1 km).

    Raises:
        ItemInvalid: it is another number; three decimals tell a street.

    >>> from obq_privacy.vocab._place import Place
    >>> place()(Place(latitude=39.9087, longitude=116.3975, accuracy=12))
    '39.9, 116.4'
    """
    if decimals not in {0, 1, 2}:
        raise ItemInvalid(declaration="place", problem="decimals is not 0, 1 or 2")

    def rounded(degrees: float) -> str:
        return f"{round(degrees, decimals) + 0.0:.{decimals}f}"  # adding 0.0 turns -0.0 into 0.0

    def mask(value: Place, /) -> str:
        return f"{rounded(value.latitude)}, {rounded(value.longitude)}"

    return mask


_CHINESE, _ANY = MobileNumber(chinese=True), MobileNumber()


def _at_least(declaration: str, **bounds: tuple[int, int]) -> None:
    for setting, (value, least) in bounds.items():
        if value < least:
            raise ItemInvalid(declaration=declaration, problem=f"{setting} is less than {least}")
