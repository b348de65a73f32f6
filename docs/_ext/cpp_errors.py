"""What the C++ library and its programs say: the texts of ``throw Error(wrong, why, todo)`` in the sources.

It reads as much of C++ as these calls have: literals, sums, choices, constants of text, and functions that
only throw.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

_LITERAL = r'"(?:[^"\\\n]|\\.)*"'
_TOKEN = re.compile(rf"""{_LITERAL}|'(?:[^'\\\n]|\\.)*'|//[^\n]*|[\w.>:-]*\w|\s+|.""", re.DOTALL)
_CONSTANT = re.compile(
    rf"(?:char\s*\*?\s*(?:const\s*)?|std::string(?:_view)?\s+)(k\w+)(?:\[\])?\s*=\s*((?:{_LITERAL}\s*)+);"
)
_THROW = re.compile(r"\bthrow (Error|BrokenError)\(")
_FUNCTION = re.compile(
    r"^\s*(?:\[\[noreturn\]\] )?[\w:<>&*]+ (?:\w+::)?(\w+)\([^;{}]*\)[^;{}()]*\{", re.MULTILINE
)
_HELPERS = {
    "std",
    "string",
    "to_string",
    "to",
    "move",
    "c_str",
    "size",
    "front",
    "back",
    "string_view",
    "filesystem",
}


def messages(folder: Path) -> Iterator[tuple[str, str, list[str]]]:
    """For each message the first folder in ``folder``, the exception, one to three texts in Markdown."""
    files = [*sorted(folder.rglob("*.cpp")), *sorted(folder.rglob("*.h"))]
    sources = {path: path.read_text(encoding="utf-8") for path in files}
    constants = {name: _content(text) for each in sources.values() for name, text in _CONSTANT.findall(each)}
    for path, source in sources.items():
        room = path.relative_to(folder).parts[0]
        for thrown in _THROW.finditer(source):
            given = [_text(argument, constants) for argument in _arguments(source, thrown.end())]
            if not 1 <= len(given) <= 3:
                continue
            if _says(given[0]):
                yield room, thrown[1], given
                continue
            # The words are those of whoever calls this function.
            *_, inside = [None, *_FUNCTION.finditer(source, 0, thrown.start())]
            if inside is None:
                continue
            for call in re.finditer(rf"(?<![\w:]){inside[1]}\(", source):
                first = _text(next(iter(_arguments(source, call.end())), ""), constants)
                if _says(first) and not inside.start() <= call.start() < inside.end():
                    yield room, thrown[1], [first, *given[1:]]


def _says(text: str) -> bool:
    return re.search(r"[a-z]{2}", re.sub(r"\*[^*]+\*", "", text)) is not None


def _arguments(source: str, start: int) -> list[str]:
    """What stands between the commas of a call, up to its end."""
    found, depth = [""], 0
    for token in _TOKEN.finditer(source, start):
        text = token[0]
        if text.startswith("//"):
            continue
        if text in "([{":
            depth += 1
        elif text in ")]}":
            if depth == 0:
                return [each.strip() for each in found if each.strip()]
            depth -= 1
        if text == "," and depth == 0:
            found.append("")
        else:
            found[-1] += text
    return []


def _content(literals: str) -> str:
    """Of literals side by side, for Markdown."""
    inner = "".join(each[1:-1] for each in re.findall(_LITERAL, literals))
    inner = inner.replace('\\"', '"').replace("\\n", " ").replace("\\\\", "\\")
    return re.sub(r"([*_\[\]])", r"\\\1", inner)


def _text(expression: str, constants: dict[str, str]) -> str:
    """A sum, or a choice of two: its literals, and in italics what is filled in."""
    parts, depth = [""], 0
    for token in _TOKEN.finditer(expression):
        text = token[0]
        depth += (text in "([{") - (text in ")]}")
        if text == "?" and depth == 0:
            return " / ".join(_text(each, constants) for each in _choices(expression[token.end() :]))
        if text == "+" and depth == 0:
            parts.append("")
        else:
            parts[-1] += text
    told = "".join(_part(part.strip(), constants) for part in parts)
    return re.sub(r"(?<=\w\*)(?=\*\w)", "\N{THIN SPACE}", told)


def _choices(expression: str) -> list[str]:
    """The two of a choice, which its colon divides."""
    depth = 0
    for token in _TOKEN.finditer(expression):
        depth += (token[0] in "([{") - (token[0] in ")]}")
        if token[0] == ":" and depth == 0:
            return [expression[: token.start()], expression[token.end() :]]
    return [expression]


def _part(part: str, constants: dict[str, str]) -> str:
    if re.fullmatch(rf"(?:{_LITERAL}\s*)+", part):
        return _content(part)
    if part in constants:
        return constants[part]
    if "?" in part and '"' in part:
        choices = [_content(each) for each in re.findall(_LITERAL, part.partition("?")[2])]
        return " / ".join(dict.fromkeys(each for each in choices if each.strip()))
    if inner := re.fullmatch(r"(?:std::string|std::string_view)\((.*)\)", part, re.DOTALL):
        return _text(inner[1], constants)
    names = [
        name
        for name in re.findall(r"[A-Za-z_]\w*(?!\w*\()", re.sub(_LITERAL, "", part))
        if name not in _HELPERS
    ]
    called = re.search(r"\(([^()]+)\)", part)
    if called:
        inner_names = [each for each in re.findall(r"[A-Za-z_]\w*", called[1]) if each not in _HELPERS]
        names = inner_names[-1:] or names
    name = (names or ["value"])[0].strip("_").replace("_", " ")
    return f"*{name}*"
