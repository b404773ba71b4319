"""Check that a wheel is complete, and that it alone passes the demo, in a fresh environment: no test, but a command.

python tests/wheel.py dist/obq_privacy-0.1.0-py3-none-any.whl
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import tomllib
import venv
import zipfile
from configparser import ConfigParser
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "obq_privacy"
_LEFT_OUT = frozenset({".pyc", ".pyo"})

# What a program in the environment says of the package that it finds there.
_PROBE = """
import json, pathlib, sys
import obq_privacy
place = pathlib.Path(obq_privacy.__file__).parent
import obq_privacy.rights, obq_privacy.shop, obq_privacy.crypto
said = {
    "place": str(place),
    "typed": (place / "py.typed").is_file(),
    "schemas": sorted(file.name for file in (place / "rights" / "schemas").iterdir()),
    "others": sorted(name for name in ("hypothesis", "pytest") if name in sys.modules),
}
print(json.dumps(said))
"""


def main(arguments: list[str]) -> int:
    """Check a wheel; say what is wrong with it, and give 1 if anything is."""
    if len(arguments) != 1 or not Path(arguments[0]).is_file():
        sys.stderr.write("usage: python tests/wheel.py WHEEL\n")
        return 2
    wheel = Path(arguments[0]).resolve()
    problems = [*content(wheel)]
    with tempfile.TemporaryDirectory() as folder:
        problems += alone(wheel, Path(folder))
    sys.stderr.writelines(f"{wheel.name}: {problem}\n" for problem in problems)
    verdict = f"{len(problems)} problems" if problems else "complete, and passes the demo alone"
    sys.stdout.write(f"{wheel.name}: {verdict}\n")
    return int(bool(problems))


def content(wheel: Path) -> Iterator[str]:
    """Compare what is in the wheel with what the sources and pyproject.toml say."""
    with zipfile.ZipFile(wheel) as archive:
        if archive.testzip() is not None:
            yield "it is damaged"
        names = set(archive.namelist())
        about = next(name.partition("/")[0] for name in names if name.endswith(".dist-info/METADATA"))
        points = ConfigParser()
        if f"{about}/entry_points.txt" in names:
            points.read_string(archive.read(f"{about}/entry_points.txt").decode())
    source = ROOT / "src"
    due = {
        file.relative_to(source).as_posix()
        for file in (source / PACKAGE).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and file.suffix not in _LEFT_OUT
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    forced = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"].values())
    yield from (f"{name} is missing" for name in sorted((due | forced) - names))
    extra = {name for name in names if PurePosixPath(name).parts[0] not in {PACKAGE, about}}
    yield from (f"{name} does not belong there" for name in sorted(extra | {n for n in names if n.endswith(".pyc")}))
    due_points = {
        "console_scripts": project["project"].get("scripts", {}),
        **project["project"].get("entry-points", {}),
    }
    for group, entries in due_points.items():
        for name, target in entries.items():
            if points.get(group, name, fallback=None) != target:
                yield f"the entry point {name} of {group} is missing"


def alone(wheel: Path, folder: Path) -> list[str]:
    """Install the wheel and what it needs into an environment of its own, and run the demo there, twice."""
    venv.create(folder / "env", with_pip=True)
    program = folder / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL"))}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(program), *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )

    done = run("-m", "pip", "install", "-q", str(wheel))
    if done.returncode:
        return [f"it cannot be installed: {done.stderr.strip()}"]
    problems = [] if run("-m", "pip", "check").returncode == 0 else ["its dependencies do not fit together"]
    done = run("-I", "-W", "error", "-c", _PROBE)
    if done.returncode:
        return [*problems, f"it cannot be imported: {done.stderr.strip()}"]
    said = json.loads(done.stdout)
    if not Path(said["place"]).is_relative_to(folder.resolve()):
        problems.append("another copy of the package is imported")
    if not said["typed"] or not said["schemas"]:
        problems.append("py.typed or the schemas are not where the package looks for them")
    if said["others"]:
        problems.append(f"importing it imports {', '.join(said['others'])}")
    for number in ("first", "second"):
        done = run("-m", PACKAGE, "demo")
        if done.returncode or done.stderr or "The audit chain is whole" not in done.stdout:
            problems.append(f"its {number} demo fails: {done.stderr.strip()}")
    script = program.with_name("obq-privacy.exe" if os.name == "nt" else "obq-privacy")
    if subprocess.run([str(script), "--version"], env=environment, capture_output=True, check=False).returncode:
        problems.append("the command obq-privacy does not start")
    return problems


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
