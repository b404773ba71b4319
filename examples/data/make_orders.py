"""Write `orders.jsonl`: 200 synthetic orders of 60 invented shoppers, the same bytes each time.

Run it as `python examples/data/make_orders.py`; with `--check` it writes nothing and fails if the file differs.
Nobody's data is in it: see README.md for the ranges that the numbers are from, and for the rows that are malformed.
"""

from __future__ import annotations

import json
import random
import sys
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
Row = dict[str, object]

HERE: Final = Path(__file__).parent
ORDERS: Final = 200
EMPTY_AFTER: Final = 97  # an empty line follows this order


class Shopper(NamedTuple):
    """One invented person."""

    number: int
    name: str
    born: date
    guardian: str | None
    address: str
    phone: str
    id_number: str | None
    card: str
    consents: list[str]


# Name and kind of identity number: 18 digits, 15 digits, a residence permit (hk, mo, tw), a foreigner's card, none.
PEOPLE: Final = (
    ("Li Lei", "18"),
    ("韩梅梅", "18"),
    ("王秀英", "18"),
    ("Nguyễn Thị Ánh Tuyết", ""),
    ("John Carter", ""),
    ("María José Núñez Peña", ""),
    ("张伟", "15"),
    ("عبد الرحمن بن خالد العتيبي", ""),
    ("Siobhán O'Brien", ""),
    ("Szűcs Győző", ""),
    ("ภัทรวดี วงศ์สุวรรณรัตนกุลชัย", ""),
    ("Emily Sanders", ""),
    ("陈国强", "15"),
    ("刘洋", "18"),
    ("O Se-young", ""),
    ("𠮷田花子", ""),
    ("王小雨", "18"),
    ("赵晓敏", "18"),
    ("Trần Đức Anh", ""),
    ("黄家豪", "hk"),
    ("Ágnes Szabó-Tóth", ""),
    ("林志远", "tw"),
    ("周建国", "15"),
    ("فاطمة الزهراء بنت يوسف", ""),
    ("吴静", "18"),
    ("Þórdís Björk Einarsdóttir", ""),
    ("ณัฐพงศ์ ศรีสุวรรณภูมิพัฒนากุล", ""),
    ("欧阳明远", "18"),
    ("陈子涵", "18"),
    ("何美琪", "hk"),
    ("孙丽", "18"),
    ("蔡淑芬", "tw"),
    ("Iñaki Etxeberria Goñi", ""),
    ("李㛃", "18"),
    ("Marco D'Angelo", ""),
    ("马建军", "15"),
    ("司马晓光", "18"),
    ("高翔", "18"),
    ("Phạm Ngọc Thảo-Vy", ""),
    ("古丽娜尔·吐尔逊", "18"),
    ("Zoë van 't Hoff", ""),
    ("胡志刚", "15"),
    ("Łukasz Wiśniewski", ""),
    ("朱琳", "18"),
    ("Olivia Müller-Groß", "foreign"),
    ("郭芳", "18"),
    ("王𬎆", "18"),
    ("Chukwuemeka Okonkwo", "foreign"),
    ("罗大海", "15"),
    ("Анастасия Смирнова", ""),
    ("梁国栋", "mo"),
    ("宋佳宁", "18"),
    ("Hồ Quỳnh Như", ""),
    ("김민서", ""),
    ("郑文博", "18"),
    ("Nur Aisyah binti Abdullah", ""),
    ("谢雨桐", "18"),
    ("Erzsébet Nagyné Kiss", ""),
    ("唐永福", "15"),
    ("冯雪", "18"),
)
GUARDIAN, CHILD, ADOLESCENT = 3, 17, 29
BIRTHS: Final = {GUARDIAN: date(1986, 2, 3), CHILD: date(2017, 4, 12), ADOLESCENT: date(2010, 6, 30)}
ONLY_DELIVERY: Final = frozenset({14, 38})
WELL_KNOWN_CARDS: Final = {5: "4111111111111111", 9: "5555555555554444", 12: "378282246310005"}
NATIONALITIES: Final = {45: "276", 48: "566"}
PERMITS: Final = {"hk": "810000", "mo": "820000", "tw": "830000"}

# First four digits of the division, city in English, city in Chinese.
CITIES: Final = (
    ("1101", "Beijing", "北京市"),
    ("3101", "Shanghai", "上海市"),
    ("4401", "Guangzhou, Guangdong", "广东省广州市"),
    ("5101", "Chengdu, Sichuan", "四川省成都市"),
    ("6101", "Xi'an, Shaanxi", "陕西省西安市"),
    ("3301", "Hangzhou, Zhejiang", "浙江省杭州市"),
    ("4201", "Wuhan, Hubei", "湖北省武汉市"),
    ("6501", "Urumqi, Xinjiang", "新疆乌鲁木齐市"),
)
STREETS: Final = (
    ("Qingshan Lane", "青杉巷"),
    ("Old Ferry Road", "古渡路"),
    ("Second Willow Street", "柳荫二街"),
    ("Moon Bridge Road", "月桥路"),
    ("Kiln Hill Lane", "窑坡胡同"),
)
GOODS: Final = (
    ("desk lamp", 19900),
    ("notebook A5", 1250),
    ("rice cooker", 45900),
    ("children's raincoat", 8900),
    ("wireless mouse", 12900),
    ("green tea 250 g", 6800),
    ("running shoes", 69900),
    ("phone case", 3990),
    ("blood pressure monitor", 25900),
    ("dictionary", 11800),
)


def pick(draw: random.Random, options: Sequence[T]) -> T:
    """Draw one of the options by `random()` alone, the only method whose sequence Python promises to keep."""
    return options[int(draw.random() * len(options))]


def digits(draw: random.Random, count: int) -> str:
    """Draw so many digits."""
    return "".join(pick(draw, "0123456789") for _ in range(count))


def with_luhn(body: str) -> str:
    """Append the check digit of a card."""
    total = sum(
        int(digit) if place % 2 else sum(divmod(2 * int(digit), 10)) for place, digit in enumerate(reversed(body))
    )
    return body + str(-total % 10)


def with_check(body: str) -> str:
    """Append the check character of an identity number."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(weight * int(digit) for weight, digit in zip(weights, body, strict=True))
    return body + "10X98765432"[total % 11]


def identity(number: int, kind: str, city: str, born: date) -> str | None:
    """Make an identity number that nobody has: no county is numbered 99, and no order is 000."""
    if kind == "15":
        return f"{city}99{born:%y%m%d}{number:03d}"
    if kind == "18":
        return with_check(f"{city}99{born:%Y%m%d}{number:03d}")
    if kind == "foreign":
        return with_check(f"9{city[:2]}{NATIONALITIES[number]}{born:%Y%m%d}000")
    return with_check(f"{PERMITS[kind]}{born:%Y%m%d}000") if kind else None


def shopper(draw: random.Random, number: int) -> Shopper:
    """Make one shopper."""
    name, kind = PEOPLE[number - 1]
    first, last = (date(1948, 1, 1), date(1979, 12, 31)) if kind == "15" else (date(1955, 1, 1), date(2006, 12, 31))
    drawn = first + timedelta(days=int(draw.random() * (last - first).days))
    born = BIRTHS.get(number, drawn)
    city, english, chinese = pick(draw, CITIES)
    street, street_in_chinese = pick(draw, STREETS)
    house, room = 1 + int(draw.random() * 180), 101 + int(draw.random() * 1500)
    in_chinese = kind in {"15", "18"} and number != 1
    card = with_luhn(f"9999{number:02d}" + digits(draw, (12, 9, 9, 9, 6)[number % 5]))
    consents = ["delivery"] if number in ONLY_DELIVERY else ["delivery", "payment"]
    phone = f"+86154000{number:02d}{digits(draw, 3)}"
    if number % 10 == 5:
        phone = f"+4477009{number:05d}"
    elif number % 10 == 6:
        phone = f"+120255501{number:02d}"
    return Shopper(
        number=number,
        name=name,
        born=born,
        guardian=f"shopper-{GUARDIAN}" if number == CHILD else None,
        address=f"{chinese}{street_in_chinese}{house}号{room}室"
        if in_chinese
        else f"Room {room}, No. {house}, {street}, {english}",
        phone=phone,
        id_number=identity(number, kind, city, born),
        card=WELL_KNOWN_CARDS.get(number, card),
        consents=[*consents, "marketing"] if number % 4 == 0 else consents,
    )


def order(draw: random.Random, number: int, placed: datetime, who: Shopper) -> Row:
    """Make one valid order."""
    goods = [pick(draw, GOODS) for _ in range(1 + int(draw.random() * 3))]
    cents = sum(price for _, price in goods)
    return {
        "order": f"O-{number:04d}",
        "placed": placed.isoformat(),
        "shopper": f"shopper-{who.number}",
        "born": who.born.isoformat(),
        "guardian": who.guardian,
        "consignee": who.name,
        "address": who.address,
        "phone": who.phone,
        "id_number": who.id_number,
        "card": who.card,
        "amount": f"{cents // 100}.{cents % 100:02d}",
        "goods": [title for title, _ in goods],
        "consents": who.consents,
    }


# ── What is wrong with the malformed rows ─────────────────────────────────────────────────────────────────


def text(row: Row) -> str:
    """Spell a row as one line."""
    return json.dumps(row, ensure_ascii=False)


def other_digit(number: object, at: int) -> str:
    """Change one digit of a number, which every check digit tells."""
    found = str(number)
    changed = "1" if found[at] == "0" else str(int(found[at]) - 1)
    return found[:at] + changed + found[at + 1 :]


def arabic(number: object) -> str:
    """Write the digits of a number with those of Arabic."""
    return str(number).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))


Spoil = tuple[str, "Callable[[Row], str]"]
MALFORMED: Final[dict[int, Spoil]] = {
    12: ("broken JSON", lambda row: text(row)[:-60]),
    31: ("missing field: card", lambda row: text({key: row[key] for key in row if key != "card"})),
    47: ("wrong type: address is a number", lambda row: text({**row, "address": 1208})),
    64: ("card fails Luhn", lambda row: text({**row, "card": other_digit(row["card"], 9)})),
    81: ("wrong check digit: id_number", lambda row: text({**row, "id_number": other_digit(row["id_number"], 15)})),
    104: ("birth in the future", lambda row: text({**row, "born": "2031-05-01"})),
    119: ("unknown consent", lambda row: text({**row, "consents": ["delivery", "payment", "profiling"]})),
    133: ("amount is not a number", lambda row: text({**row, "amount": "12,9O"})),
    146: ("phone with digits other than ASCII", lambda row: text({**row, "phone": arabic(row["phone"])})),
    158: ("not an object", lambda row: text(row).replace("{", "[").replace("}", "]").replace('": ', '", ')),
    171: ("birth that does not exist", lambda row: text({**row, "born": "1990-02-30"})),
    186: (
        "two fields: card fails Luhn, phone too short",
        lambda row: text({**row, "card": other_digit(row["card"], 4), "phone": "+8615400"}),
    ),
}
# Whose orders some of these must be: one with an identity number, one without.
FORCED: Final = {81: 2, 104: 43, 171: 6}


def malformed() -> list[tuple[int, str]]:
    """Give line number and kind of every malformed line, the empty one included."""
    lines = [(number + (number > EMPTY_AFTER), kind) for number, (kind, _) in MALFORMED.items()]
    return sorted([*lines, (EMPTY_AFTER + 1, "empty line")])


def content() -> str:
    """Give the whole file."""
    draw = random.Random(20261101)  # noqa: S311  invented data, not secrets
    shoppers = [shopper(draw, number) for number in range(1, len(PEOPLE) + 1)]
    parent = shoppers[GUARDIAN - 1]  # the child lives there and uses that card
    shoppers[CHILD - 1] = shoppers[CHILD - 1]._replace(address=parent.address, card=parent.card)
    placed = datetime(2026, 11, 1, 9, 30, tzinfo=timezone(timedelta(hours=8)))
    lines: list[str] = []
    for number in range(1, ORDERS + 1):
        drawn = pick(draw, shoppers)
        # Everybody orders once before anybody orders again, so a guardian is known before the child.
        who = shoppers[FORCED.get(number, number if number <= len(shoppers) else drawn.number) - 1]
        row = order(draw, number, placed, who)
        lines.append(MALFORMED[number][1](row) if number in MALFORMED else text(row))
        if number == EMPTY_AFTER:
            lines.append("")
        placed += timedelta(minutes=40 + int(draw.random() * 160))
    return "".join(f"{line}\n" for line in lines)


def main(arguments: Sequence[str]) -> int:
    """Write the file, or compare it."""
    path = HERE / "orders.jsonl"
    made = content().encode("utf-8")
    if "--check" in arguments:
        same = path.read_bytes() == made
        print("the same" if same else "different")
        return 0 if same else 1
    path.write_bytes(made)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
