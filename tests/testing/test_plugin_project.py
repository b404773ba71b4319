"""The plugin as a project sees it that depends on the library: its own conftest, its own tests, its own pytest."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["pytester"]

SHOP = """
import logging, warnings
from obq_privacy import Category, PersonalItem, Policy, Purpose, SensitiveItem, additional, basic, validators

class Delivery(Purpose): "Bring the order to the consignee."
class Payment(Purpose): "Take the money for the order."
class Marketing(Purpose): "Tell the shopper about offers."

NAME = PersonalItem("consignee-name", str, Delivery | Payment)
CARD = SensitiveItem("bank-card", str, Payment, category=Category.BANK_ACCOUNT, validate=validators.BankCard())
POLICY = Policy(version="1", controller="Shop", purposes=[
    basic(Delivery, necessary=[NAME]), basic(Payment, necessary=[CARD], optional=[NAME]), additional(Marketing),
])
silent = logging.getLogger("shop.silent")
silent.propagate = False

def pay(card):
    plain = card.reveal(Payment)
    return plain[-4:]

def fail(card):
    plain = card.reveal(Payment)
    raise RuntimeError("the bank is closed")
"""

CONFTEST = """
import pytest
from shop import POLICY

@pytest.fixture(scope="session")
def privacy_policy():
    return POLICY

@pytest.fixture
def shopper(privacy_guard):
    import datetime as dt
    from shop import Delivery, Payment
    shopper = privacy_guard.subject("42", born=dt.date(1990, 5, 1))
    shopper.grant(Delivery, Payment)
    return shopper
"""

IMPORTS = """
import subprocess, sys, warnings, datetime as dt
import pytest
from obq_privacy.errors import Denied, PurposeNotAllowed, ConsentExpired
from shop import CARD, NAME, Delivery, Marketing, Payment, fail, pay, silent
"""

CLEAN = """
def test_a_payment_uses_the_card(privacy_guard, shopper, audit, no_leaks):
    card = shopper.collect(CARD, no_leaks.canary(CARD))
    pay(card)
    audit.used(CARD, for_=Payment)
    audit.used(CARD, for_=Payment, by=shopper, times=1)
    audit.collected(CARD)
    audit.nothing_else()

@pytest.mark.no_leaks
def test_marked_and_clean(shopper, capsys, tmp_path):
    card = shopper.collect(CARD, "6222021234567890128")
    print(repr(card), pay(card))
    (tmp_path / "card").write_bytes(card.seal())
    silent.warning("paid with %r", card)

def test_time_stands_still(privacy_guard, privacy_clock, shopper, privacy_audit):
    shopper.grant(Marketing, valid_for=dt.timedelta(days=30))
    name = shopper.collect(NAME, "Li Lei")
    before = privacy_clock.now()
    assert privacy_clock.now() == before
    privacy_clock.advance(dt.timedelta(days=31))
    name.reveal(Payment)
    with pytest.raises(PurposeNotAllowed):
        name.reveal(Marketing)
    privacy_audit.refused(NAME, for_=Marketing, code=PurposeNotAllowed)
    privacy_audit.refused(NAME, for_=Marketing, code="OBQ103", times=1)
    privacy_audit.used(NAME, for_=Payment)
    privacy_audit.nothing_else()

@pytest.mark.no_leaks
def test_skipped():
    pytest.skip("not today")

def test_unmarked_tests_are_left_alone(shopper):
    print(shopper.collect(CARD, "6222021234567890128").reveal(Payment))
"""

LEAKS = """
pytestmark = pytest.mark.no_leaks
NUMBER = "6222021234567890128"

@pytest.fixture
def plain(shopper):
    return shopper.collect(CARD, NUMBER).reveal(Payment)

def test_log(plain): silent.error("paid", extra={"card": plain})
def test_stdout(plain): print(f"card {plain}")
def test_stdout_with_capsys(plain, capsys):
    print(plain)
    assert plain in capsys.readouterr().out
def test_stderr_of_a_program(plain): subprocess.run([sys.executable, "-c", f"import sys; sys.stderr.write('{plain}')"])
def test_warning(plain):
    with pytest.warns(UserWarning): warnings.warn(plain)
def test_file(plain, tmp_path): (tmp_path / "card.txt").write_text("\\n" + plain)
def test_message(plain): raise ValueError(plain)
def test_locals(shopper): fail(shopper.collect(CARD, NUMBER))
def test_teardown(leaving): pass

@pytest.fixture
def leaving(plain):
    yield
    print(plain)

class TestOfAClass:
    def test_method(self, plain): print(plain)
"""

SAID = {
    "silent.error(": "bank-card in log: {}, logger 'shop.silent', extra card (plain)",
    'print(f"card': "bank-card in stdout: {} (plain)",
    "    print(plain)\n    assert": "bank-card in stderr: captured by pytest (plain)",
    "warnings.warn(plain)": "bank-card in warning: {} (plain)",
    "tmp_path /": "bank-card in file: card.txt:2 (plain)",
    "raise ValueError": "bank-card in exception: ValueError raised at {}, message (plain)",
    "fail(shopper": "bank-card in exception: local plain of fail at shop.py:22 (plain)",
    "def test_method": "bank-card in stdout: {} (plain)",
}
"""For a part of the line above that leaks, what is said of it."""

CLAIMS = """
def test_not_used(shopper, audit):
    name = shopper.collect(NAME, "Zhang Weiming")
    name.reveal(Delivery); name.reveal(Delivery)
    audit.used(NAME, for_=Payment)

def test_more(shopper, audit):
    card = shopper.collect(CARD, "6222021234567890128")
    with pytest.raises(Denied): card.reveal(Marketing)
    audit.nothing_else()

def test_other_code(shopper, audit):
    card = shopper.collect(CARD, "6222021234567890128")
    with pytest.raises(Denied): card.reveal(Marketing)
    audit.refused(CARD, for_=Marketing, code=ConsentExpired)

def test_from_now_on(shopper, audit):
    shopper.collect(NAME, "Zhang Weiming").reveal(Delivery)
    audit.from_now_on()
    audit.nothing_else()
    audit.used(NAME, for_=Delivery)
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project with a module of its own, a conftest, and strict settings."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("PYTEST_ADDOPTS", "CI", "BUILD_NUMBER"):  # the last two make its summary longer
        monkeypatch.delenv(name, raising=False)
    pytester.makepyfile(shop=SHOP, conftest=CONFTEST)
    pytester.makeini(
        "[pytest]\naddopts = --strict-markers --strict-config -p obq_privacy.testing.plugin\nfilterwarnings = error\n"
    )
    return pytester


def run(project: pytest.Pytester, text: str, *options: str) -> str:
    """Run a test file and give what is printed."""
    project.makepyfile(test_it=IMPORTS + textwrap.dedent(text))
    return project.runpytest_subprocess("-rA", *options).stdout.str()


@pytest.mark.parametrize("options", [(), ("-p", "xdist", "-n", "2"), ("-s",)], ids=" ".join)
def test_a_clean_project_passes(project: pytest.Pytester, options: tuple[str, ...]) -> None:
    """Under strict markers, with warnings as errors, alone and in parallel, captured and not."""
    shown = run(project, CLEAN, *options)
    assert "4 passed, 1 skipped" in shown


@pytest.mark.parametrize("options", [("-l",), ("-p", "xdist", "-n", "2")], ids=" ".join)
def test_every_leak_fails_its_test(project: pytest.Pytester, options: tuple[str, ...]) -> None:
    """The report names item, channel and place; the value itself is in no line of it."""
    shown = run(project, LEAKS, *options)
    for name in ("log", "stdout", "stdout_with_capsys", "stderr_of_a_program", "warning", "file", "message", "locals"):
        assert f"FAILED test_it.py::test_{name}" in shown
    assert "FAILED test_it.py::TestOfAClass::test_method" in shown
    assert "ERROR test_it.py::test_teardown" in shown
    assert "9 failed, 1 passed, 1 error" in shown
    leaks = re.findall(r"^ *(bank-card in .*)$", shown, re.MULTILINE)
    source = (project.path / "test_it.py").read_text().splitlines()
    for part, said in SAID.items():
        line = next((number for number, text in enumerate(source, 1) if part in text), 0)
        assert said.format(f"test_it.py:{line}") in leaks
    assert "6222021234567890128" not in "".join(leaks)


def test_output_that_is_not_captured_is_searched(project: pytest.Pytester) -> None:
    """With -s it goes straight to the terminal."""
    shown = run(project, LEAKS, "-s", "-k", "test_stdout")
    assert len(re.findall(r"bank-card in stdout: test_it.py:\d+ \(plain\)", shown)) == 2


def test_claims_that_fail_say_what_the_log_holds(project: pytest.Pytester) -> None:
    """Without values: they are not in the log."""
    shown = run(project, CLAIMS)
    for said in (
        "the audit log does not say that consignee-name was used for payment; it holds:",
        "permit: use consignee-name for delivery on consent (2 times)",
        "the audit log holds more than was asserted:",
        "deny: use bank-card for marketing [OBQ103",
        "bank-card was refused for marketing (OBQ110); it holds:",
        "the audit log does not say that consignee-name was used for delivery; it holds:\nE         nothing",
    ):
        assert said in shown
    assert "4 failed" in shown
    assert "plugin.py" not in shown


def test_a_project_without_a_policy_is_told_what_to_write(project: pytest.Pytester) -> None:
    """The fixture has to be overridden."""
    project.makeconftest("")
    shown = run(project, "def test_it(privacy_guard): pass")
    assert "obq_privacy does not know your policy; override the fixture in conftest.py" in shown


def test_a_canary_of_chance_is_refused(project: pytest.Pytester) -> None:
    """With the item and the reason, and not the value."""
    shown = run(project, "def test_it(no_leaks): no_leaks.canary(NAME, value='Li Lei')")
    assert "WeakCanary: the canary for consignee-name has too little in it" in shown


def test_what_is_meant_passes(project: pytest.Pytester) -> None:
    """Named by item and channel."""
    shown = run(
        project,
        """
        def test_it(no_leaks):
            no_leaks.expected(CARD, in_="stdout")
            print(no_leaks.canary(CARD))
        """,
    )
    assert "1 passed" in shown


def test_the_plugin_is_cheap_when_nobody_asks(tmp_path: Path) -> None:
    """Loading it imports none of the kit, and no Hypothesis."""
    (tmp_path / "test_nothing.py").write_text("def test_nothing(): pass\n")
    check = (
        "import sys, pytest\n"
        "options = ['-q', '-p', 'no:cacheprovider', '-p', 'obq_privacy.testing.plugin']\n"
        "assert pytest.main([*options, 'test_nothing.py']) == 0\n"
        "heavy = 'obq_privacy.testing.', 'hypothesis', 'sqlite3'\n"
        "print(sorted(name for name in sys.modules if name.startswith(heavy)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", check],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PATH": ""},
    )
    assert done.stdout.splitlines()[-1] == "['obq_privacy.testing.plugin']"
