"""The digest of code follows what the code does, and nothing else."""

from __future__ import annotations

import ast
import io
import tokenize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obq_privacy.cli._scan import scan
from obq_privacy.cli._scan._form import digest, digest_of

CODE = '''\
@wraps(print)
def f(a, /, b: "int" = 1, *rest, c=None, **more) -> str:
    """What it does."""
    x = [a, b, *rest]
    y = {"a": 1, **more}
    try:
        for each in x:
            if each > 0 and not y:
                continue
            print(f"{each!r:>{b}} and {c}", 'quoted', 1_000, 0x10, 1.5, b"\\x00", ...)
    except (ValueError, TypeError) as error:
        raise KeyError("no") from error
    else:
        with open("f") as out, lock:
            out.write("a" "b")
    finally:
        del x

    async def inner():
        """Of no matter."""
        return await a[1:2, ...]

    match a:
        case {"k": [1, *others], **left} if left:
            return lambda q=1: (yield q)
        case str() | None:
            pass
    return "" if a else x[0].y(z=1)
'''
VECTOR = "b6ef8a1aafe46f2937da528a25e28bf0"


def of(code: str) -> str:
    """Give the digest of the one function in some code."""
    (function,) = ast.parse(code).body
    assert isinstance(function, ast.FunctionDef)
    return digest_of(function)


def spots() -> tuple[dict[int, set[int]], set[int]]:
    """Give where a space may stand, after which columns of which lines, and the lines that a comment may end."""
    columns: dict[int, set[int]] = {}
    ends: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(CODE).readline):
        if token.type == tokenize.OP and 'f"' not in token.line:
            columns.setdefault(token.end[0], set()).add(token.end[1])
        if token.type in {tokenize.NEWLINE, tokenize.NL}:
            ends.add(token.start[0])
    return columns, ends


COLUMNS, ENDS = spots()


@st.composite
def spread(draw: st.DrawFn) -> str:
    """Insert comments, blank lines and spaces wherever Python lets them be."""
    made: list[str] = []
    for number, line in enumerate(CODE.splitlines(), 1):
        text = line
        for column in sorted(COLUMNS.get(number, ()), reverse=True):
            text = text[:column] + " " * draw(st.integers(0, 2)) + text[column:]
        if number in ENDS:
            text += draw(st.sampled_from(["", "  # said", "   ", "\t# type: ignore", "  #"]))
        made.append(text)
        if number in ENDS:
            made += draw(st.lists(st.sampled_from(["", "    ", "# a comment", "        # deeper"]), max_size=2))
    return draw(st.sampled_from(["\n", "\r\n"])).join(made) + "\n"


@given(code=spread())
def test_layout_and_comments_never_change_the_digest(code: str) -> None:
    """Whatever spaces, blank lines and comments are put in, the code is the reviewed one."""
    assert of(code) == VECTOR


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"""What it does."""\n    x', "x"),
        ('"""What it does."""', '"""Something else."""'),
        ("'quoted'", '"quoted"'),
        ("1_000", "1000"),
        ("0x10", "16"),
        ('"a" "b"', '"ab"'),
        ("(ValueError, TypeError)", "(\n        ValueError,\n        TypeError,\n    )"),
        ("each > 0 and not y", "(each > 0) and (not y)"),
    ],
)
def test_spelling_the_same_otherwise_does_not_change_the_digest(before: str, after: str) -> None:
    """Docstrings, quotes, parentheses and the like are no changes."""
    assert before in CODE
    assert of(CODE.replace(before, after, 1)) == of(CODE)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("1_000", "1001"),
        ("1_000", "1000.0"),
        ('b"\\\\x00"', '"\\\\x00"'),
        ("'quoted'", "'Quoted'"),
        ("!r", "!s"),
        (" and {c}", " or {c}"),
        ("and not y", "or not y"),
        ("x = [a, b, *rest]", "z = [a, b, *rest]"),
        ("x[0].y(z=1)", "x[0].y(1)"),
        ("*rest, c=None", "c=None, *rest"),
        ("a, /, b", "a, b"),
        ("@wraps(print)", "@wraps(repr)"),
        ("-> str", "-> bytes"),
        ('b: "int"', 'b: "str"'),
        ("async def inner", "def inner"),
        ("return await a[1:2, ...]", "return a[1:2, ...]"),
        ("raise KeyError", "raise IndexError"),
        ("        del x", "        pass"),
        ("case str() | None", "case str()"),
        ("**left", "**right"),
        ("q=1", "q=True"),
    ],
)
def test_what_the_code_does_changes_the_digest(before: str, after: str) -> None:
    """Names and values included: a renamed local may be another one now."""
    before, after = before.replace("\\\\", "\\"), after.replace("\\\\", "\\")
    assert before in CODE
    changed = CODE.replace(before, after, 1).replace("return await", "return await" if "async" in CODE else "return")
    if before == "async def inner":
        changed = changed.replace("await ", "")
        assert of(changed) != of(CODE.replace("await ", ""))
    else:
        assert of(changed) != of(CODE)


def test_the_digest_is_the_same_on_every_python() -> None:
    """Lock files are shared between machines: what one Python wrote, another one reads."""
    assert of(CODE) == VECTOR


def test_constants_cannot_pass_for_code() -> None:
    """A text that spells code is not the code."""
    assert digest([ast.parse("f(x)")]) != digest([ast.parse("'f(x)'")])
    assert digest([ast.parse("'a', 'b'")]) != digest([ast.parse("'a\\', \\'b'")])
    assert digest([ast.parse("None")]) != digest([ast.parse("'None'")])


def test_of_a_module_only_its_own_code_counts() -> None:
    """For a place outside of functions, functions and imports beside it do not matter; other statements do."""

    def code_of(source: str) -> str:
        (found,) = scan({"a.py": f"import obq_privacy\n{source}"}).ways
        return found.code

    before = code_of("x = card.reveal(P)\ndef f(): pass\n")
    assert code_of("import os\nx = card.reveal(P)\ndef f(): return 1\n") == before
    assert code_of("x = card.reveal(P)\nprint(x)\n") != before


def test_a_nested_place_is_reviewed_with_the_whole_function_around_it() -> None:
    """What a closure reveals may depend on what the function around it does."""

    def code_of(source: str) -> str:
        (found,) = scan({"a.py": f"import obq_privacy\n{source}"}).ways
        return found.code

    template = "def f(card):\n    p = {}\n    def g():\n        return card.reveal(p)\n    return g\n"
    assert code_of(template.format("A")) != code_of(template.format("B"))
