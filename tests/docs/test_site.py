"""The documentation site: it builds without a warning, its links lead somewhere, and no public name is missing."""

from __future__ import annotations

import inspect
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

import obq_privacy

if TYPE_CHECKING:
    from types import ModuleType

pytest.importorskip("sphinx", reason="needs the extra docs")
pytest.importorskip("furo", reason="needs the extra docs")
pytest.importorskip("myst_parser", reason="needs the extra docs")

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS / "_extensions"))

from public_names import full_name, names_of, packages  # noqa: E402  it is found by the line above


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site as everybody does, with every warning an error and every reference checked."""
    place = tmp_path_factory.mktemp("site")
    command = ["sphinx", "-W", "--keep-going", "-n", "-q", "-E", "-j", "2", "-b", "html", "-d", str(place / "trees")]
    done = subprocess.run(
        [sys.executable, "-m", *command, str(DOCS), str(place / "html")],
        capture_output=True,
        text=True,
        check=False,
        cwd=place,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return place / "html"


class Page(HTMLParser):
    """What a page refers to, and what can be referred to in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in attrs}
        if "id" in facts:
            self.anchors.add(facts["id"])
        if tag == "a" and "href" in facts:
            self.links.append(facts["href"])
        if tag == "link" and "stylesheet" in facts.get("rel", ""):
            self.loaded.append(facts["href"])
        if tag in {"script", "img", "iframe", "source"} and "src" in facts:
            self.loaded.append(facts["src"])


@cache
def page(path: Path) -> Page:
    return Page(path)


def pages(site: Path) -> list[Path]:
    return sorted(path for path in site.rglob("*.html") if "_static" not in path.parts)


def test_every_link_within_the_site_leads_somewhere(site: Path) -> None:
    """The file is there, and where an anchor is named, something in it has that id."""
    lost = []
    for path in pages(site):
        for link in page(path).links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            found = target.is_file() and (not parts.fragment or unquote(parts.fragment) in page(target).anchors)
            if not found and (target.suffix == ".html" or not target.exists()):
                lost.append(f"{path.relative_to(site)}: {link}")
    assert lost == []


def test_the_site_loads_nothing_from_elsewhere(site: Path) -> None:
    """It can be read offline, and nobody learns who reads it."""
    elsewhere = [thing for path in pages(site) for thing in page(path).loaded if urlsplit(thing).netloc]
    assert elsewhere == []


def inventory(site: Path) -> set[str]:
    """Give the Python names that the site describes, as other sites find them."""
    from sphinx.util.inventory import InventoryFile  # noqa: PLC0415  the tests above say when it is missing

    loaded = InventoryFile.loads((site / "objects.inv").read_bytes(), uri="")
    return {name for kind, names in loaded.data.items() if kind.startswith("py:") for name in names}


def listed() -> list[tuple[ModuleType, str]]:
    """Give every name of every public `__all__`; modules stand for what is in them."""
    return [
        (package, name)
        for package in packages()
        for name in names_of(package)
        if hasattr(package, "__all__") or package.__name__ == "obq_privacy.errors"
        if not inspect.ismodule(getattr(package, name)) and name != "__version__"
    ]


def test_every_public_name_is_described(site: Path) -> None:
    """Whatever a public package lists has its entry in the reference, late-loaded names included."""
    described = inventory(site)
    assert len(listed()) > 400
    assert [full_name(package.__name__, name) for package, name in listed()] != []
    missing = {full_name(package.__name__, name) for package, name in listed()} - described
    assert missing == set()


def test_every_public_module_is_one_of_the_reference() -> None:
    """No other package is without `__all__`, so none escapes the test above."""
    loose = {package.__name__ for package in packages() if not hasattr(package, "__all__")}
    apart = {name for name in loose if name.startswith("obq_privacy.shop.")}  # declarations, named by `shop`'s folders
    fixtures = {"obq_privacy.testing.plugin"}  # they are found by name; the page of the test kit has a table of them
    assert loose - apart - fixtures <= {"obq_privacy.errors", "obq_privacy.cli"}


def test_every_fixture_of_the_plugin_is_described() -> None:
    """Fixtures are no names to import, so the page of the test kit lists them itself."""
    from obq_privacy.testing import plugin  # noqa: PLC0415  pytest has loaded it already, or it has not been installed

    page_of_the_kit = (DOCS / "reference" / "api" / "testing.md").read_text("utf-8")
    fixtures = [name for name, thing in vars(plugin).items() if "FixtureFunction" in type(thing).__name__]
    assert len(fixtures) >= 5
    assert [name for name in fixtures if f"`{name}`" not in page_of_the_kit] == []


def methods() -> list[tuple[str, object]]:
    """Give every public method and property of every public class."""
    found: dict[str, object] = {}
    for package, name in listed():
        kind: object = getattr(package, name)
        if inspect.isclass(kind) and kind.__module__.startswith("obq_privacy"):
            for method, member in vars(kind).items():
                described = inspect.isfunction(member) or isinstance(member, property | classmethod | staticmethod)
                if described and not method.startswith("_"):
                    found[f"{full_name(package.__name__, name)}.{method}"] = getattr(kind, method)
    return sorted(found.items(), key=lambda pair: pair[0])


def test_every_public_method_says_what_it_does() -> None:
    """Docstrings are contracts: no public method or property of any public class is without one."""
    assert len(methods()) > 200
    assert [name for name, member in methods() if not (inspect.getdoc(member) or "").strip()] == []


def test_every_code_has_its_heading(site: Path) -> None:
    """`errors.html#obq108` is where OBQ108 is explained; messages and records lead there by the code alone."""
    codes = {kind.code.lower() for kind in _kinds()}
    assert len(codes) > 100
    assert codes <= page(site / "errors.html").anchors


def _kinds() -> list[type[obq_privacy.errors.PrivacyError]]:
    kinds = [getattr(obq_privacy.errors, name) for name in dir(obq_privacy.errors)]
    return [kind for kind in kinds if inspect.isclass(kind) and issubclass(kind, obq_privacy.errors.PrivacyError)]


def test_pictures_are_part_of_their_pages(site: Path) -> None:
    """They follow the colours of the page, and have a title and a description for those who do not see them."""
    text = (site / "explanation" / "pictures.html").read_text("utf-8")
    assert text.count('class="obqp"') == 4
    for name in ("house", "life", "consent", "lease"):
        assert {f"{name}-title", f"{name}-desc"} <= page(site / "explanation" / "pictures.html").anchors


def test_pages_list_what_is_on_them(site: Path) -> None:
    """An API page leads to its names and not to each of their methods; other pages to their headings."""
    contents = (site / "reference" / "api" / "values.html").read_text("utf-8").partition('class="toc-tree"')[2]
    assert 'href="#obq_privacy.reveal_all"' in contents
    assert 'href="#obq_privacy.Protected.reveal"' not in contents
    assert 'href="#what-erasing-promises"' in (site / "explanation" / "threat-model.html").read_text("utf-8")


def test_signatures_are_those_that_callers_see(site: Path) -> None:
    """Overloads are shown as such, and nothing of the machinery is: no generated defaults, no private constructors."""
    text = (site / "reference" / "api" / "values.html").read_text("utf-8")
    assert text.count('id="obq_privacy.combine"') == 1
    assert text.count('<span class="pre">combine</span>') >= 2  # two overloads of it
    for path in (site / "reference" / "api").glob("*.html"):
        shown = path.read_text("utf-8")
        for machinery in ("attr_dict", "NOTHING", "&lt;factory&gt;", "*args: object"):
            assert machinery not in shown, (path.name, machinery)
