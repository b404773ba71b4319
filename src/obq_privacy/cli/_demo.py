"""`demo`: run the example shop, which the wheel carries along."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from obq_privacy.cli._shape import DONE, FOUND

if TYPE_CHECKING:
    import argparse

    from obq_privacy.cli._shape import Commands


def add(commands: Commands) -> None:
    """Register the command; whatever follows its name is the example's own."""
    parser = commands.add_parser(
        "demo", help="run both acts of the example shop, on its 200 synthetic orders", add_help=False
    )
    parser.set_defaults(run=run, takes_rest=True)


def run(options: argparse.Namespace) -> int:
    """Run examples/shop.py with the rest of the words."""
    here = Path(__file__).resolve().parent.parent
    places = (here / "_examples" / "shop.py", here.parent.parent / "examples" / "shop.py")
    program = next((place for place in places if place.is_file()), None)
    if program is None:
        print("the example is missing from this installation; install the wheel anew", file=sys.stderr)
        return FOUND
    from importlib.util import module_from_spec, spec_from_file_location  # noqa: PLC0415  --help needs none of it

    spec = spec_from_file_location("obq_privacy_demo", program)
    if spec is None or spec.loader is None:
        return FOUND
    shop = sys.modules[spec.name] = module_from_spec(spec)
    before, sys.argv = sys.argv, ["python -m obq_privacy demo"]  # what its usage says
    folder = str(program.parent)
    sys.path.insert(0, folder)  # its acts import each other, as those of a script do
    try:
        spec.loader.exec_module(shop)
        shop.main(list(options.rest))
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    finally:
        sys.argv = before
        sys.path.remove(folder)
        del sys.modules[spec.name]
    return DONE
