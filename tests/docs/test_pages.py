"""What the pages of the documentation have in common."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^(?:```|~~~).*?^(?:```|~~~)", re.MULTILINE | re.DOTALL)


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def anchors(page: Path) -> set[str]:
    """Give the anchors of the headings, as usual renderers make them."""
    text = _FENCED.sub("", page.read_text("utf-8"))
    titles = re.findall(r"^#+ +(.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link is of a file or folder that is there, and its anchor of a heading in it."""
    for link in _LINK.findall(_FENCED.sub("", page.read_text("utf-8"))):
        if link.startswith(("http:", "https:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_has_one_title(page: Path) -> None:
    """A page begins with its title."""
    text = _FENCED.sub("", page.read_text("utf-8"))
    assert text.startswith("# ")
    assert len(re.findall(r"^# ", text, re.MULTILINE)) == 1


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_python_is_spelled_so_that_it_is_run(page: Path) -> None:
    """A block of Python begins with ```python at the start of a line; any other spelling is passed over unseen."""
    for line in page.read_text("utf-8").splitlines():
        if line.strip().lower().removeprefix("```") in {"py", "python3", "pycon", "python"} and "```" in line:
            assert line == "```python", line


def test_every_page_with_python_is_run() -> None:
    """The suite collects the blocks of every page that has some, wherever in the folder it lies."""
    collected = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider", "README.md", "docs"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    for page in PAGES:
        text = page.read_text("utf-8")
        blocks = text.count("\n```python\n") + text.count("\n<!-- run -->\n```console\n")
        marks = re.findall(r"^<!-- (?:run|file: \S+|more: \S+) -->\n(?!```(?:python|console)\n)", text, re.MULTILINE)
        assert not marks, "a mark stands right before its block"
        assert collected.count(f"{name(page)}::line:") == blocks, name(page)


def test_the_index_leads_to_every_page() -> None:
    """Whoever starts at docs/index.md finds all pages by links alone; the index of decisions lists its folder."""
    found: set[Path] = set()
    left = [ROOT / "docs" / "index.md"]
    while left:
        page = left.pop()
        if page not in found and page.suffix == ".md":
            found.add(page)
            links = (link.partition("#")[0] for link in _LINK.findall(page.read_text("utf-8")))
            left += [(page.parent / link).resolve() for link in links if link and not link.startswith("http")]
            if page.parent.name == "decisions":
                left += page.parent.glob("*.md")
    assert {name(page) for page in PAGES if page.is_relative_to(ROOT / "docs")} <= {name(page) for page in found}


def test_nothing_says_which_machine_it_was_made_on() -> None:
    """No page names a folder of somebody's machine."""
    for page in PAGES:
        assert not re.search(r"(?<![\w.])/(?:home|root|work|tmp|opt|Users)/", page.read_text("utf-8")), name(page)
