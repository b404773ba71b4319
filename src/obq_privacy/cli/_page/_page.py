"""The map as one HTML page that needs nothing else: no script, no address outside, and every text escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple, final

from obq_privacy import errors
from obq_privacy._version import __version__
from obq_privacy.cli._page._layout import KINDS, LEVELS
from obq_privacy.cli._page._picture import mark, picture, picture_style
from obq_privacy.cli._page._style import style
from obq_privacy.cli._page._table import Cell, Table, breakable, link, number, several, text
from obq_privacy.cli._words import kept_words, period, recipients_of, sensitivity_word
from obq_privacy.policy import Kind, purpose_text
from obq_privacy.vocab import Sensitivity

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from obq_privacy.cli._volumes import Volumes
    from obq_privacy.policy import Policy, PurposeRule
    from obq_privacy.vocab import Agreement, AnyItem, AnyRecipient

_DPV = "https://w3id.org/dpv"


class Seen(NamedTuple):
    """What the page shows.

    Attributes:
        policy: the policy.
        at: as of when agreements, consents and uses are told.
        volumes: what was counted in a database, or None.
    """

    policy: Policy
    at: dt.datetime
    volumes: Volumes | None


def page(seen: Seen) -> str:
    """Give the page. The same policy, volumes and time give the same bytes."""
    return "\n".join(_Page(seen).lines()) + "\n"


def _term(address: str) -> str:
    """Give a term of a vocabulary as people write it, `dpv:Delivery` for an address of the DPV's."""
    rest = address.removeprefix(_DPV)
    if rest == address:
        return address
    space, _, name = rest.partition("#")
    return f"{'-'.join(['dpv', *filter(None, space.split('/'))])}:{name}"


def _terms(*lists: tuple[str, ...]) -> Cell:
    return several(f'<span class="code">{breakable(_term(term))}</span>' for terms in lists for term in terms)


def _marked(item: AnyItem) -> str:
    word = sensitivity_word(item)
    return (
        f'<svg viewBox="-6 -6 12 12" role="img"><title>{word}</title>{mark(item.sensitivity)}</svg>'
        f"{link(f'i-{item.key}', item.title)}"
    )


@final
class _Page:
    """One page in the making."""

    def __init__(self, seen: Seen) -> None:
        self._policy = seen.policy
        self._at = seen.at
        self._volumes = seen.volumes

    def lines(self) -> Iterator[str]:
        policy = self._policy
        title = f"Personal data at {policy.controller}"
        yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
        yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
        yield '<meta name="color-scheme" content="light dark">'
        yield f"<title>{escape(title)}</title>"
        yield f"<style>{style()}{picture_style(policy)}</style>\n</head>\n<body>"
        yield '<a class="skip" href="#purposes">Skip the picture</a>'
        yield f"<header><h1>{escape(title)}</h1>"
        day = f"{self._at:%Y-%m-%d %H:%M} UTC"
        yield (
            f'<p class="soft">Policy {escape(policy.version)}, home region {escape(policy.home_region)},'
            f' as of <time datetime="{self._at.isoformat()}">{day}</time></p>'
        )
        sections = [("overview", "At a glance"), ("picture", "The picture"), *self._named()]
        links = "".join(f"<li>{link(anchor, name)}</li>" for anchor, name in sections)
        yield f'<nav aria-label="On this page"><ul>{links}</ul></nav></header>\n<main>'
        yield from self._section("overview", "At a glance", self._overview())
        yield from self._section("picture", "The picture", self._picture())
        for anchor, name in self._named():
            yield from self._section(anchor, name, getattr(self, f"_{anchor}")().lines())
        yield f"</main>\n<footer>{self._footer()}</footer>\n</body>\n</html>"

    def _named(self) -> list[tuple[str, str]]:
        """Give the sections with tables, by the method that makes them; empty ones are left out."""
        policy, volumes = self._policy, self._volumes
        return [
            ("purposes", "Purposes"),
            ("items", "Items"),
            *([("recipients", "Recipients")] if policy.recipients else []),
            *([("sources", "Sources")] if policy.sources else []),
            *([("exemptions", "Legal bases that may be invoked")] if policy.exemptions else []),
            *([("refusals", "Refusals")] if volumes is not None and volumes.codes else []),
        ]

    @staticmethod
    def _section(anchor: str, name: str, content: Iterator[str]) -> Iterator[str]:
        yield f'<section id="{anchor}" aria-labelledby="h-{anchor}">\n<h2 id="h-{anchor}">{escape(name)}</h2>'
        yield from content
        yield "</section>"

    # ── At a glance ───────────────────────────────────────────────────────────────────────────────────────

    def _overview(self) -> Iterator[str]:
        policy = self._policy
        kinds = [(KINDS[kind].lower(), sum(rule.kind is kind for rule in policy.purposes)) for kind in KINDS]
        levels = [(LEVELS[level], sum(item.sensitivity is level for item in policy.items)) for level in LEVELS]
        away = sum(one.region != policy.home_region for one in policy.recipients)
        tiles = [
            ("purposes", len(policy.purposes), ", ".join(f"{count} {name}" for name, count in kinds if count)),
            ("items", len(policy.items), f"{levels[0][1]} sensitive, {levels[1][1]} personal"),
            ("recipients", len(policy.recipients), f"{away} outside {policy.home_region}" if away else ""),
            ("limits on keeping", len(policy.retention), ""),
        ]
        if (volumes := self._volumes) is not None:
            tiles += [
                ("people", volumes.subjects, f"{volumes.erased} erased" if volumes.erased else ""),
                ("consents in force", volumes.consents, ""),
                ("values kept", volumes.kept.total(), ""),
                ("uses in 30 days", volumes.used.total(), f"{volumes.sent.total()} of them went to recipients"),
                ("refusals in 30 days", volumes.codes.total(), ""),
            ]
        yield '<dl class="tiles">'
        for name, count, more in tiles:
            small = f"<small>{escape(more)}</small>" if more else ""
            yield f"<div><dt>{name.capitalize()}</dt><dd>{number(count).html}{small}</dd></div>"
        yield "</dl>"

    # ── The picture ───────────────────────────────────────────────────────────────────────────────────────

    def _picture(self) -> Iterator[str]:
        yield '<ul class="legend">'
        there = {item.sensitivity for item in self._policy.items}
        for level, name in ((level, name) for level, name in LEVELS.items() if level in there):
            yield f'<li><svg viewBox="-12 -7 24 14" role="img"><title>{name}</title>{mark(level)}</svg>{name}</li>'
        strokes = [("l need p", "needed"), ("l p", "optional")]
        if self._policy.recipients:
            strokes += [("l r", "shared"), ("l r own", "handed over or published")]
        for kind, name in strokes:
            yield (
                f'<li><svg viewBox="-12 -7 24 14" role="img"><title>{name}</title>'
                f'<path class="{kind}" d="M-12 0H12"/></svg>{name}</li>'
            )
        yield "</ul>"
        yield (
            '<p class="soft hint">Point at a row, or reach it with the tabulator key, to see what it is linked to;'
            ' it leads to its row in the tables.<span class="narrow"> The picture can be moved sideways.</span></p>'
        )
        yield '<figure><div class="scroll" role="region" aria-labelledby="h-picture" tabindex="0">'
        yield picture(self._policy, self._volumes)
        yield "</div></figure>"

    # ── The tables ────────────────────────────────────────────────────────────────────────────────────────

    def _purposes(self) -> Table:
        heads = ["Purpose", "Kind", "Needs", "May use", "Goes to", "Clause", "Terms"]
        if self._volumes is not None:
            heads += ["#Agreed", "#Uses", "#Refused"]
        rows = [(f"p-{rule.purpose.key}", self._purpose(rule)) for rule in self._policy.purposes]
        return Table(f"What data is used for ({len(rows)})", heads, rows)

    def _purpose(self, rule: PurposeRule) -> list[Cell]:
        purpose = rule.purpose
        more = [
            ("builds on", ", ".join(one.title for one in rule.requires)),
            ("roles", ", ".join(sorted(rule.roles))),
            ("permission", rule.permission),
            ("instead", rule.alternative),
        ]
        said = [" ".join(purpose_text(purpose).split()), *(f"{name}: {what}" for name, what in more if what)]
        to = recipients_of(self._policy, rule)
        chosen = ["as the subject chose"] if rule.choice and to else []
        cells = [
            _name(purpose.title, purpose.key, said),
            text(KINDS[rule.kind]),
            several(_marked(item) for item in rule.necessary),
            several(_marked(item) for item in rule.optional),
            several([*(link(f"r-{one.key}", one.title) for one in to), *chosen]),
            text(purpose.clause or ""),
            _terms(purpose.dpv, purpose.fides),
        ]
        if (volumes := self._volumes) is not None:
            key = purpose.key
            agreed = number(volumes.agreed[key]) if rule.kind is not Kind.STATUTORY else text("")
            cells += [agreed, number(volumes.used[key]), number(volumes.refused[key])]
        return cells

    def _items(self) -> Table:
        heads = ["Item", "Sensitivity", "Category", "Used for", "Kept", "Clause", "Terms"]
        if self._volumes is not None:
            heads += ["#Values", "#Uses"]
        ordered = sorted(self._policy.items, key=lambda item: -item.sensitivity)
        rows = [(f"i-{item.key}", self._item(item)) for item in ordered]
        return Table(f"What is collected, the most sensitive first ({len(rows)})", heads, rows)

    def _item(self, item: AnyItem) -> list[Cell]:
        word = sensitivity_word(item)
        mine = [rule.purpose for rule in self._policy.purposes if item in rule.items]
        kept = [escape(kept_words(one)) for one in self._policy.retentions(item.key)]
        closed = ["encrypted"] if item.encrypt and item.sensitivity is not Sensitivity.SENSITIVE else []
        cells = [
            _name(item.title, item.key, closed),
            Cell(f'<svg viewBox="-6 -6 12 12" role="img"><title>{word}</title>{mark(item.sensitivity)}</svg>{word}'),
            text(item.category.value),
            several(link(f"p-{purpose.key}", purpose.title) for purpose in mine),
            several(kept or ["no limit"]),
            text(item.clause or ""),
            _terms(item.dpv, item.fides),
        ]
        if (volumes := self._volumes) is not None:
            cells += [number(volumes.kept[item.key]), number(volumes.items[item.key])]
        return cells

    def _recipients(self) -> Table:
        heads = ["Recipient", "Is", "Region", "Gets it for", "Only", "Agreement", "Clause"]
        if self._volumes is not None:
            heads += ["#Sent"]
        rows = [(f"r-{one.key}", self._recipient(one)) for one in self._policy.recipients]
        return Table(f"Who else gets something ({len(rows)})", heads, rows)

    def _recipient(self, one: AnyRecipient) -> list[Cell]:
        policy = self._policy
        away = " (abroad)" if one.region != policy.home_region else ""
        terms = [self._term_of(one.agreement) if one.agreement is not None else "none"]
        if one.check is not None:
            terms.append(f"software checked on {one.check.on}, counts until {one.check.until}")
        cells = [
            _name(one.title, one.key, []),
            several(map(escape, (one.standing.value, one.role.value, *(["embedded software"] * one.sdk)))),
            text(one.region + away),
            several(
                link(f"p-{purpose.key}", purpose.title) if policy.purpose(purpose.key) else escape(purpose.title)
                for purpose in one.purposes
            ),
            several(map(_marked, one.items)),
            several(map(escape, terms)),
            text(one.clause or ""),
        ]
        return cells if self._volumes is None else [*cells, number(self._volumes.sent[one.key])]

    def _term_of(self, terms: Agreement) -> str:
        """Say an agreement, and where it does not count today, that."""
        today = self._policy.minors.today(self._at)
        ending = "" if terms.since <= today <= terms.until else ", NOT in force"
        return f"{terms.reference}, {terms.since} to {terms.until}{ending}"

    def _sources(self) -> Table:
        rows = [
            (
                f"s-{one.key}",
                [
                    _name(one.title, one.key, []),
                    text(one.region),
                    text(self._term_of(one.undertaking) if one.undertaking is not None else "none"),
                    text(one.clause or ""),
                ],
            )
            for one in self._policy.sources
        ]
        return Table("Whom data comes from, besides its subjects", ["Source", "Region", "Undertaking", "Clause"], rows)

    def _exemptions(self) -> Table:
        rows = [
            (
                "",
                [
                    text(one.basis.value.replace("-", " ")),
                    text(", ".join(sorted(operation.value for operation in one.operations))),
                    text("de-identified results only" if one.deidentified else "as it is"),
                    text(one.clause),
                ],
            )
            for one in self._policy.exemptions
        ]
        heads = ["Basis", "Covers", "Hands out", "Clause"]
        return Table("What somebody may invoke by name instead of consent, on record", heads, rows)

    def _refusals(self) -> Table:
        codes: dict[str, int] = dict(self._volumes.codes) if self._volumes is not None else {}
        known = {kind.code: kind for kind in errors.Denied.__subclasses__()}
        rows: list[tuple[str, list[Cell]]] = []
        for code, count in sorted(codes.items(), key=lambda found: (-found[1], found[0])):
            kind = known.get(code)
            why = ((kind.__doc__ or "").partition("\n")[0], kind.clause or "") if kind is not None else ("", "")
            rows.append(("", [Cell(f'<span class="code">{escape(code)}</span>'), *map(text, why), number(count)]))
        return Table("What was refused in 30 days, by the weightiest reason", ["Code", "Why", "Clause", "#Times"], rows)

    def _footer(self) -> str:
        policy = self._policy
        said = [
            f"Requests are answered within {period(policy.answer_within)}.",
            f"Statistics are released about groups of at least {policy.smallest_group} people.",
        ]
        if policy.contact is not None:
            contact = policy.contact
            said += [f"Contact: {', '.join(part for part in (contact.department, contact.address) if part)}."]
        return (
            f"<p>{escape(' '.join(said))}</p><p>Drawn by obq-privacy {escape(__version__)} from the policy itself.</p>"
        )


def _name(title: str, key: str, said: list[str]) -> Cell:
    more = "".join(f"<small>{escape(one)}</small>" for one in said)
    return Cell(f'{breakable(title)}<span class="key">{breakable(key)}</span>{more}')


__all__ = ["Seen", "page"]
