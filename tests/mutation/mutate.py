"""Run the tests against mutants of the trusted core: every mutant is killed by a test, or explained.

```console
$ python tests/mutation/mutate.py                                        # every module of modules.toml
$ python tests/mutation/mutate.py --module obq_privacy.consent._fold     # one of them
$ python tests/mutation/mutate.py --sample 40 --seed 7                   # forty mutants drawn from all of them
```

Each mutant lives in a forked process, which imports the changed module in place of the file and runs the tests of
modules.toml until the first failure. It exits with 1 when a mutant survives that survivors.toml does not explain, or
when an explanation no longer belongs to any mutant. See docs/mutation.md.
"""

from __future__ import annotations

import argparse
import ast
import importlib.machinery
import importlib.util
import os
import random
import signal
import sys
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import attrs
import cryptography.hazmat.primitives.ciphers.aead
import hypothesis.stateful
import pytest
from mutants import Mutant, mutants

if TYPE_CHECKING:
    import types
    from collections.abc import Iterable, Mapping, Sequence

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
_LOADED_ONCE = (attrs, cryptography, hypothesis)  # before forking, so that no child pays for it


class Work(NamedTuple):
    """One mutant to try: of which module, and the tests to try it with, fastest first."""

    module: str
    tests: tuple[str, ...]
    mutant: Mutant | None


def modules() -> dict[str, tuple[str, ...]]:
    """Read which tests guard which module."""
    form = tomllib.loads((HERE / "modules.toml").read_text(encoding="utf-8"))
    return {name: tuple(entry["tests"]) for name, entry in form.items()}


def explained() -> dict[str, dict[str, str]]:
    """Read the survivors that somebody explained, by id."""
    form = tomllib.loads((HERE / "survivors.toml").read_text(encoding="utf-8"))
    return {entry["id"]: entry for entry in form.get("survivor", [])}


def source_of(module: str) -> Path:
    """Give the file of a module."""
    return ROOT / "src" / Path(*module.split(".")).with_suffix(".py")


def mutants_of(module: str) -> list[Mutant]:
    """Give every mutant of a module."""
    return list(mutants(module, source_of(module).read_text(encoding="utf-8")))


# ── One mutant, in a process of its own ───────────────────────────────────────────────────────────────────


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads a tree in place of the file."""

    def __init__(self, name: str, path: str, tree: ast.Module) -> None:
        super().__init__(name, path)
        self._tree = tree

    def get_code(self, fullname: str) -> types.CodeType:
        return compile(self._tree, self.get_filename(fullname), "exec")


class _Finder:
    """Finds one module, and leaves the others to those after it."""

    def __init__(self, name: str, tree: ast.Module) -> None:
        self._name, self._tree = name, tree

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        if fullname != self._name:
            return None
        file = str(source_of(fullname))
        return importlib.util.spec_from_file_location(fullname, file, loader=_Loader(fullname, file, self._tree))


def _child(work: Work) -> int:
    """Run the tests; 0 when none of them noticed."""
    os.setpgid(0, 0)
    os.chdir(ROOT)
    os.environ["OBQ_PROFILE"] = "mutation"
    sys.dont_write_bytecode = True
    sink = os.open(os.devnull if work.mutant else ROOT / ".mutation.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    if work.mutant is not None:
        sys.meta_path.insert(0, _Finder(work.module, work.mutant.tree))
    sys.path.insert(0, str(ROOT / "src"))
    return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "--tb=short", *work.tests]))


class _Running(NamedTuple):
    work: Work
    began: float


def _start(work: Work) -> int:
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            code = _child(work)
        finally:
            os._exit(code)
    return pid


def run(works: Iterable[Work], *, jobs: int, limit: float) -> Iterable[tuple[Work, str, float]]:
    """Try mutants, `jobs` at a time, each for at most `limit` seconds; give each with its outcome and seconds."""
    left, running = iter(works), dict[int, _Running]()
    while True:
        while len(running) < jobs and (work := next(left, None)) is not None:
            running[_start(work)] = _Running(work, time.monotonic())
        if not running:
            return
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid in running:
            work, began = running.pop(pid)
            yield work, _outcome(os.waitstatus_to_exitcode(status)), time.monotonic() - began
            continue
        for late, (_, began) in running.items():
            if time.monotonic() - began > limit:
                os.killpg(late, signal.SIGKILL)
        time.sleep(0.02)


def _outcome(code: int) -> str:
    match code:
        case 0:
            return "survived"
        case 4 | 5:
            return "no tests"
        case -9:
            return "killed by time"
        case _:
            return "killed"


# ── The whole run ─────────────────────────────────────────────────────────────────────────────────────────


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for."""
    known = modules()
    asked = argparse.ArgumentParser(description="Try the tests on mutants of the trusted core.")
    asked.add_argument("--module", action="append", choices=sorted(known), help="only this module; may be repeated")
    asked.add_argument("--sample", type=int, help="only so many mutants, drawn from all")
    asked.add_argument("--seed", type=int, default=0, help="for the drawing")
    asked.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at a time")
    asked.add_argument("--recheck", action="store_true", help="try explained survivors as well")
    asked.add_argument("--list", action="store_true", help="only list the mutants")
    options = asked.parse_args(arguments)
    chosen = {name: known[name] for name in options.module or known}
    reasons = explained()
    works = [Work(name, tests, each) for name, tests in chosen.items() for each in mutants_of(name)]
    stale = [] if options.module else sorted(set(reasons) - {each.mutant.id for each in works if each.mutant})
    if not options.recheck:
        works = [work for work in works if work.mutant is None or work.mutant.id not in reasons]
    if options.sample is not None:
        works = random.Random(options.seed).sample(works, min(options.sample, len(works)))  # noqa: S311
    if options.list:
        for work in works:
            _say(_shown(work))
        return 0
    limit = _baseline(chosen)
    return 0 if limit is not None and not _survivors(works, reasons, jobs=options.jobs, limit=limit) | bool(stale) else 1


def _baseline(chosen: Mapping[str, tuple[str, ...]]) -> float | None:
    """Run the tests on what is there; give the seconds after which a mutant counts as killed, None when they fail."""
    longest = 0.0
    for tests in dict.fromkeys(chosen.values()):
        for _, outcome, seconds in run([Work("", tests, None)], jobs=1, limit=3600):
            if outcome != "survived":
                _say(f"the tests fail without any mutant ({outcome}): {' '.join(tests)}; see .mutation.log")
                return None
            longest = max(longest, seconds)
    _say(f"the tests take up to {longest:.0f} s")
    return 60 + 5 * longest


def _survivors(works: Sequence[Work], reasons: Mapping[str, object], *, jobs: int, limit: float) -> bool:
    """Try every mutant and print what survived; tell whether any of it is not explained."""
    counts = dict.fromkeys(("killed", "killed by time", "survived", "explained", "no tests"), 0)
    began, unexplained = time.monotonic(), False
    for done, (work, outcome, _) in enumerate(run(works, jobs=jobs, limit=limit), start=1):
        known = work.mutant is not None and work.mutant.id in reasons
        counts["explained" if known and outcome == "survived" else outcome] += 1
        if outcome in {"survived", "no tests"} and not known:
            unexplained = True
            _say(f"{outcome}: {_shown(work)}")
        elif known and outcome != "survived":
            _say(f"explained, yet {outcome}; remove the explanation: {_shown(work)}")
        if done % 50 == 0:
            _say(f"… {done} of {len(works)} after {time.monotonic() - began:.0f} s")
    said = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    _say(f"{len(works)} mutants in {time.monotonic() - began:.0f} s: {said}")
    return unexplained


def _shown(work: Work) -> str:
    mutant = work.mutant
    if mutant is None:
        return work.module
    place = f"{source_of(work.module).relative_to(ROOT)}:{mutant.line}"
    return f"{place} [{mutant.id}]\n    {mutant.text}\n    {mutant.change}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
