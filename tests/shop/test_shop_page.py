"""The page that lays the shop beside the source leaves nothing out."""

from __future__ import annotations

import re
from pathlib import Path

from obq_privacy import shop
from obq_privacy.shop import pipl

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "shop.md").read_text("utf-8")


def test_every_purpose_is_laid_beside_its_section() -> None:
    """The table names each purpose, once."""
    rows = [line.split("|")[4] for line in PAGE.splitlines() if re.match(r"\| \d", line)]
    named = [word for row in rows for word in re.findall(r"[A-Z][A-Za-z]+", row)]
    assert sorted(named) == sorted(rule.purpose.__name__ for rule in shop.POLICY.purposes)


def test_every_module_is_named() -> None:
    """And no other one."""
    folder = Path(shop.__file__).parent
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("[a-z]*.py")} - {"rules.py", "pipl.py"}
    assert set(re.findall(r"`([a-z/]+\.py)`", PAGE)) - {"rules.py"} == there


def test_the_differences_of_the_stricter_profile_are_those_of_the_code() -> None:
    """Line by line."""
    table = PAGE.split("| what differs | article |\n|---|---|\n")[1].split("\n\n")[0]
    assert table.splitlines() == [f"| {one.what} | {one.article} |" for one in pipl.DIFFERENCES]
