"""The map in a real browser: nothing runs over, light and dark differ, and what has the focus comes forward.

The page itself has no script; copies of it get one that measures. CHROMIUM names the browser's program, if it is not on
the path under a usual name.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from cli_world import run

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
BROWSER = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
pytestmark = pytest.mark.skipif(
    BROWSER is None, reason="no Chromium is installed, neither on the path nor under the name in CHROMIUM"
)

DARK = "--blink-settings=preferredColorScheme=0"
LIGHT = "--blink-settings=preferredColorScheme=1"
MEASURE = """
<script>
const seen = [], wide = innerWidth;
for (const one of document.querySelectorAll('body *')) {
  const box = one.getBoundingClientRect();
  const inside = one.closest('.scroll') && !one.matches('.scroll');
  if (box.right > wide + 0.5 && box.width && !inside) seen.push(one.tagName + '.' + one.className);
}
const style = getComputedStyle(document.body);
const link = document.querySelector('.picture .node[href="#i-bank-card"]');
let lit = 0, faint = 0;
if (link) {
  link.focus();
  for (const one of document.querySelectorAll('.picture .l')) {
    if (getComputedStyle(one).opacity === '1') lit++; else if (getComputedStyle(one).opacity < 0.1) faint++;
  }
}
parent.postMessage(JSON.stringify({
  wide, scrolls: document.documentElement.scrollWidth, over: seen, lit, faint,
  ground: style.backgroundColor, ink: style.color,
  small: [...document.querySelectorAll('.picture text')].filter(one => one.getBoundingClientRect().height < 9).length,
}), '*');
</script>
"""
FRAME = """<!DOCTYPE html><body><pre id="said"></pre>
<iframe src="copy.html" style="border:0;width:{width}px;height:900px"></iframe>
<script>onmessage = event => {{ document.getElementById('said').textContent = event.data; }};</script>
"""


def browse(folder: Path, page: str, *options: str) -> str:
    """Open a page, without the network, and give what the browser prints."""
    assert BROWSER is not None
    words = [
        *(BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"),
        *("--proxy-server=127.0.0.1:9", f"--user-data-dir={folder / 'profile'}", *options),
        (folder / page).as_uri(),
    ]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=180, check=False)
    return done.stdout


def measured(folder: Path, width: int, scheme: str = LIGHT) -> Any:
    """Give what the measuring script finds in a frame of a width (pixels)."""
    text = (folder / "map.html").read_text("utf-8")
    (folder / "copy.html").write_text(text.replace("</body>", MEASURE + "</body>"), "utf-8")
    (folder / "frame.html").write_text(FRAME.format(width=width), "utf-8")
    dom = browse(folder, "frame.html", "--dump-dom", "--virtual-time-budget=10000", scheme)
    said = unescape(dom.partition('<pre id="said">')[2].partition("</pre>")[0])
    assert said, "the page did not answer"
    return json.loads(said)


@pytest.mark.parametrize("policy", ["cli_shop:POLICY", "obq_privacy.shop:POLICY"])
def test_nothing_runs_over_a_narrow_screen(folder: Path, policy: str) -> None:
    """At 360 pixels nothing but the picture, which moves within its frame, is wider than the screen."""
    assert run(folder, "map", "--policy", policy, "--database", "shop.db", "-o", "map.html").status == 0
    found = measured(folder, 360)
    assert found["wide"] == 360
    assert (found["scrolls"], found["over"]) == (360, [])
    assert found["small"] == 0


def test_light_and_dark_and_what_has_the_focus(folder: Path) -> None:
    """The scheme of the system is followed; the links of the item with the focus come forward, all others step back."""
    assert run(folder, "map", "--policy", "cli_shop:POLICY", "-o", "map.html").status == 0
    light, dark = measured(folder, 1200), measured(folder, 1200, DARK)
    assert (light["ground"], light["ink"]) == ("rgb(255, 255, 255)", "rgb(27, 31, 36)")
    assert (dark["ground"], dark["ink"]) == ("rgb(20, 23, 27)", "rgb(233, 235, 238)")
    assert light["lit"] == 1  # the card is used for payment alone
    assert light["faint"] >= 6
    assert light["over"] == []


def test_it_can_be_looked_at(folder: Path) -> None:
    """A picture of the page is made, and is of more than one colour."""
    assert run(folder, "map", "--policy", "obq_privacy.shop:POLICY", "-o", "map.html").status == 0
    browse(folder, "map.html", "--screenshot=shot.png", "--window-size=1280,2400")
    data = (folder / "shot.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", data[16:24]) == (1280, 2400)
    assert len(data) > 100_000  # an empty page of this size has a few kilobytes
