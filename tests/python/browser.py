"""Pages as a browser shows them, on a screen as narrow as a telephone's."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

# What a page tells the one that frames it. Contrast is WCAG's ratio of relative luminances, 4.5 at least.
_MEASURE = """<script>
addEventListener("load", () => {
  const numbers = colour => [...colour.match(/[\\d.]+/g).map(Number), 1].slice(0, 4);
  const over = (front, back) => back.map((value, i) => value * (1 - front[3]) + front[i] * front[3]);
  const luminance = colour => {
    const [r, g, b] = colour.map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = element => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) {
      layers.push(numbers(getComputedStyle(each).backgroundColor));
      if (layers.at(-1)[3] === 1) break;
    }
    return layers.reverse().reduce((back, front) => over(front, back), [255, 255, 255]);
  };
  const pale = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement, style = getComputedStyle(element);
    if (!texts.currentNode.nodeValue.trim() || !element.getBoundingClientRect().width) continue;
    if (style.visibility === "hidden" || ["SCRIPT", "STYLE"].includes(element.tagName)) continue;
    const back = behind(element);
    const text = over(numbers(style.color), back);
    const [dark, light] = [luminance(back), luminance(text)].sort((a, b) => a - b);
    const large = parseFloat(style.fontSize) >= 24;
    if ((light + 0.05) / (dark + 0.05) < (large ? 3 : 4.5)) pale.add(element.textContent.trim().slice(0, 40));
  }
  parent.postMessage({
    page: PAGE, width: innerWidth, needs: document.scrollingElement.scrollWidth, pale: [...pale],
    dark: matchMedia("(prefers-color-scheme: dark)").matches,
    missing: [...document.images].filter(each => !each.complete || !each.naturalWidth).map(each => each.src),
  }, "*");
});
</script>"""
_OUTER = """<script>
onmessage = event => {
  const told = document.createElement("pre");
  told.className = "measured";
  told.textContent = JSON.stringify(event.data);
  document.body.append(told);
};
</script><body>"""


def shown(site: Path, pages: Iterable[str], copy: Path, dark: bool = False) -> dict[str, dict[str, Any]]:
    """Of each page: the width it has and needs, images that are missing, text of too little contrast.

    Skips the test where there is no Chromium, and fails it for an error on a page's console. Chromium's
    windows are at least 500 pixels wide: the pages stand in frames of 400. ``copy`` is an empty folder for
    the pages with a script.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    browser = next(filter(None, map(shutil.which, names)), None)
    if browser is None:
        pytest.skip("no Chromium is installed")
    folder = copy / "shown"
    shutil.copytree(site, folder)
    frames = ""
    for page in pages:
        before, end, after = (folder / page).read_text(encoding="utf-8").rpartition("</body>")
        script = _MEASURE.replace("PAGE", json.dumps(page))
        (folder / page).write_text(before + script + end + after, encoding="utf-8")
        frames += f'<iframe src="{page}" style="width: 400px; height: 800px; border: 0"></iframe>'
    (folder / "frames.html").write_text(_OUTER + frames, encoding="utf-8")
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--disable-quic",
        "--no-first-run",
    ]
    options += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    options += [f"--user-data-dir={copy / 'profile'}", "--enable-logging=stderr", "--dump-dom"]
    options += [f"--blink-settings=preferredColorScheme={0 if dark else 1}"]
    done = subprocess.run(
        [browser, *options, (folder / "frames.html").as_uri()],
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    assert "CONSOLE" not in done.stderr, done.stderr
    told = re.findall(r'<pre class="measured">(.*?)</pre>', done.stdout, re.DOTALL)
    return {each["page"]: each for each in (json.loads(html.unescape(text)) for text in told)}
