"""policy show, check, diff and explain."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from cli_shop import NEXT, POLICY
from cli_world import OTHER, SHOPPER, people, pseudonym, run, sql

from obq_privacy import Policy, shop

if TYPE_CHECKING:
    from pathlib import Path

BROKEN = """
from obq_privacy import *
from obq_privacy import PersonalItem, Policy, Purpose, basic, additional

class Delivery(Purpose):
    "Bring the order."

class Payment(Purpose):
    "Take the money."

ITEM = PersonalItem("name", str, Delivery)
POLICY = Policy(version=" ", controller="Example Shop", home_region="nowhere",
                purposes=[basic(Delivery, necessary=[ITEM], requires=[Payment])])
"""


# ── Show ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_show_names_everything_that_is_declared(folder: Path) -> None:
    """Each purpose, item, recipient, source and legal basis is in the text."""
    shown = run(folder, "policy", "show", "cli_shop:POLICY")
    assert (shown.status, shown.err) == (0, "")
    keys = [rule.purpose.key for rule in POLICY.purposes] + [item.key for item in POLICY.items]
    keys += [one.key for one in POLICY.recipients]
    for key in [*keys, "bureau", "legal-obligation", "Swift <Parcels> & Co.", "1 year from completion"]:
        assert key in shown.out


def test_show_as_json_is_the_document(folder: Path) -> None:
    """What --json prints is the policy's one text."""
    assert run(folder, "policy", "show", "cli_shop:POLICY", "--json").out == POLICY.dumps()


@pytest.mark.parametrize("policy", [shop.POLICY, POLICY], ids=["shop", "small"])
def test_a_document_that_names_code_is_read_to_be_looked_at(tmp_path: Path, policy: Policy) -> None:
    """Masks, validators and types of the application are not imported, and the document comes out as it went in."""
    (tmp_path / "policy.json").write_text(policy.dumps(), "utf-8")
    assert run(tmp_path, "policy", "show", "policy.json", "--json").out == policy.dumps()


@pytest.mark.parametrize("version", ["2026-11", ""])
def test_an_archived_version_is_shown(folder: Path, version: str) -> None:
    """DATABASE@VERSION is a version that the database keeps; without a version it is the newest."""
    assert run(folder, "policy", "show", f"shop.db@{version}", "--json").out == POLICY.dumps()
    unknown = run(folder, "policy", "show", "shop.db@1999")
    assert unknown.status == 1
    assert "[OBQ670, CHANGE-3]" in unknown.error


def test_marks_for_terminals_are_not_printed(tmp_path: Path) -> None:
    """What somebody put into a title or version cannot move the cursor or clear the screen."""
    document = json.loads(POLICY.dumps())
    document["controller"] = "Example\x1b[2J\nShop\u202e"
    (tmp_path / "policy.json").write_text(json.dumps(document), "utf-8")
    first = run(tmp_path, "policy", "show", "policy.json").out.splitlines()[0]
    assert first == "Example?[2J ShopX: policy 2026-11, home region CN".replace("X", "?")


# ── Check ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sound_policy_holds(folder: Path) -> None:
    """It is said in one line, and as JSON."""
    found = run(folder, "policy", "check", "cli_shop:POLICY")
    assert found == (0, "cli_shop:POLICY holds: version 2026-11 with 4 purposes, 3 items, 2 recipients\n", "")
    form = run(folder, "policy", "check", "cli_shop:POLICY", "--json").json
    assert (form["holds"], form["findings"], form["version"]) == (True, [], "2026-11")


def test_every_finding_is_listed(folder: Path) -> None:
    """A policy that does not build has one line for each finding, with its code and what to do."""
    (folder / "broken.py").write_text(BROKEN, "utf-8")
    found = run(folder, "policy", "check", "broken:POLICY")
    assert (found.status, found.err) == (1, "")
    head, *lines = found.out.splitlines()
    assert head == "broken:POLICY has 3 findings:"
    assert lines == [
        "  version: it is empty; change the declaration [OBQ203]",
        "  home_region: it is not an ISO 3166-1 code of two capital letters; change the declaration [OBQ203]",
        "  purpose delivery: it requires payment, which the policy lacks; change the declaration [OBQ203]",
    ]
    form = run(folder, "policy", "check", "broken:POLICY", "--json").json
    assert form["format"] == "obq-privacy/cli/policy-check/1"
    assert [one["declaration"] for one in form["findings"]] == ["version", "home_region", "purpose delivery"]
    assert set(form["findings"][0]) == {"code", "declaration", "problem", "clause", "remedy"}


def test_a_policy_with_findings_says_so_wherever_it_is_named(folder: Path) -> None:
    """Other commands say in one line that there are findings, and how to list them."""
    (folder / "broken.py").write_text(BROKEN, "utf-8")
    shown = run(folder, "policy", "show", "broken:POLICY")
    assert shown.status == 1
    assert shown.error == "obq-privacy: the policy has 3 findings; list them with: policy check [OBQ204]"


def test_a_document_that_is_none_is_a_finding_with_its_place(tmp_path: Path) -> None:
    """The place in the document is named."""
    document = json.loads(POLICY.dumps())
    document["items"][0]["category"] = "nonsense"
    (tmp_path / "policy.json").write_text(json.dumps(document), "utf-8")
    found = run(tmp_path, "policy", "check", "policy.json", "--json")
    assert found.status == 1
    (finding,) = found.json["findings"]
    assert (finding["code"], finding["declaration"]) == ("OBQ205", "items[0].category")


def test_a_changed_text_under_a_used_version_is_found(folder: Path) -> None:
    """With a database, check says before a deployment what opening the database would refuse."""
    source = (folder / "cli_shop.py").read_text("utf-8").replace('policy("2027-01"', 'policy("2026-11"')
    (folder / "changed_shop.py").write_text(source, "utf-8")
    assert run(folder, "policy", "check", "changed_shop:POLICY", "--database", "shop.db").status == 0
    found = run(folder, "policy", "check", "changed_shop:NEXT", "--database", "shop.db")
    assert found.status == 1
    assert "[OBQ206, CHANGE-3]" in found.out


# ── Diff ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_diff_says_what_changed_and_whom_it_concerns(folder: Path) -> None:
    """All six kinds of major change show, what takes something away is marked, and who is told and asked is named."""
    found = run(folder, "policy", "diff", "cli_shop:POLICY", "cli_shop:NEXT", "--high-risk", "PIA-7")
    assert (found.status, found.err) == (1, "")
    for kind in ("service-model", "control", "main-recipients", "rights", "contacts", "impact-assessment"):
        assert f"\n{kind}:\n" in found.out
    for line in (
        "  * controller: Example Shop is now Example Shop Ltd (only once agreed to, CHANGE-1)",
        "  + purpose quizzes (only once agreed to, CHANGE-1)",
        "  - recipient swift-parcels",
        "  * retention of order-amount: keep: 1 year is now 2 years (only once agreed to, CHANGE-1)",
        "  * answer_within: 15 days is now 20 days (only once agreed to, CHANGE-1)",
        "  + impact assessment PIA-7",
        "everybody is told",
    ):
        assert line in found.out.splitlines()


def test_a_day_more_is_a_change_that_shows(folder: Path) -> None:
    """365 days are a year, 366 are not."""
    source = (
        (folder / "cli_shop.py").read_text("utf-8").replace("YEAR = dt.timedelta(days=365)", "YEAR = dt.timedelta(366)")
    )
    (folder / "longer.py").write_text(source.replace('policy("2026-11")', 'policy("2026-12")'), "utf-8")
    found = run(folder, "policy", "diff", "cli_shop:POLICY", "longer:POLICY")
    assert "retention of order-amount: keep: 1 year is now 366 days" in found.out
    assert "retention of order-amount: at_least: 3 years is now 1098 days" in found.out


def test_who_is_asked_again_is_who_agreed_to_what_reads_otherwise_now(folder: Path) -> None:
    """A purpose with other items is asked about again; a changed text is; a longer period is not."""
    source = (folder / "cli_shop.py").read_text("utf-8")
    (folder / "reworded.py").write_text(source.replace("Take the money for", "Take and lend money for"), "utf-8")
    found = run(folder, "policy", "diff", "cli_shop:POLICY", "reworded:NEXT", "--json").json
    assert found["format"] == "obq-privacy/cli/policy-diff/1"
    assert found["ask_again"] == {"payment": ["bank-card", "consignee-name", "order-amount"]}
    assert found["tell"] == {"everybody": True, "purposes": []}


def test_the_same_policy_has_no_differences(folder: Path) -> None:
    """The archived version and the module's are the same policy."""
    found = run(folder, "policy", "diff", "shop.db@", "cli_shop:POLICY")
    assert (found.status, found.err) == (0, "")
    assert found.out.splitlines()[0].startswith("2026-11 to 2026-11: 0 changes, 0 major")


def test_a_database_says_who_is_concerned(folder: Path) -> None:
    """With a database, the subjects are counted, and those to ask again are named by their pseudonyms."""
    source = (folder / "cli_shop.py").read_text("utf-8")
    (folder / "reworded.py").write_text(source.replace("Take the money for", "Take and lend money for"), "utf-8")
    words = ("policy", "diff", "cli_shop:POLICY", "reworded:NEXT", "--database", "shop.db")
    found = run(folder, *words, "--json").json
    assert {one["subject"]: one["ask"] for one in found["subjects"]} == {
        pseudonym(folder, SHOPPER): ["payment"],
        pseudonym(folder, OTHER): [],
    }
    assert "in the database: 2 subjects to tell, 1 to ask again" in run(folder, *words).out


# ── Explain ───────────────────────────────────────────────────────────────────────────────────────────────


def test_explain_says_what_would_allow_it(folder: Path) -> None:
    """Without a subject it is about an adult who was asked nothing; what is refused has status 1."""
    found = run(folder, "policy", "explain", "cli_shop:POLICY", "payment", "bank-card")
    assert (found.status, found.err) == (1, "")
    assert "payment is basic, and needs bank-card." in found.out
    assert "It may be shared with example-bank, as the subject chose" in found.out
    assert "To allow it: ask the subject and record it with subject.grant." in found.out


def test_explain_speaks_of_a_subject_in_a_store(folder: Path) -> None:
    """Who consented may be charged, who withdrew may not; sharing needs the choice of a recipient."""
    words = ("policy", "explain", "cli_shop:POLICY", "payment", "bank-card", "--database", "shop.db", "--subject")
    allowed = run(folder, *words, SHOPPER, "--json")
    assert (allowed.status, allowed.json["allowed"], allowed.json["basis"]) == (0, True, "consent")
    withdrawn = run(folder, *words, "-", "--json", stdin=f"{OTHER}\n")
    assert (withdrawn.status, withdrawn.json["allowed"]) == (1, False)
    assert [one["code"] for one in withdrawn.json["reasons"]] == ["OBQ108"]
    shared = run(folder, *words, SHOPPER, "--to", "example-bank", "--json").json
    assert [one["code"] for one in shared["reasons"]] == ["OBQ126"]


def test_nobody_is_registered_by_looking(folder: Path) -> None:
    """An unknown id is an error, and still unknown afterwards."""
    before = people(folder)
    words = ("policy", "explain", "cli_shop:POLICY", "payment", "bank-card", "--database", "shop.db", "--subject")
    found = run(folder, *words, "nobody-of-that-name")
    assert found.status == 1
    assert "OBQ703" in found.error
    assert "nobody-of-that-name" not in found.err
    assert people(folder) == before


def test_no_policy_comes_into_force_by_looking(folder: Path) -> None:
    """A policy that the application never opened the database with is refused, and is not archived by the question."""
    words = ("--database", "shop.db", "--subject", SHOPPER)
    found = run(folder, "policy", "explain", "cli_shop:NEXT", "payment", "bank-card", *words)
    assert found.status == 1
    assert "OBQ705" in found.error
    with sql(folder) as database:
        assert database.execute("SELECT version FROM policies").fetchall() == [(POLICY.version,)]
    assert NEXT.version != POLICY.version


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (("payments", "bank-card"), 1, "OBQ704"),
        (("payment", "bank-cards"), 1, "OBQ704"),
        (("payment", "bank-card", "--to", "nobody"), 1, "OBQ704"),
        (("payment", "bank-card", "--operation", "sell"), 2, "OBQ700"),
        (("payment", "bank-card", "--subject", SHOPPER), 2, "OBQ700"),
    ],
)
def test_what_is_not_declared_is_no_question(folder: Path, words: tuple[str, ...], status: int, code: str) -> None:
    """A key with a slip in it is an error of its own, and no refusal."""
    found = run(folder, "policy", "explain", "cli_shop:POLICY", *words)
    assert (found.status, found.out) == (status, "")
    assert code in found.error
