"""subject export."""

from __future__ import annotations

import json
import os
import stat
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

import jsonschema
import pytest
from cli_shop import NAME, POLICY
from cli_world import CARD_VALUE, NAME_VALUE, OTHER, SHOPPER, people, pseudonym, run

from obq_privacy import Guard, KeyEnvironment

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ("--policy", "cli_shop:POLICY")


@pytest.mark.clause("RIGHT-1")
def test_an_export_is_the_documented_document_for_nobody_else_to_read(folder: Path) -> None:
    """It fits the schema, holds the values, and its file has mode 0600 whatever the umask says."""
    before = os.umask(0)
    try:
        found = run(folder, "subject", "export", "shop.db", SHOPPER, *WORDS, "-o", "out.json", "--by", "desk-3")
    finally:
        os.umask(before)
    assert (found.status, found.err) == (0, "")
    file = folder / "out.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    digest = sha256(file.read_bytes()).hexdigest()
    assert found.out == f"4 values of {pseudonym(folder, SHOPPER)} in out.json, sha256 {digest}\n"
    form = json.loads(file.read_text("utf-8"))
    schema = json.loads(files("obq_privacy.rights").joinpath("schemas", "export-1.json").read_text("utf-8"))
    jsonschema.validate(form, schema)
    assert {NAME_VALUE, CARD_VALUE, "1999"} <= {str(value["value"]) for value in form["values"]}


@pytest.mark.clause("PROT-2")
def test_an_export_is_on_record(folder: Path) -> None:
    """One entry for the export and one for each value, with who did it."""
    assert run(folder, "subject", "export", "shop.db", SHOPPER, *WORDS, "--by", "desk-3").status == 0
    lines = run(folder, "audit", "show", "shop.db", "--operation", "export", "--json").out.splitlines()
    entries = [json.loads(line) for line in lines]
    assert {entry["actor"] for entry in entries} == {"desk-3"}
    assert {entry["subject"] for entry in entries} == {pseudonym(folder, SHOPPER)}
    items = [item for entry in entries for item in entry["items"]]
    assert sorted(items) == ["bank-card", "consignee-name", "order-amount"]


def test_without_a_file_it_goes_to_standard_output(folder: Path) -> None:
    """The document and nothing else; the id may come from standard input."""
    found = run(folder, "subject", "export", "shop.db", "-", *WORDS, stdin=f"{OTHER}\n")
    assert (found.status, found.err) == (0, "")
    assert found.json["format"] == "obq-privacy/export/1"
    assert found.json["subject"] == pseudonym(folder, OTHER)


def test_a_summary_as_json(folder: Path) -> None:
    """With a file, --json says what is in it."""
    found = run(folder, "subject", "export", "shop.db", SHOPPER, *WORDS, "-o", "out.json", "--json").json
    assert found == {
        "format": "obq-privacy/cli/subject-export/1",
        "subject": pseudonym(folder, SHOPPER),
        "values": 4,
        "sha256": sha256((folder / "out.json").read_bytes()).hexdigest(),
        "file": "out.json",
    }


def test_a_file_that_is_there_is_not_written_over(folder: Path) -> None:
    """Neither a file nor what a link points at is touched, and nothing is exported."""
    (folder / "kept.txt").write_text("kept", "utf-8")
    (folder / "link.json").symlink_to(folder / "kept.txt")
    for name in ("kept.txt", "link.json", "no-folder/out.json"):
        found = run(folder, "subject", "export", "shop.db", SHOPPER, *WORDS, "-o", name)
        assert found.status == 1
        assert "[OBQ706]" in found.error
    assert (folder / "kept.txt").read_text("utf-8") == "kept"
    assert run(folder, "audit", "show", "shop.db", "--operation", "export").out == ""


def test_nobody_is_registered_by_asking(folder: Path) -> None:
    """An unknown id is one line that does not hold it, and leaves neither a subject nor a file."""
    before = people(folder)
    found = run(folder, "subject", "export", "shop.db", "mr-unknown-99", *WORDS, "-o", "out.json", "--json")
    assert found.status == 1
    assert "mr-unknown-99" not in found.err + found.out
    assert found.json["format"] == "obq-privacy/cli/error/1"
    assert found.json["error"]["code"] == "OBQ703"
    assert found.json["error"]["remedy"] == "give the id that the application gives to guard.subject"
    assert people(folder) == before
    assert not (folder / "out.json").exists()


def test_without_the_key_nothing_comes_out(folder: Path) -> None:
    """A missing key is said, none is made, and no file is left."""
    (folder / "shop.db.key").rename(folder / "elsewhere.key")
    found = run(folder, "subject", "export", "shop.db", SHOPPER, *WORDS, "-o", "out.json")
    assert (found.status, found.out) == (1, "")
    assert "[OBQ410]" in found.error
    assert not (folder / "out.json").exists()
    assert not (folder / "shop.db.key").exists()
    assert run(folder, "subject", "export", "shop.db", SHOPPER, *WORDS, "--keys", "elsewhere.key").status == 0


def test_a_key_file_that_others_can_read_is_refused(folder: Path) -> None:
    """As by the library itself."""
    (folder / "shop.db.key").chmod(0o644)
    found = run(folder, "subject", "export", "shop.db", SHOPPER, *WORDS)
    assert found.status == 1
    assert "[OBQ411, PROT-1]" in found.error


def test_keys_may_be_in_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--keys env` reads OBQ_PRIVACY_KEYS, `--keys env:NAME` another variable."""
    variable = "1:" + "QUJD" * 10 + "QUE="
    monkeypatch.setenv("SHOP_KEYS", variable)
    with Guard.open(folder / "env.db", policy=POLICY, keys=KeyEnvironment("SHOP_KEYS")) as guard:
        guard.subject(SHOPPER)
    monkeypatch.delenv("SHOP_KEYS")
    words = ("subject", "export", "env.db", SHOPPER, *WORDS, "--keys")
    assert run(folder, *words, "env:SHOP_KEYS", SHOP_KEYS=variable).json["values"] == []
    assert run(folder, *words, "env", OBQ_PRIVACY_KEYS=variable).status == 0
    missing = run(folder, *words, "env:SHOP_KEYS")
    assert missing.status == 1
    assert "environment variable SHOP_KEYS" in missing.error
    assert run(folder, *words, "env:").status == 2


def test_the_policy_has_to_be_the_one_in_force(folder: Path) -> None:
    """Another version is refused, and so is a document, which lacks the code that opens values."""
    found = run(folder, "subject", "export", "shop.db", SHOPPER, "--policy", "cli_shop:NEXT", "-o", "out.json")
    assert "[OBQ705, CHANGE-3]" in found.error
    archived = run(folder, "subject", "export", "shop.db", SHOPPER, "--policy", "shop.db@", "-o", "out.json")
    assert "[OBQ205]" in archived.error
    assert (found.status, archived.status) == (1, 1)
    assert not (folder / "out.json").exists()


def test_values_with_other_holders_are_in_it(folder: Path) -> None:
    """Holders that the application registers in code are named, too; what is no holder is called wrongly."""
    (folder / "holder_shop.py").write_text(
        "from pathlib import Path\n"
        "from obq_privacy.rights import Holding\n"
        "class Table:\n"
        "    name = 'crm'\n"
        "    def holdings(self, subject):\n"
        "        yield Holding('row 1', 'note', 'consignee-name', Path('token').read_bytes(), record='row 1')\n"
        "    def erase(self, subject, places):\n"
        "        return ''\n"
        "    def isolate(self, subject, places):\n"
        "        return ''\n"
        "TABLE = Table()\n",
        "utf-8",
    )
    with Guard.open(folder / "shop.db", policy=POLICY) as guard:
        token = guard.subject(SHOPPER).collect(NAME, "Another Name").seal(record="row 1")
    (folder / "token").write_bytes(token)
    words = ("subject", "export", "shop.db", SHOPPER, *WORDS, "--holder")
    values = run(folder, *words, "holder_shop:TABLE").json["values"]
    assert ("crm", "Another Name") in {(value["holder"], value["value"]) for value in values}
    assert run(folder, *words, "holder_shop:Path").status == 2
