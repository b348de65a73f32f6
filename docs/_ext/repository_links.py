"""Links of pages that leave docs/, or that lead to a folder, go to the repository on the site."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

_LINK = re.compile(r"(\]\()([^)\s#]+)(#[^)]*)?(\))")
_CODE = re.compile(r"^(```|:::).*?^\1", re.DOTALL | re.MULTILINE)


def _on_the_site(text: str, written_in: Path, shown_in: Path, docs: Path, repository: str) -> str:
    """The text of a page with such links replaced; it may stand in one file and be shown in another."""

    def link(match: re.Match[str]) -> str:
        opening, target, anchor, closing = match[1], match[2], match[3] or "", match[4]
        if re.match(r"[a-z]+:", target):
            return match[0]
        place = (written_in.parent / target).resolve()
        page = place.is_file() and place.is_relative_to(docs)
        if not page:
            kind = "tree" if place.is_dir() else "blob"
            target = f"{repository}/{kind}/main/{place.relative_to(docs.parent)}"
        elif written_in != shown_in:
            target = os.path.relpath(place, shown_in.parent)
        return f"{opening}{target}{anchor}{closing}"

    parts, end = [], 0
    for code in _CODE.finditer(text):
        parts += [_LINK.sub(link, text[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*parts, _LINK.sub(link, text[end:])])


def _read(app: Sphinx, docname: str, content: list[str]) -> None:
    page = Path(app.env.doc2path(docname)).resolve()
    content[0] = _on_the_site(content[0], page, page, Path(app.srcdir).resolve(), app.config.repository)


def _include(app: Sphinx, relative: Path, docname: str, content: list[str]) -> None:
    docs = Path(app.srcdir).resolve()
    if relative.suffix == ".md":
        written_in, shown_in = (docs / relative).resolve(), Path(app.env.doc2path(docname)).resolve()
        content[0] = _on_the_site(content[0], written_in, shown_in, docs, app.config.repository)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register it."""
    app.add_config_value("repository", "", "env", (str,))
    app.connect("source-read", _read, priority=600)
    app.connect("include-read", _include)
    return {"version": "1", "parallel_read_safe": True}
