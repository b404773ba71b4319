"""The picture of a policy as SVG: items on the left, purposes in the middle, recipients on the right, and links.

Links are drawn in the group of their purpose, and rows lead to the tables, so that it works without scripts: a style
sheet alone brings forward what belongs to the row that is pointed at or has the focus.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final, final
from unicodedata import east_asian_width

from obq_privacy.cli._page._layout import TOP, layout
from obq_privacy.cli._report import counted
from obq_privacy.cli._words import recipients_of, sensitivity_word, shared_with
from obq_privacy.policy import Kind
from obq_privacy.vocab import Sensitivity

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from obq_privacy.cli._volumes import Volumes
    from obq_privacy.policy import Policy, PurposeRule
    from obq_privacy.vocab import AnyItem, AnyRecipient

_WIDTH: Final = 1180
_ITEM: Final = 318  # the marks of items
_FROM, _TO = 470, 726  # the boxes of purposes
_RECIPIENT: Final = 880  # the marks of recipients
_ITEM_LETTERS, _PURPOSE_LETTERS, _RECIPIENT_LETTERS = 40, 31, 38
_BUSY: Final = 24
"""Items of a purpose beyond which its links are drawn faintly: they would cover those of all others."""
_LETTER: Final = 7
"""About how wide a letter is."""
_SHAPES: Final = {Sensitivity.SENSITIVE: "s", Sensitivity.PERSONAL: "p", Sensitivity.NON_PERSONAL: "n"}


def picture(policy: Policy, volumes: Volumes | None) -> str:
    """Give the SVG element."""
    return "\n".join(_Picture(policy, volumes).lines())


def picture_style(policy: Policy) -> str:
    """Give the rules that bring forward the links of the item or recipient that is pointed at."""
    names = [f"i{at}" for at in range(len(policy.items))] + [f"r{at}" for at in range(len(policy.recipients))]
    return "".join(
        f"svg:has(.{name}:is(:hover,:focus-within)) .l.{name}-l{{opacity:1;stroke-width:2.2}}" for name in names
    )


def mark(level: Sensitivity, x: float = 0, y: float = 0) -> str:
    """Give the mark of a level of sensitivity: they differ in shape, not only in colour."""
    match level:
        case Sensitivity.SENSITIVE:
            return f'<path class="m s" d="M{_n(x)} {_n(y - 5.5)}l5.5 5.5l-5.5 5.5l-5.5-5.5z"/>'
        case Sensitivity.PERSONAL:
            return f'<circle class="m p" cx="{_n(x)}" cy="{_n(y)}" r="4.5"/>'
        case _:
            return f'<circle class="m n" cx="{_n(x)}" cy="{_n(y)}" r="4"/>'


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _wide(text: str) -> int:
    """Give how wide a text is, in letters of Latin script."""
    return sum(2 if east_asian_width(letter) in {"W", "F"} else 1 for letter in text)


def _cut(text: str, letters: int) -> str:
    if _wide(text) <= letters:
        return escape(text)
    while _wide(text) >= letters:
        text = text[:-1]
    return escape(text.rstrip() + "…")


@final
class _Picture:
    """One picture in the making."""

    def __init__(self, policy: Policy, volumes: Volumes | None) -> None:
        self._policy = policy
        self._volumes = volumes
        self._layout = layout(policy)
        self._items = {item.key: f"i{at}" for at, item in enumerate(policy.items)}
        self._recipients = {one.key: f"r{at}" for at, one in enumerate(policy.recipients)}

    def lines(self) -> Iterator[str]:
        policy, height = self._policy, self._layout.height
        left, width = self._sides()
        parts = (
            counted(len(policy.items), "item"),
            counted(len(policy.purposes), "purpose"),
            counted(len(policy.recipients), "recipient"),
        )
        yield (
            f'<svg class="picture" viewBox="{left} 0 {width} {height}" width="{width}" height="{height}"'
            f' style="min-width:{width * 3 // 4}px;max-width:{width * 6 // 5}px"'
            ' role="group" aria-labelledby="picture-title picture-desc">'
        )
        yield '<title id="picture-title">Which data is used for what, and who gets it</title>'
        yield (
            f'<desc id="picture-desc">{", ".join(parts)}. Lines lead from each item on the left to the purposes that'
            " use it, and from each purpose to the recipients that get something for it. The tables below say the"
            " same in words.</desc>"
        )
        yield from self._columns()
        for rule in policy.purposes:
            yield from self._purpose(rule)
        for item in policy.items:
            yield self._item(item)
        for one in policy.recipients:
            yield self._recipient(one)
        yield "</svg>"

    def _sides(self) -> tuple[int, int]:
        """Give where the picture begins, and how wide it is: as its longest names need."""
        policy = self._policy
        item = max((min(_wide(one.title), _ITEM_LETTERS) for one in policy.items), default=0)
        other = max((min(_wide(one.title), _RECIPIENT_LETTERS) for one in policy.recipients), default=0)
        left = max(0, _ITEM - max(190, 12 + _LETTER * (item + 7)))
        right = min(_WIDTH, _RECIPIENT + max(260, 12 + _LETTER * (other + 12))) if policy.recipients else _TO + 24
        return left, right - left

    def _columns(self) -> Iterator[str]:
        known = self._volumes is not None
        heads = (
            (_ITEM + 8, "end", "Items" + (" (values kept)" * known)),
            ((_FROM + _TO) / 2, "middle", "Purposes" + (" (people who agreed)" * known)),
            *(
                [(_RECIPIENT - 8, "start", "Recipients" + (" (sent in 30 days)" * known))]
                * bool(self._policy.recipients)
            ),
        )
        for x, anchor, text in heads:
            yield f'<text class="col" x="{_n(x)}" y="{_n(TOP - 20)}" text-anchor="{anchor}">{text}</text>'
        for name, y in self._layout.items.heads:
            yield f'<text class="grp" x="{_ITEM + 8}" y="{_n(y)}" text-anchor="end">{name}</text>'
        for name, y in self._layout.purposes.heads:
            yield f'<text class="grp" x="{_n((_FROM + _TO) / 2)}" y="{_n(y)}" text-anchor="middle">{name}</text>'

    def _purpose(self, rule: PurposeRule) -> Iterator[str]:
        purpose = rule.purpose
        y = self._layout.purposes.rows[purpose.key]
        half = min(self._layout.purposes.pitch - 4, 28) / 2
        yield '<g class="g">'
        for item in rule.items:
            yield self._used(item, y, needed=item in rule.necessary, busy=len(rule.items) > _BUSY)
        for one in recipients_of(self._policy, rule):
            yield self._sent(one, y, shared=bool(shared_with(self._policy, rule, one)))
        told = f"{purpose.title}: {rule.kind.value}, {counted(len(rule.items), 'item')}"
        number = self._number("agreed", purpose.key) if rule.kind is not Kind.STATUTORY else ""
        yield f'<a class="node k-{rule.kind.value}" href="#p-{purpose.key}"><title>{escape(told)}</title>'
        yield f'<rect x="{_FROM}" y="{_n(y - half)}" width="{_TO - _FROM}" height="{_n(2 * half)}" rx="5"/>'
        yield f'<text x="{_FROM + 12}" y="{_n(y + 4)}">{_cut(purpose.title, _PURPOSE_LETTERS)}</text>'
        if number:
            yield f'<text class="num" x="{_TO - 10}" y="{_n(y + 4)}" text-anchor="end">{number}</text>'
        yield "</a></g>"

    def _used(self, item: AnyItem, y: float, *, needed: bool, busy: bool) -> str:
        start, name = self._layout.items.rows[item.key], self._items[item.key]
        bend = (_ITEM + _FROM) / 2
        strong = " busy" if busy else " need" if needed else ""
        return (
            f'<path class="l {_SHAPES[item.sensitivity]}{strong} {name}-l" d="M{_ITEM + 7} {_n(start)}'
            f'C{_n(bend)} {_n(start)} {_n(bend)} {_n(y)} {_FROM} {_n(y)}"/>'
        )

    def _sent(self, one: AnyRecipient, y: float, *, shared: bool) -> str:
        end, name = self._layout.recipients.rows[one.key], self._recipients[one.key]
        bend = (_TO + _RECIPIENT) / 2
        away = "" if shared else " own"
        return (
            f'<path class="l r{away} {name}-l" d="M{_TO} {_n(y)}'
            f'C{_n(bend)} {_n(y)} {_n(bend)} {_n(end)} {_RECIPIENT - 7} {_n(end)}"/>'
        )

    def _item(self, item: AnyItem) -> str:
        y = self._layout.items.rows[item.key]
        number = self._number("kept", item.key)
        told = f"{item.title}: {sensitivity_word(item)}, {item.category.value}"
        shown = f'<tspan class="num">{number}</tspan>' if number else ""
        return (
            f'<a class="node {self._items[item.key]}" href="#i-{item.key}"><title>{escape(told)}</title>'
            f'<text x="{_ITEM - 12}" y="{_n(y + 4)}" text-anchor="end">{_cut(item.title, _ITEM_LETTERS)}'
            f"{'  ' * bool(number)}{shown}</text>{mark(item.sensitivity, _ITEM, y)}</a>"
        )

    def _recipient(self, one: AnyRecipient) -> str:
        y = self._layout.recipients.rows[one.key]
        away = one.region != self._policy.home_region
        to = len({item.key for rule in self._policy.purposes for item in shared_with(self._policy, rule, one)})
        told = f"{one.title}: {one.standing.value}, {one.role.value}, {one.region}, {counted(to, 'item')}"
        number = self._number("sent", one.key)
        ending = f" ({one.region})" if away else ""
        shown = f'<tspan class="num">  {number}</tspan>' if number else ""
        return (
            f'<a class="node {self._recipients[one.key]}" href="#r-{one.key}"><title>{escape(told)}</title>'
            f'<rect class="m r" x="{_RECIPIENT - 5}" y="{_n(y - 5)}" width="10" height="10" rx="2"/>'
            f'<text x="{_RECIPIENT + 12}" y="{_n(y + 4)}">{_cut(one.title, _RECIPIENT_LETTERS)}'
            f"{escape(ending)}{shown}</text></a>"
        )

    def _number(self, of: str, key: str) -> str:
        if self._volumes is None:
            return ""
        counts: Counter[str] = getattr(self._volumes, of)
        return f"{counts[key]:,}".replace(",", " ")


__all__ = ["mark", "picture", "picture_style"]
