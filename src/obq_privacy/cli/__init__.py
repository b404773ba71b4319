"""The command line: `python -m obq_privacy demo` runs the example shop."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import obq_privacy

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and give its exit status: 0 done, 1 refused or failed, 2 called wrongly.

    Args:
        arguments: the words after the program's name; those of this process by default.
    """
    parser = argparse.ArgumentParser(prog="python -m obq_privacy", description=obq_privacy.__doc__)
    parser.add_argument("--version", action="version", version=obq_privacy.__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser(
        "demo", help="run both acts of the example shop, on its 200 synthetic orders", add_help=False
    )
    demo.set_defaults(run=_demo)
    options, rest = parser.parse_known_args(arguments)
    run = options.run
    return int(run(rest))


def _demo(arguments: Sequence[str]) -> int:
    """Run examples/shop.py, which the wheel carries along."""
    here = Path(__file__).resolve().parent.parent
    places = (here / "_examples" / "shop.py", here.parent.parent / "examples" / "shop.py")
    program = next((place for place in places if place.is_file()), None)
    if program is None:
        print("the example is missing from this installation; install the wheel anew", file=sys.stderr)
        return 1
    from importlib.util import module_from_spec, spec_from_file_location  # noqa: PLC0415  --help needs none of it

    spec = spec_from_file_location("obq_privacy_demo", program)
    if spec is None or spec.loader is None:
        return 1
    shop = sys.modules[spec.name] = module_from_spec(spec)
    before, sys.argv = sys.argv, ["python -m obq_privacy demo"]  # what its usage says
    folder = str(program.parent)
    sys.path.insert(0, folder)  # its acts import each other, as those of a script do
    try:
        spec.loader.exec_module(shop)
        shop.main(list(arguments))
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    finally:
        sys.argv = before
        sys.path.remove(folder)
        del sys.modules[spec.name]
    return 0
