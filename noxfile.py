"""The gates, one session each, in environments of their own: `nox --list` names them, `nox` runs those of every change.

What a session needs beyond the package comes from pyproject.toml's extras, or is named here where only a session uses
it. Words after `--` go to the tool: `nox -s tests-3.11 -- tests/cli`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import nox

ROOT = Path(__file__).parent
PYTHONS = ("3.11", "3.12", "3.13")
OLDEST = PYTHONS[0]
EXAMPLES = tuple(f"examples/{name}.py" for name in ("carrier", "second_act", "shop", "shop_terms"))

nox.options.sessions = ["lint", "types", f"tests-{OLDEST}", "docs", f"demo-{OLDEST}"]
nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True


def _installed_pythons() -> None:
    """Let interpreters that pyenv has be found by their names; its shims stand for none until it is told which."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [str(place / "bin") for version in PYTHONS for place in sorted(root.glob(f"{version}.*"), reverse=True)[:1]]
    os.environ["PATH"] = os.pathsep.join([*found, os.environ.get("PATH", "")])


_installed_pythons()

# ── Of every change ───────────────────────────────────────────────────────────────────────────────────────


@nox.session(python=OLDEST)
def lint(session: nox.Session) -> None:
    """Style, import contracts, clauses, vectors, and the reviewed places of the examples."""
    session.install("-e", ".[dev]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")
    session.run("python", "tests/clauses.py", "--check")
    for format_ in ("tokens", "journal", "envelopes"):
        session.run("python", f"docs/vectors/check_{format_}.py", "--check")
    session.run("python", "-m", "obq_privacy", "reveals", "--check", "--lock", "examples/reveals.toml", *EXAMPLES)


@nox.session(python=OLDEST)
def types(session: nox.Session) -> None:
    """Both type checkers, on what is right and on what has to be refused."""
    session.install("-e", ".[dev]")
    session.run("mypy")
    for folder in sorted(place for place in ROOT.glob("tests/*/") if place.name != "typing"):
        files = [str(file.relative_to(ROOT)) for file in sorted(folder.glob("*.py"))]
        if files:  # each folder has its own helpers, imported by bare name as pytest does
            session.run("mypy", *files, env={"MYPYPATH": "tests"})
    session.run("mypy", *(str(file.relative_to(ROOT)) for file in sorted(ROOT.glob("tests/*.py"))))
    session.run("pyright", "--pythonpath", str(Path(session.bin) / "python"))
    session.run("python", "-m", "pytest", "-q", "tests/typing")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """All tests; on other Pythons than the oldest with fewer examples for each property."""
    session.install("-e", ".[test]")
    profile = os.environ.get("OBQ_PROFILE", "quick" if session.python == OLDEST else "brief")
    words = session.posargs or ["-n", "auto", "--dist", "loadfile"]
    session.run("python", "-m", "pytest", "-q", *words, env={"OBQ_PROFILE": profile})


@nox.session(python=OLDEST)
def docs(session: nox.Session) -> None:
    """The documentation: every block of code runs, and the site builds without a warning."""
    session.install("-e", ".[docs,test]")
    session.run("python", "-m", "pytest", "-q", "README.md", "docs", "tests/docs")
    session.run("sphinx-build", "-W", "--keep-going", "-n", "-q", "docs", str(Path(session.create_tmp()) / "html"))


@nox.session(python=PYTHONS)
def demo(session: nox.Session) -> None:
    """The demo, twice, in an empty folder, of the package as a user installs it."""
    session.install(".")
    folder = Path(session.create_tmp()).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with session.chdir(folder):
        for _ in range(2):
            session.run("python", "-m", "obq_privacy", "demo", silent=True)


# ── Of a release, and now and then ────────────────────────────────────────────────────────────────────────


@nox.session(python=OLDEST)
def mutation(session: nox.Session) -> None:
    """The mutation gate on a sample; on all mutants with `-- --all`."""
    session.install("-e", ".[test]")
    words = session.posargs or ["--sample", "12", "--seed", "1"]
    session.run("python", "tests/mutation/mutate.py", *(word for word in words if word != "--all"))


@nox.session(python=OLDEST)
def bench(session: nox.Session) -> None:
    """What it costs, as ratios; fails where a limit is not kept. Best on a machine that does nothing else."""
    session.install("-e", ".[test]")
    session.run("python", "benchmarks/cost.py", "--check", *session.posargs)


@nox.session(python=OLDEST)
def build(session: nox.Session) -> None:
    """Source distribution and wheel into dist/, and the wheel alone passes the demo and is complete."""
    session.install("build>=1.2")
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    session.run("python", "-m", "build", "--outdir", "dist", ".")
    (wheel,) = (ROOT / "dist").glob("*.whl")
    session.run("python", "tests/wheel.py", str(wheel))


@nox.session(python=OLDEST)
def sbom(session: nox.Session) -> None:
    """What a fresh environment with the wheel alone has in it, as CycloneDX, into dist/sbom.cdx.json."""
    python = _fresh(session)
    session.install("cyclonedx-bom[validation]>=7")
    target = ROOT / "dist" / "sbom.cdx.json"
    target.parent.mkdir(exist_ok=True)
    form_of = ("--output-format", "JSON", "--output-reproducible", "--validate", "--mc-type", "library")
    where = ("--pyproject", "pyproject.toml", "-o", str(target), str(python))
    session.run("cyclonedx-py", "environment", *form_of, *where)
    form = json.loads(target.read_text("utf-8"))
    form["metadata"]["component"]["version"] = _version()
    target.write_text(json.dumps(form, indent=2) + "\n", "utf-8")
    names = sorted(f"{part['name']} {part['version']}" for part in form["components"])
    session.log(f"{len(names)} components: {', '.join(names)}")


@nox.session(python=OLDEST)
def audit(session: nox.Session) -> None:
    """Known vulnerabilities of what the wheel needs. No answer of the advisory service is a failure, and says so."""
    python = _fresh(session)
    session.install("pip-audit>=2.9")
    folder = Path(session.create_tmp()).resolve()
    frozen = str(session.run("python", "-m", "pip", "--python", str(python), "freeze", silent=True))
    pinned = [line for line in frozen.splitlines() if re.match(r"[\w.-]+==", line)]
    needed, answer = folder / "needed.txt", folder / "audit.json"
    needed.write_text("".join(f"{line}\n" for line in pinned), "utf-8")
    answer.unlink(missing_ok=True)
    options = ("--no-deps", "--disable-pip", "--progress-spinner", "off", "-f", "json", "-o", str(answer))
    session.run("pip-audit", "-r", str(needed), *options, *session.posargs, success_codes=range(256))
    text = answer.read_text("utf-8") if answer.exists() else ""
    found = json.loads(text)["dependencies"] if text.strip() else []
    if all("skip_reason" in part for part in found):  # pip-audit calls that "no known vulnerabilities"
        session.error("the advisory service gave no answer, so nothing was audited; try again where it can be reached")
    unknown = [part["name"] for part in found if "skip_reason" in part]
    vulnerable = [f"{part['name']}: {one['id']}" for part in found for one in part.get("vulns", ())]
    if unknown or vulnerable or len(found) != len(pinned):
        session.error(f"vulnerable: {', '.join(vulnerable) or 'none'}; not audited: {', '.join(unknown) or 'none'}")
    session.log(f"{len(found)} packages, none with a known vulnerability")


def _fresh(session: nox.Session) -> Path:
    """Make an environment that has the package as it is built, what that needs, and nothing else: not even pip."""
    place = Path(session.create_tmp()).resolve() / "fresh"
    shutil.rmtree(place, ignore_errors=True)
    session.run("python", "-m", "venv", "--without-pip", str(place))
    python = place / ("Scripts" if os.name == "nt" else "bin") / "python"
    session.run("python", "-m", "pip", "--python", str(python), "install", "-q", str(ROOT))
    return python


def _version() -> str:
    """Give the version of the package, which pyproject.toml leaves to the package."""
    text = (ROOT / "src" / "obq_privacy" / "_version.py").read_text("utf-8")
    found = re.search(r'__version__ = "(.+)"', text)
    return "" if found is None else found.group(1)
