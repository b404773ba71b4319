"""The pytest plugin: a guard for tests, assertions on its audit log, and leak detection.

It imports what it needs when a test asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from obq_privacy import Guard, Policy
    from obq_privacy.testing._audit import AuditAssertions
    from obq_privacy.testing._fakes import FrozenClock
    from obq_privacy.testing._leaks import NoLeaks

_WATCH = pytest.StashKey["NoLeaks"]()
_NAME = "no_leaks"

for _module in (
    "keys",
    "holder",
    "store",
    "store_audit",
    "store_docket",
    "store_keys",
    "store_ledger",
    "store_subjects",
):
    pytest.register_assert_rewrite(f"obq_privacy.testing._contract_{_module}")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and what has to stand closest to the test."""
    config.addinivalue_line(
        "markers",
        "no_leaks: fail when a value that the test watches turns up in logs, output, warnings, exceptions, files, "
        "databases, or HTTP answers",
    )
    config.pluginmanager.register(_Streams(), "obq_privacy-streams")


# ── Fixtures ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def privacy_policy() -> Policy:
    """The policy of the project, which its conftest.py overrides."""
    raise pytest.UsageError(
        "obq_privacy does not know your policy; override the fixture in conftest.py:\n\n"
        '    @pytest.fixture(scope="session")\n'
        "    def privacy_policy() -> Policy:\n"
        "        return POLICY\n"
    )


@pytest.fixture
def privacy_clock() -> FrozenClock:
    """A clock that stands until the test moves it."""
    from obq_privacy.testing._fakes import FrozenClock  # noqa: PLC0415

    return FrozenClock()


@pytest.fixture
def privacy_guard(
    privacy_policy: Policy, privacy_clock: FrozenClock, request: pytest.FixtureRequest
) -> Iterator[Guard]:
    """A guard in memory on `privacy_clock`, with keys that are not for production."""
    from obq_privacy.testing._guard import guard_for_tests  # noqa: PLC0415

    watch = _watch_of(request)
    if watch is None:
        guard = guard_for_tests(privacy_policy, clock=privacy_clock)
    else:
        guard = guard_for_tests(privacy_policy, clock=privacy_clock, notice=watch.noticed)
        watch.audited(guard.audit)
    with guard:
        yield guard


@pytest.fixture
def privacy_audit(privacy_guard: Guard) -> AuditAssertions:
    """Assertions on the audit log of `privacy_guard`."""
    from obq_privacy.testing._audit import AuditAssertions  # noqa: PLC0415

    return AuditAssertions(privacy_guard.audit)


@pytest.fixture
def audit(privacy_audit: AuditAssertions) -> AuditAssertions:
    """`privacy_audit` by its short name, which a project may use for something else."""
    return privacy_audit


@pytest.fixture
def no_leaks(request: pytest.FixtureRequest) -> NoLeaks:
    """What watches values in this test, and fails it when one turns up. Asking for it is as good as the marker."""
    watch = _watch_of(request)
    if watch is None:
        raise pytest.UsageError("no_leaks is named in the arguments of the test or of a fixture, or by its marker")
    return watch


def _watch_of(request: pytest.FixtureRequest) -> NoLeaks | None:
    node: pytest.Item = request.node
    return node.stash.get(_WATCH, None)


# ── Leak detection ────────────────────────────────────────────────────────────────────────────────────────


def _wanted(item: pytest.Item) -> bool:
    return item.get_closest_marker(_NAME) is not None or _NAME in getattr(item, "fixturenames", ())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Watch a test from the setup of its fixtures to their end."""
    if not _wanted(item):
        return (yield)
    from obq_privacy.testing._leaks import NoLeaks  # noqa: PLC0415

    item.stash[_WATCH] = watch = NoLeaks()
    with watch.listening():
        result = yield
    del item.stash[_WATCH]
    return result


class _Streams:
    """Stands closest to the test, where pytest has put its own standard output in place."""

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Listen to the setup."""
        return (yield from _heard(item))

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Listen to the test."""
        return (yield from _heard(item))

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Listen to the teardown."""
        return (yield from _heard(item))


def _heard(item: pytest.Item) -> Generator[None, Any, Any]:
    watch = item.stash.get(_WATCH, None)
    if watch is None:
        return (yield)
    with watch.streaming():
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that passed and leaked; tell of the leaks of one that failed."""
    report = yield
    watch = item.stash.get(_WATCH, None)
    if watch is not None and call.when != "setup":
        found = watch.reported(
            error=None if call.excinfo is None else call.excinfo.value,
            own=str(item.path),
            captured={"stdout": report.capstdout, "stderr": report.capstderr},
            folder=getattr(item, "funcargs", {}).get("tmp_path"),
        )
        if found is not None and report.failed:
            report.sections.append(("Leaks", found))
        elif found is not None:
            report.outcome, report.longrepr = "failed", found
    return report
