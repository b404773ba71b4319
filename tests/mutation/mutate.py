"""Run the tests against mutants of the trusted core: every mutant is killed by a test, or explained.

```console
$ python tests/mutation/mutate.py                                        # every module of modules.toml
$ python tests/mutation/mutate.py --module obq_privacy.consent._fold     # one of them
$ python tests/mutation/mutate.py --sample 40 --seed 7                   # forty mutants drawn from all of them
```

Each mutant lives in a forked process, which runs the tests of modules.toml until the first failure. It exits
with 1 when a mutant survives that survivors.toml does not explain, when an explanation no longer belongs to any
mutant, or when the tests fail without one. See docs/mutation.md.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.machinery
import importlib.util
import math
import multiprocessing
import os
import random
import resource
import signal
import sys
import time
import tomllib
import traceback
import types
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import pytest
from mutants import Mutant, mutants

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
_LOADED_ONCE = ("attrs", "cryptography.hazmat.primitives.ciphers.aead", "hypothesis.stateful")


class Work(NamedTuple):
    """One mutant to try: of which module, and the tests to try it with."""

    module: str
    tests: tuple[str, ...]
    mutant: Mutant


class Result(NamedTuple):
    """What became of it, after how many seconds."""

    work: Work
    outcome: str
    seconds: float


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


# ── Processes ─────────────────────────────────────────────────────────────────────────────────────────────


class _Running(NamedTuple):
    work: Work
    began: float


def forked(works: Iterable[Work], act: Callable[[Work], int], *, jobs: int, limit: float) -> Iterator[Result]:
    """Let a forked process act on each work, `jobs` at a time and for at most `limit` seconds; give the outcomes."""
    left, running = iter(works), dict[int, _Running]()
    while True:
        while len(running) < jobs and (work := next(left, None)) is not None:
            running[_fork(work, act)] = _Running(work, time.monotonic())
        if not running:
            return
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid in running:
            work, began = running.pop(pid)
            yield Result(work, _outcome(os.waitstatus_to_exitcode(status)), time.monotonic() - began)
            continue
        for late, (_, began) in running.items():
            if time.monotonic() - began > limit:
                os.killpg(late, signal.SIGKILL)
        time.sleep(0.01)


def _fork(work: Work, act: Callable[[Work], int]) -> int:
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            os.setpgid(0, 0)
            code = act(work)
        except BaseException:  # noqa: BLE001  the child never goes on as its parent
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    return pid


def _outcome(code: int) -> str:
    match code:
        case 0:
            return "survived"
        case 4 | 5:
            return "no tests"
        case 70:
            return "not tried"
        case -9 | -24:  # SIGKILL, SIGXCPU
            return "killed by time"
        case _:
            return "killed"


# ── Mutants outside functions: the module is imported anew ────────────────────────────────────────────────


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


def import_and_test(work: Work) -> int:
    """Run the tests on the changed module, from the import on; 0 when none of them noticed."""
    sys.meta_path.insert(0, _Finder(work.module, work.mutant.tree))
    return _pytest(work.tests)


def _pytest(tests: Sequence[str], *plugins: object) -> int:
    os.chdir(ROOT)
    os.environ["OBQ_PROFILE"] = "mutation"
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(ROOT / "src"))
    log = os.open(ROOT / ".mutation.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    return int(pytest.main([*_OPTIONS, *tests], plugins=plugins))


_OPTIONS = ["-x", "-q", "--tb=short", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]

# ── Mutants inside functions: collected tests, and other code in the function ─────────────────────────────


class Loop:
    """A plugin that, where pytest would run the collected tests once, runs them once for each mutant.

    Collecting takes longer than most mutants live. A forked process puts the mutant's code into the function object,
    which everybody who imported it sees. The tests run in the order of how long they take.
    """

    def __init__(self, works: Sequence[Work], tell: Callable[[Result], None], *, jobs: int) -> None:
        self.works, self.tell, self.jobs = works, tell, jobs
        self.passed = False
        self._took: dict[str, float] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the tests without a mutant, and then with each."""
        began = time.monotonic()
        self.passed = _run(session, session.items) == 0
        if self.passed:
            items = sorted(session.items, key=lambda item: self._took.get(item.nodeid, 0.0))
            limit = 30 + 5 * (time.monotonic() - began)
            for result in forked(
                self.works, lambda work: _swap_and_test(work, session, items), jobs=self.jobs, limit=limit
            ):
                self.tell(result)
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Let what would run for ever end soon: of a processor's time, each test has a few times what it took."""
        if self.passed:
            seconds = time.process_time() + 4 + 5 * self._took.get(item.nodeid, 0.0)
            resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(seconds), resource.RLIM_INFINITY))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember how long each test takes."""
        self._took[report.nodeid] = self._took.get(report.nodeid, 0.0) + report.duration


def _run(session: pytest.Session, items: Sequence[pytest.Item]) -> int:
    for item, following in zip(items, [*items[1:], None], strict=True):
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return 1
    return 0


def _swap_and_test(work: Work, session: pytest.Session, items: Sequence[pytest.Item]) -> int:
    module = importlib.import_module(work.module)
    code = compile(work.mutant.tree, str(source_of(work.module)), "exec")
    for name in work.mutant.function.split("."):
        # The last of them: those before it are overloads.
        *_, code = (part for part in code.co_consts if isinstance(part, types.CodeType) and part.co_name == name)
    _function_of(module, work.mutant.function).__code__ = code
    return _run(session, items)


def _function_of(module: types.ModuleType, name: str) -> types.FunctionType:
    """Give the function object behind a name: a plain one, a property's, a class method's, or a cached one's."""
    *path, last = name.split(".")
    holder: Any = module
    for part in path:
        holder = getattr(holder, part)
    found = cast("dict[str, object]", vars(holder))[last]
    for inner in ("fget", "__func__", "__wrapped__"):
        found = getattr(found, inner, found)
    assert isinstance(found, types.FunctionType)
    return found


# ── The whole run ─────────────────────────────────────────────────────────────────────────────────────────


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for."""
    known = modules()
    asked = argparse.ArgumentParser(description="Try the tests on mutants of the trusted core.")
    asked.add_argument("--module", action="append", choices=sorted(known), help="only this module; may be repeated")
    asked.add_argument("--id", action="append", help="only this mutant, as a run names it; may be repeated")
    asked.add_argument("--sample", type=int, help="only so many mutants, drawn from all")
    asked.add_argument("--seed", type=int, default=0, help="for the drawing")
    asked.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at a time")
    asked.add_argument("--recheck", action="store_true", help="try explained survivors as well")
    asked.add_argument("--list", action="store_true", help="only list the mutants")
    options = asked.parse_args(arguments)
    chosen = {name: known[name] for name in options.module or known}
    reasons = explained()
    works = [Work(name, tests, mutant) for name, tests in chosen.items() for mutant in mutants_of(name)]
    stale = [] if options.module else sorted(set(reasons) - {work.mutant.id for work in works})
    if not options.recheck:
        works = [work for work in works if work.mutant.id not in reasons]
    if options.id:
        works = [work for work in works if work.mutant.id in options.id]
    if options.sample is not None:
        works = random.Random(options.seed).sample(works, min(options.sample, len(works)))  # noqa: S311
    if options.list:
        for work in works:
            _say(_shown(work))
        return 0
    for name in stale:
        _say(f"an explanation without its mutant: {name} ({reasons[name]['change']})")
    good = not stale
    for tests in dict.fromkeys(chosen.values()):
        guarded = [work for work in works if work.tests == tests]
        good = (not guarded or _guarded(guarded, tests, reasons, jobs=options.jobs)) and good
    return 0 if good else 1


def _guarded(works: Sequence[Work], tests: tuple[str, ...], reasons: Mapping[str, object], *, jobs: int) -> bool:
    """Try the mutants that the same tests guard and say what became of them; tell whether all is as it should be."""
    began, good, counts = time.monotonic(), True, dict[str, int]()
    names = ", ".join(sorted({work.module for work in works}))
    try:
        for result in tried(works, tests, jobs=jobs):
            good = _judged(result, reasons) and good
            counts[result.outcome] = counts.get(result.outcome, 0) + 1
            if sum(counts.values()) % 100 == 0:
                _say(f"… {sum(counts.values())} of {len(works)}")
    except FailingTestsError:
        _say(f"the tests fail without any mutant: {' '.join(tests)}; see .mutation.log")
        return False
    said = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
    _say(f"{names}: {len(works)} mutants in {time.monotonic() - began:.0f} s: {said}")
    return good


class FailingTestsError(Exception):
    """The tests fail without any mutant, so they would tell nothing."""


def tried(works: Sequence[Work], tests: tuple[str, ...], *, jobs: int) -> Iterator[Result]:
    """Try mutants that the same tests guard.

    Raises:
        FailingTestsError: they fail without any mutant.
    """
    inside = {work.mutant.id: work for work in works if work.mutant.function}
    outside = [work for work in works if not work.mutant.function]
    reader, writer = multiprocessing.Pipe(duplex=False)

    def host() -> None:
        def tell(result: Result) -> None:
            writer.send((result.work.mutant.id, result.outcome, result.seconds))

        loop = Loop(list(inside.values()), tell, jobs=jobs)
        _pytest(tests, loop)
        sys.exit(not loop.passed)

    for name in _LOADED_ONCE:  # before forking, so that no child pays for it
        importlib.import_module(name)
    process = multiprocessing.get_context("fork").Process(target=host)
    process.start()
    writer.close()
    with suppress(EOFError):
        while True:
            name, outcome, seconds = reader.recv()
            if outcome in {"survived", "not tried"}:
                # Or it also runs while its module is imported, and had done so before its mutant came; or its code
                # does not fit the function, because it closes over other names.
                outside.append(inside[name])
            else:
                yield Result(inside[name], outcome, seconds)
    process.join()
    if process.exitcode:
        raise FailingTestsError
    yield from forked(outside, import_and_test, jobs=jobs, limit=600)


def _judged(result: Result, reasons: Mapping[str, object]) -> bool:
    """Print what is worth a look; tell whether the result is as it should be."""
    known = result.work.mutant.id in reasons
    lived = result.outcome in {"survived", "no tests", "not tried"}
    if lived and not known:
        _say(f"{result.outcome}: {_shown(result.work)}")
    elif known and not lived:
        _say(f"explained, yet {result.outcome}; remove the explanation: {_shown(result.work)}")
    return known or not lived


def _shown(work: Work) -> str:
    place = f"{source_of(work.module).relative_to(ROOT)}:{work.mutant.line}"
    return f"{place} [{work.mutant.id}]\n    {work.mutant.text}\n    {work.mutant.change}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":  # the order of sets is the same in every run
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": "0"})  # noqa: S606
    sys.exit(main())
