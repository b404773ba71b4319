"""The list of errors is what the errors say of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from errors_page import PAGE, kinds, main, page

from obq_privacy import errors

if TYPE_CHECKING:
    import pytest


def test_the_committed_page_is_what_the_errors_say() -> None:
    """After a change of an error, `python tests/docs/errors_page.py --write` writes the page anew."""
    assert PAGE.read_text("utf-8") == page()
    assert main(["--check"]) == 0


def test_every_error_has_a_code_of_its_own() -> None:
    """No code stands for two errors, and no error borrows that of its base."""
    codes = [kind.code for kind in kinds()]
    assert len(codes) == len(set(codes))
    assert all("code" in vars(kind) for kind in kinds())


def test_codes_are_of_one_form() -> None:
    """A code is OBQ and three digits, and its first digit is the part of the page."""
    assert all(len(kind.code) == 6 and kind.code[:3] == "OBQ" and kind.code[3:].isdigit() for kind in kinds())


def test_every_error_says_what_happened_and_what_to_do() -> None:
    """One sentence each, in lower case and without a full stop, so that they join to one line."""
    for kind in kinds():
        assert kind.__doc__, kind.__name__
        if issubclass(kind, errors.PrivacyError):
            for said in (kind.says, kind.remedy):
                assert said, kind.__name__
                assert not said.endswith("."), kind.__name__
                assert said[0].islower() or said[0] == "{", kind.__name__


def test_every_sentence_can_be_said() -> None:
    """The sentences name facts that their error has; a missing one would fail while the error is shown."""
    for kind in kinds():
        if issubclass(kind, errors.PrivacyError):
            facts = dict.fromkeys(kind._names, "made-up")
            said = str(kind(**facts))
            assert f"[{kind.code}" in said
            assert "{" not in said


def test_a_refusal_is_found_by_its_code() -> None:
    """Decisions find the class of a reason by its code among the direct subclasses of Denied."""
    refusals = [kind for kind in kinds() if kind is not errors.Denied and issubclass(kind, errors.Denied)]
    assert refusals
    assert all(kind.__base__ is errors.Denied and kind.clause for kind in refusals)


def test_a_stale_page_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--check` fails when the page says something else."""
    monkeypatch.setattr("errors_page.page", lambda: "something else")
    assert main(["--check"]) == 1
