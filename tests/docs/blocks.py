"""Run every Python block of the README and the documentation, and say how many there were.

python tests/docs/blocks.py           run them
python tests/docs/blocks.py --count   only count them, page by page
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def counted() -> dict[str, int]:
    """Give the number of Python blocks of each page that has some."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    counts = {page.relative_to(ROOT).as_posix(): page.read_text("utf-8").count("\n```python\n") for page in pages}
    return {page: count for page, count in counts.items() if count}


def executed(report: str) -> int:
    """Give how many blocks passed, from pytest's last line."""
    found = re.search(r"(\d+) passed", report)
    return int(found[1]) if found else 0


def main(arguments: list[str] | None = None) -> int:
    """Run or count the blocks; return 0 when all of them passed."""
    parser = argparse.ArgumentParser(description="The Python blocks of the documentation.")
    parser.add_argument("--count", action="store_true", help="only count them")
    options = parser.parse_args(arguments)
    counts = counted()
    if options.count:
        for page, count in counts.items():
            sys.stdout.write(f"{count:4} {page}\n")
        sys.stdout.write(f"{sum(counts.values()):4} blocks on {len(counts)} pages\n")
        return 0
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "README.md", "docs"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    passed, all_of_them = executed(done.stdout), sum(counts.values())
    sys.stdout.write(f"{passed} of {all_of_them} code blocks on {len(counts)} pages executed\n")
    if done.returncode or passed != all_of_them:
        sys.stderr.write(done.stdout)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
