"""Assessments: drawn from policy and record, risks first, and the same in Markdown, HTML and JSON."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from html.parser import HTMLParser
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from assessment_world import (
    ADULT,
    CARRIER,
    DAY,
    DPV,
    GOODS,
    MOOD,
    NAME,
    OVERSEAS,
    START,
    Delivery,
    EmailMarketing,
    HandClock,
    Marketing,
    TaxAudit,
    shop,
)

from obq_privacy import Guard, Invoked, LegalBasis, Minors, Policy, Purpose, additional, basic
from obq_privacy.errors import ArgumentInvalid, Denied
from obq_privacy.rights import (
    Assessment,
    AssessmentKind,
    Automated,
    Decisions,
    IncidentKind,
    Incidents,
    IncidentScope,
    RiskLevel,
    impact_assessment,
    processing_records,
    sweep,
)
from obq_privacy.vocab import Recipient, RecipientKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCHEMA = json.loads(files("obq_privacy.rights").joinpath("schemas", "assessment-1.json").read_text("utf-8"))
NAME_VALUE = "Li Lei of Canary Row"


@pytest.fixture
def guard() -> Iterator[Guard]:
    """A guard of the shop with every risk."""
    with shop() as guard:
        yield guard


def busy(guard: Guard) -> None:
    """Let three people be processed: uses, shares, refusals."""
    for n in range(3):
        subject = guard.subject(str(n), born=ADULT)
        subject.grant(Delivery)
        subject.grant(Delivery, recipients=[CARRIER])
        name = subject.collect(NAME, NAME_VALUE)
        name.reveal(Delivery)
        name.share(Delivery, to=CARRIER)
        for purpose in (Marketing, EmailMarketing):
            with pytest.raises(Denied):
                name.reveal(purpose)


def parts(made: Assessment, name: str) -> dict[str, dict[str, Any]]:
    """Give a part of the content by key."""
    rows = json.loads(made.json())[name]
    return {row["key"]: row for row in rows}


def codes(made: Assessment) -> set[tuple[str, str]]:
    """Give what the risks are and what they are about."""
    return {(risk.code, about) for risk in made.risks for about in risk.about or ("",)}


# ── Content ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-5")
def test_each_purpose_has_what_is_declared_and_what_was_recorded(guard: Guard) -> None:
    """Items, sensitivity, recipients, regions, retention, legal bases, volumes and denials."""
    busy(guard)
    made = impact_assessment(guard)
    purposes = parts(made, "purposes")
    assert list(purposes) == [Delivery.key, Marketing.key, TaxAudit.key]
    delivery, marketing = purposes[Delivery.key], purposes[Marketing.key]
    assert (delivery["kind"], delivery["clause"], delivery["dpv"], delivery["fides"]) == (
        "basic",
        "USE-3",
        [DPV],
        ["essential.service"],
    )
    assert delivery["bases"] == ["consent (general)", "consent (express)"]
    assert purposes[TaxAudit.key]["bases"] == ["statutory"]
    assert delivery["regions"] == ["CN", "SG"]
    assert "overseas" in delivery["recipients"]
    assert delivery["items"][1] == {
        "key": GOODS.key,
        "need": "optional",
        "sensitivity": "sensitive",
        "shared": True,
        "retention": [{"purpose": "", "keep": "365 days", "after": "completion", "at_least": "1096 days"}],
    }
    assert marketing["items"][0]["retention"] == [
        {"purpose": Marketing.key, "keep": "129600 seconds", "after": "collection", "at_least": ""}
    ]
    assert delivery["volumes"]["permits"] == {"share": 3, "use": 3}
    assert delivery["volumes"]["bases"] == {"consent": 6}
    assert (delivery["volumes"]["subjects"], delivery["volumes"]["refusals"]) == (3, 0)
    assert (marketing["volumes"]["refusals"], marketing["volumes"]["subjects"]) == (6, 3)  # by mail counts for it
    assert sum(marketing["volumes"]["denials"].values()) >= 6
    assert parts(made, "items")[NAME.key]["volumes"]["permits"] == {"collect": 3, "share": 3, "use": 3}
    recipients = parts(made, "recipients")
    assert recipients["carrier"]["volumes"]["permits"] == {"share": 3}
    assert recipients["overseas"]["abroad"]
    assert recipients["lapsed"]["agreement"]["state"] == "lapsed"
    assert recipients["last-day"]["agreement"]["state"] == "in force"
    assert json.loads(made.json())["volumes"]["subjects"] == 3


@pytest.mark.clause("PROT-5")
def test_the_period_narrows_the_volumes() -> None:
    """From the first instant on, up to the one that is too late."""
    clock = HandClock()
    with shop(clock=clock) as guard:
        busy(guard)
        clock.move(DAY)
        for since, until, permits in (
            (START, START + DAY, 9),
            (START + DAY, None, 0),
            (None, START, 0),
            (None, None, 9),
        ):
            form = json.loads(processing_records(guard, since=since, until=until).json())
            assert form["volumes"]["permits"] == permits
            assert form["period"]["until"] == (until or START + DAY).isoformat()


@pytest.mark.clause("PROT-5")
def test_records_of_processing_are_the_same_without_the_risks(guard: Guard) -> None:
    """What is declared and counted stands in both."""
    busy(guard)
    impact, records = (json.loads(made.json()) for made in (impact_assessment(guard), processing_records(guard)))
    assert impact.pop("risks")
    assert "risks" not in records
    assert {impact.pop("kind"), records.pop("kind")} == {kind.value for kind in AssessmentKind}
    assert impact == records


# ── Risks ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-5")
def test_open_risks_come_first_and_the_most_urgent_of_them_before_the_rest(guard: Guard) -> None:
    """In every form they stand before the purposes."""
    made = impact_assessment(guard)
    assert made.risks
    ranks = [list(RiskLevel).index(risk.level) for risk in made.risks]
    assert ranks == sorted(ranks)
    assert made.json().index('"risks"') < made.json().index('"purposes"')
    for text in (made.markdown(), made.html()):
        assert text.index("Open risks") < text.index("Purposes")


@pytest.mark.clause("PROT-5")
def test_declarations_that_should_be_looked_at_are_risks(guard: Guard) -> None:
    """Sensitive items abroad, agreements and checks that end, lapsed or lack, periods that nothing states."""
    found = codes(impact_assessment(guard))
    assert {
        ("sensitive-abroad", OVERSEAS.key),
        ("sensitive-abroad", GOODS.key),
        ("agreement-ending", "ending"),
        ("agreement-ending", "last-day"),
        ("agreement-lapsed", "lapsed"),
        ("agreement-missing", "bare"),
        ("agreement-to-come", "coming"),
        ("check-lapsed", "sdk"),
        ("undertaking-missing", "broker"),
        ("retention-missing", MOOD.key),
        ("never-swept", ""),
    } <= found
    about = {about for code, about in found if code.startswith("agreement")}
    assert about == {"ending", "last-day", "lapsed", "bare", "coming"}  # 90 days ahead is not soon
    retained = {(risk.about, risk.level) for risk in impact_assessment(guard).risks if risk.code == "retention-missing"}
    assert retained == {
        ((Delivery.key, NAME.key), RiskLevel.MEDIUM),
        ((Marketing.key, MOOD.key), RiskLevel.HIGH),
    }


@pytest.mark.clause("PROT-5")
def test_where_nothing_is_wrong_there_are_no_risks() -> None:
    """The document says so."""
    with shop(whole=False) as guard:
        sweep(guard)
        made = impact_assessment(guard)
        assert made.risks == ()
        for text in (made.markdown(), made.html()):
            assert "No open risks were found." in text


@pytest.mark.clause("PROT-5")
@pytest.mark.parametrize(("times", "risky"), [(9, False), (10, True)])
def test_many_refusals_of_an_additional_purpose_are_a_risk(*, times: int, risky: bool) -> None:
    """From ten on, if they are at least half."""
    with shop(whole=False) as guard:
        subject = guard.subject("0", born=ADULT)
        subject.grant(Delivery)
        name = subject.collect(NAME, NAME_VALUE)
        for _ in range(times):
            with pytest.raises(Denied):
                name.reveal(Marketing)
        assert (("many-refusals", Marketing.key) in codes(impact_assessment(guard))) is risky
        subject.grant(Marketing)
        for _ in range(times + 1):
            name.reveal(Marketing)
        assert ("many-refusals", Marketing.key) not in codes(impact_assessment(guard))


@pytest.mark.clause("PROT-5")
@pytest.mark.parametrize(("born", "risky"), [(date(2008, 11, 3), True), (date(2008, 11, 2), False)])
def test_minors_under_an_invoked_basis_are_a_risk(*, born: date, risky: bool) -> None:
    """On the day before the eighteenth birthday, and not from that day on."""
    with shop(whole=False) as guard:
        subject = guard.subject("0", born=born)
        subject.grant(Delivery)
        name = subject.collect(NAME, NAME_VALUE)
        name.reveal_under(Invoked(LegalBasis.CRIMINAL_MATTERS, justification="order 4", by="officer"))
        made = impact_assessment(guard)
        assert (("minors-invoked", "criminal-matters") in codes(made)) is risky
        (exemption,) = json.loads(made.json())["exemptions"]
        assert exemption["invoked"] == 1


@pytest.mark.clause("PROT-5", "PROT-6")
def test_what_is_open_in_the_docket_is_a_risk(guard: Guard) -> None:
    """An incident that is not closed."""
    incident = Incidents(guard).record(IncidentKind.LEAK, IncidentScope(items=[NAME.key]), by="officer")
    assert ("incident-open", incident.case) in codes(impact_assessment(guard))


@pytest.mark.clause("PROT-5", "RIGHT-5")
def test_an_appeal_that_is_not_answered_in_time_is_a_risk() -> None:
    """As a request is, from the end of the last day on."""
    clock = HandClock()
    with shop(clock=clock) as guard:
        with Automated(guard, logic="l", version="1").deciding(guard.subject("s", born=ADULT), Delivery) as deciding:
            decision = deciding.conclude("no")
        Decisions(guard).appeal(decision)
        clock.move(guard.policy.answer_within)
        assert ("appeal-overdue", decision.case) not in codes(impact_assessment(guard))
        clock.move(DAY)
        assert ("appeal-overdue", decision.case) in codes(impact_assessment(guard))


@pytest.mark.clause("PROT-5", "SHARE-6", "SHARE-7", "CROSS-1")
def test_what_may_be_transferred_or_disclosed_is_there_with_its_risks() -> None:
    """Also where nothing is shared: to whom, how, which items, where, and that they are sensitive."""
    successor = Recipient("successor", Marketing, kind=RecipientKind.THIRD_PARTY, region="SG")
    public = Recipient("everybody", Marketing, kind=RecipientKind.PUBLIC, items=[MOOD])
    policy = Policy(
        version="2027",
        controller="Example Shop",
        purposes=[additional(Marketing, optional=[NAME, MOOD]), basic(Delivery, necessary=[NAME], shared=[NAME])],
        recipients=[successor, public, CARRIER],
        minors=Minors(unknown="adult"),
    )
    with Guard.in_memory(policy=policy) as guard:
        made = impact_assessment(guard)
        jsonschema.validate(json.loads(made.json()), SCHEMA)
        marketing, delivery = parts(made, "purposes")[Marketing.key], parts(made, "purposes")[Delivery.key]
        assert marketing["outward"] == [
            {"recipient": "successor", "operation": "transfer", "items": [NAME.key, MOOD.key]},
            {"recipient": "everybody", "operation": "disclose", "items": [MOOD.key]},
        ]
        assert (marketing["recipients"], marketing["regions"]) == (["successor", "everybody"], ["CN", "SG"])
        assert delivery["outward"] == [{"recipient": "carrier", "operation": "share", "items": [NAME.key]}]
        abroad, _ = (risk for risk in made.risks if risk.code in {"sensitive-abroad", "sensitive-public"})
        assert abroad.about == (Marketing.key, "successor", MOOD.key)
        assert "be transferred to successor in SG" in abroad.says


@pytest.mark.clause("PROT-5")
def test_what_the_policy_is_silent_about_is_a_risk(guard: Guard) -> None:
    """A purpose that nothing declares was refused, and is listed by its key."""
    busy(guard)

    class Undeclared(Purpose):
        """Do what no policy speaks of."""

    name = guard.subject("0").collect(NAME, NAME_VALUE)
    unknown: Any = Undeclared
    with pytest.raises(Denied):
        name.reveal(unknown)
    made = impact_assessment(guard)
    assert ("policy-gap", NAME.key) in codes(made)
    (row,) = json.loads(made.json())["undeclared"]
    assert (row["purpose"], row["gaps"], row["subjects"]) == ("undeclared", 1, 1)


# ── Forms ─────────────────────────────────────────────────────────────────────────────────────────────────


class _Texts(HTMLParser):
    """Collect what a reader sees, and which tags there are."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def leaves(value: object) -> Iterator[str]:
    """Give every text and number of a form, and every name that a person chose."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield name.replace("_", " ")
            yield from leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one)
    elif not isinstance(value, bool) and value not in (None, ""):
        yield str(value)


@pytest.mark.clause("PROT-5")
@pytest.mark.parametrize("draw", [impact_assessment, processing_records])
def test_the_three_forms_say_the_same(guard: Guard, draw: Any) -> None:
    """Every text and number of the JSON stands in the Markdown and in the HTML, and the JSON fits its schema."""
    busy(guard)
    made = draw(guard)
    form = json.loads(made.json())
    jsonschema.validate(form, SCHEMA, format_checker=jsonschema.FormatChecker())
    page = _Texts()
    page.feed(made.html())
    seen = "\n".join(page.said)
    plain = re.sub(r"\\([\\`*_{}\[\]#|~])", r"\1", made.markdown())
    plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    sections = {"risks", "purposes", "items", "recipients", "sources", "exemptions", "undeclared", "safeguards"}
    for leaf in leaves(form):
        if leaf not in sections:
            assert leaf in seen
            assert leaf in plain


@pytest.mark.clause("PROT-5")
def test_the_page_is_whole_by_itself_and_its_tables_have_headings(guard: Guard) -> None:
    """No script, no address to load from; captions, scopes and a language; what people wrote is escaped."""
    busy(guard)
    made = impact_assessment(guard)
    text = made.html()
    page = _Texts()
    page.feed(text)
    tags = [tag for tag, _ in page.tags]
    assert not {"script", "img", "link", "iframe", "object", "b"} & set(tags)
    assert not any(name in {"src", "href"} or name.startswith("on") for _, attrs in page.tags for name in attrs)
    assert dict(page.tags)["html"] == {"lang": "en"}
    assert tags.count("table") == tags.count("caption") > 3
    assert all(attrs.get("scope") in {"col", "row"} for tag, attrs in page.tags if tag == "th")
    assert "Mood &amp; &lt;script&gt;" in text
    assert "<script>" not in made.markdown()
    widths = {len(re.findall(r"(?<!\\)\|", line)) for line in made.markdown().splitlines() if "and more" in line}
    assert widths == {len(json.loads(made.json())["purposes"][0]) + 1}  # a bar in a text makes no column


@pytest.mark.clause("PROT-5")
def test_the_same_record_gives_the_same_document(guard: Guard) -> None:
    """No value, no pseudonym, and nothing that changes from one run to the next."""
    busy(guard)
    one, two = impact_assessment(guard), impact_assessment(guard)
    assert (one, one.json(), one.markdown(), one.html()) == (two, two.json(), two.markdown(), two.html())
    for text in (one.json(), one.markdown(), one.html()):
        assert NAME_VALUE not in text
        assert guard.subject("0").pseudonym not in text


def test_arguments_are_checked(guard: Guard) -> None:
    """Callers without a type checker are told."""
    bad: Any = "wrong"
    acts: tuple[Callable[[], object], ...] = (
        lambda: impact_assessment(bad),
        lambda: impact_assessment(guard, soon=-DAY),
        lambda: impact_assessment(guard, refusals=0),
        lambda: processing_records(guard, since=datetime(2026, 1, 1)),  # noqa: DTZ001
    )
    for act in acts:
        with pytest.raises(ArgumentInvalid):
            act()
