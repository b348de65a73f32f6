"""The site: it builds without a warning, and its links, pictures and scripts work."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from browser import shown

from pyjetsim.cli.main import VERBS

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for module in ("sphinx", "furo", "myst_parser", "sphinx_copybutton"):
        if find_spec(module) is None:
            pytest.skip(f"{module} is not installed: the dependency group docs")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-P", "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html"]
    done = subprocess.run(
        [*command, "-d", str(folder / "read"), str(DOCS), str(folder / "html")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "html"


class _Page(HTMLParser):
    """What a page links to, shows, and can be linked to by."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.sources: list[str] = []
        self.ids: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.add(str(given["id"]))
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        if tag in ("img", "script") and given.get("src"):
            self.sources.append(str(given["src"]))


def test_links_and_pictures_are_there(site: Path) -> None:
    pages = {path: _Page(path) for path in site.rglob("*.html") if "_static" not in path.parts}
    assert len(pages) > 80
    broken = []
    for path, page in pages.items():
        for link in [*page.links, *page.sources]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.is_file():
                broken.append(f"{path.relative_to(site)}: {link}")
            elif target in pages and path.name not in ("genindex.html", "search.html"):
                anchor = unquote(parts.fragment)
                if anchor and anchor not in pages[target].ids:
                    broken.append(f"{path.relative_to(site)}: {link}")
    assert not broken


def test_pages_made_of_the_code(site: Path) -> None:
    def text(page: str) -> str:
        return re.sub(r"<[^>]+>", "", (site / page).read_text(encoding="utf-8"))

    for verb in VERBS:
        assert f'<section id="{verb}"' in (site / "reference/cli.html").read_text(encoding="utf-8")
    assert "--match-delta-r DR" in text("reference/cli.html")
    assert "Of the layers in training steps" in text("reference/recipes.html")
    assert "[model]" in text("reference/recipes.html")
    assert "half_length" in text("reference/cards.html")
    assert "only clouds have classes" in text("reference/errors.html")
    assert "there is no option name" in text("reference/errors.html")
    assert "IN is empty" in text("reference/errors.html")  # said by a function that only throws
    assert '<a class="reference internal" href="#noise-h">' in (site / "reference/cpp.html").read_text()
    assert "PYJETSIM_EXPORT void jet_noise" in text("reference/cpp.html")
    for name in ("pyjetsim.ops.chamfer_distance", "pyjetsim.simulate.Simulator", "pyjetsim.evaluate.judge"):
        page = site / f"reference/api/{name.rpartition('.')[0]}.html"
        assert f'id="{name}"' in page.read_text(encoding="utf-8"), name


def test_links_out_of_the_documentation_lead_to_the_repository(site: Path) -> None:
    from tomllib import loads

    source = loads((DOCS.parent / "pyproject.toml").read_text())["project"]["urls"]["Source"]
    assert f"{source}/tree/main/examples/cmssw" in _Page(site / "guide/framework.html").links


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pages_fit_a_telephone(site: Path, dark: bool, tmp_path: Path) -> None:
    pages = [
        "index.html",
        "models.html",
        "explanation/performance.html",
        "guide/ops.html",
        "tutorials/farm.html",
        "reference/cli.html",
        "reference/cpp.html",
        "reference/errors.html",
        "reference/api/pyjetsim.simulate.html",
    ]
    seen = shown(site, pages, tmp_path, dark)
    assert sorted(seen) == sorted(pages)
    for page, told in seen.items():
        assert told["dark"] is dark
        assert (told["width"], told["needs"]) == (400, 400), f"{page} is wider than its screen"
        assert not told["missing"], page
        assert not told["pale"], page
