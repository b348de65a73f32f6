"""The public C++ headers describe every parameter of what they declare, in Doxygen's form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

HEADERS = Path(__file__).resolve().parents[3] / "csrc" / "include" / "pyjetsim"


def declarations(text: str) -> Iterator[tuple[str, str]]:
    """Each documented declaration: its comment, and itself up to its end or its body."""
    lines = iter(text.splitlines())
    for line in lines:
        comment = []
        while line.lstrip().startswith("///"):
            comment.append(line.strip().removeprefix("///").strip())
            line = next(lines, "")
        code = line.strip()
        while comment and code and not re.search(r"[;{}]$", code):
            code += " " + next(lines, ";").strip()
        if comment and code:
            yield "\n".join(comment), code


def parameters(code: str) -> list[str]:
    """Names of a function's parameters; none for what is no function."""
    # Defaults and the arguments of templates hold no parameters.
    code = re.sub(r"<[^()]*?(\(\))?>+", "", re.sub(r" = (\{\}|[\w:]+(\(\))?)", "", code))
    inside = re.search(r"\w+\(([^()]*)\)", code)
    if inside is None or "operator" in code:
        return []
    return [name for each in inside[1].split(",") for name in re.findall(r"(\w+)$", each.strip())]


def described(comment: str) -> list[str]:
    return [name for line in re.findall(r"\\param ([\w, ]+?)(?:  |$)", comment) for name in line.split(", ")]


@pytest.mark.parametrize("header", sorted(path.name for path in HEADERS.glob("*.h")))
def test_every_parameter_is_described(header: str) -> None:
    text = (HEADERS / header).read_text(encoding="utf-8")
    assert text.startswith("/// \\file\n")
    for comment, code in declarations(text):
        names = parameters(code)
        if comment.startswith("The same") or (len(names) < 2 and not described(comment)):
            continue
        assert described(comment) == names, code


def test_functions_are_found() -> None:
    found = [parameters(code) for path in HEADERS.glob("*.h") for _, code in declarations(path.read_text())]
    assert sum(len(names) >= 2 for names in found) > 15
    assert ["grad_distance", "x", "y", "x_nearest", "y_nearest", "grad_x", "grad_y"] in found


@pytest.mark.parametrize("header", sorted(path.name for path in HEADERS.glob("*.h")))
def test_nothing_at_namespace_level_is_undocumented(header: str) -> None:
    lines = (HEADERS / header).read_text(encoding="utf-8").splitlines()
    for before, line in pairwise(lines):
        if re.match(r"(template|struct|class|enum|PYJETSIM_EXPORT|inline)\b", line):
            documented = before.startswith(("///", "template")) or "///<" in line
            assert documented, line
