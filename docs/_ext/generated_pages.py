"""Reference pages made of the code: a page has a line ``<!-- generated: NAME -->``, which gives way to it.

cli: the verbs and their options, from the parser. recipes, cards: the keys, from the pydantic models. errors:
what each error says, from the places that raise it; cpp_errors: the same of C++. headers: the public C++
headers. decisions: their titles.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import itertools
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from cpp_errors import messages
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]
_MARK = re.compile(r"<!-- generated: (\w+) -->")


def _cell(text: object) -> str:
    """Text in a table."""
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;")


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


# --- The command line.


def cli() -> str:
    """Every verb with its options and examples."""
    from pyjetsim.cli.main import build_parser

    parser = build_parser()
    (verbs,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    told = [_options(parser)]
    told += [_verb(verb, 2) for verb in dict.fromkeys(verbs.choices.values())]
    return "\n".join(told)


def _verb(parser: argparse.ArgumentParser, level: int) -> str:
    name = parser.prog.split()[-1]
    told = [f"{'#' * level} {name}\n", f"{parser.description}\n", _options(parser)]
    if parser.epilog:
        examples = parser.epilog.partition("\n")[2]
        told += ["```console", inspect.cleandoc(examples), "```\n"]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            told += [_verb(each, level + 1) for each in dict.fromkeys(action.choices.values())]
    return "\n".join(told)


def _options(parser: argparse.ArgumentParser) -> str:
    told = []
    formatter = parser._get_formatter()
    for group in parser._action_groups:
        rows = []
        for action in group._group_actions:
            if isinstance(action, (argparse._SubParsersAction, argparse._HelpAction)):
                continue
            values = "" if action.nargs == 0 else formatter._format_args(action, _value(action))
            names = ", ".join(f"`{name} {values}`".replace(" `", "`") for name in action.option_strings)
            need = " (required)" if action.required and action.option_strings else ""
            rows.append(
                (names.replace("|", "\\|") or f"`{values}`", _cell(formatter._expand_help(action)) + need)
            )
        if rows:
            title = {"positional arguments": "arguments"}.get(group.title or "", group.title or "")
            told.append(_table((title, "meaning"), rows))
    return "\n".join(told)


def _value(action: argparse.Action) -> str:
    if action.choices is not None:
        return "{" + ",".join(map(str, action.choices)) + "}"
    return action.dest.upper() if action.option_strings else action.dest


# --- Recipes and cards.


def recipes() -> str:
    """The sections of a recipe, then the settings of every model and of its loss."""
    from pyjetsim.models import MODELS
    from pyjetsim.train.recipe import Recipe

    told = [_keys("a recipe", Recipe, 2, ())]
    for name in sorted(MODELS):
        model = MODELS[name]
        told.append(f"## Model `{name}`\n\n{_first(model)}\n")
        told += [
            _keys(f"[{section}]", of, 3, ())
            for section, of in (("model", model.Config), ("loss", model.Loss))
        ]
    return "\n".join(told)


def cards() -> str:
    """The tables of a detector card."""
    from pyjetsim.detector import DetectorCard

    return _keys("a card", DetectorCard, 2, ())


def _first(of: type) -> str:
    return _markdown(inspect.getdoc(of) or "")


def _markdown(text: str) -> str:
    """A docstring's first paragraph, with the marks of Markdown."""
    text = " ".join(text.strip().partition("\n\n")[0].split())
    text = re.sub(r":\w+(?::\w+)?:`~?(?:[\w.]*\.)?(\w+)`", r"`\1`", text)
    return text.replace("``", "`").replace("\\|", "|").replace("\\\\", "\\")


def _keys(title: str, model: type[BaseModel], level: int, path: tuple[str, ...]) -> str:
    """A table of a model's keys, and those of the tables in it."""
    meanings = _meanings(model)
    name = f"`[{'.'.join(path)}]`" if path else (title if title.startswith("[") else f"Keys of {title}")
    told = [f"{'#' * level} {name}\n", f"{_first(model)}\n" if model.__doc__ else ""]
    rows, inner = [], []
    for key, field in model.model_fields.items():
        tables = _models_in(field.annotation)
        inner += [(key, table) for table in tables]
        rows.append((f"`{key}`", _type(field), _default(field), _cell(_markdown(meanings.get(key, "")))))
    head: tuple[str, ...] = ("key", "type", "default", "meaning")
    if not any(row[-1] for row in rows):
        head, rows = head[:-1], [row[:-1] for row in rows]
    told.append(_table(head, rows) if rows else "No keys.\n")
    told += [_keys("", table, min(level + 1, 4), (*path, key)) for key, table in inner]
    return "\n".join(told)


def _meanings(model: type[BaseModel]) -> dict[str, str]:
    """What stands below each field, of a class and of those that it is made of."""
    found: dict[str, str] = {}
    for of in reversed(model.__mro__):
        if of.__module__.startswith("pydantic") or of is object:
            continue
        try:
            body = ast.parse(textwrap.dedent(inspect.getsource(of))).body[0].body  # type: ignore[attr-defined]
        except (OSError, TypeError, SyntaxError, IndexError):
            continue
        for field, below in itertools.pairwise(body):
            if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr):
                found[field.target.id] = str(ast.literal_eval(below.value))  # type: ignore[union-attr]
    return found


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if inspect.isclass(annotation) and not getattr(annotation, "__args__", ()):
        return [annotation] if issubclass(annotation, BaseModel) else []
    return [model for argument in getattr(annotation, "__args__", ()) for model in _models_in(argument)]


def _type(field: FieldInfo) -> str:
    def named(annotation: Any) -> str:
        arguments = getattr(annotation, "__args__", ())
        if _models_in(annotation):
            return "list of tables" if getattr(annotation, "__origin__", None) is list else "table"
        if "Literal" in str(annotation):
            return " or ".join(f'"{each}"' if isinstance(each, str) else str(each) for each in arguments)
        if annotation is type(None):
            return "none"
        if not arguments:
            return {"str": "text", "float": "number", "int": "whole number", "bool": "true or false"}.get(
                getattr(annotation, "__name__", ""), getattr(annotation, "__name__", str(annotation))
            )
        if getattr(annotation, "__origin__", None) in (list, tuple):
            return "list of " + " and ".join(
                dict.fromkeys(named(each) for each in arguments if each is not ...)
            )
        if getattr(annotation, "__origin__", None) is dict:
            return "table"
        if hasattr(annotation, "__metadata__"):
            return named(annotation.__origin__)
        return " or ".join(dict.fromkeys(named(each) for each in arguments if each is not type(None)))

    limits = {"Ge": "≥ {ge}", "Gt": "> {gt}", "Le": "≤ {le}", "Lt": "< {lt}"}
    said = [
        limits[type(each).__name__].format(
            **{type(each).__name__.lower(): getattr(each, type(each).__name__.lower())}
        )
        for each in field.metadata
        if type(each).__name__ in limits
    ]
    return _cell(named(field.annotation) + "".join(f", {each}" for each in said))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.default if field.default is not PydanticUndefined else None
    if isinstance(default, BaseModel) or field.default_factory is not None or default is None:
        return "–"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return (
        f"`{default!r}`".replace("'", '"').replace("(", "[").replace(")", "]")
        if isinstance(default, (tuple, str))
        else f"`{default!r}`"
    )


# --- Errors.


def errors() -> str:
    """By the package that raises them: what is wrong, why it matters, what to do."""
    by_room: dict[str, list[tuple[str, ...]]] = {}
    for path in sorted((ROOT / "pyjetsim").rglob("*.py")):
        room = path.relative_to(ROOT / "pyjetsim").parts[0].removesuffix(".py").replace("_utils", "shared")
        for kind, texts in _raised(ast.parse(path.read_text(encoding="utf-8"))):
            by_room.setdefault(room, []).append((f"`{kind}`", *(_cell(text) for text in texts)))
    told = []
    for room, rows in sorted(by_room.items()):
        told.append(f"### {room}\n")
        told.append(_table(("error", "what is wrong", "why it matters", "what to do"), sorted(set(rows))))
    return "\n".join(told)


def _raised(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and len(node.args) >= 3):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if not re.fullmatch(r"\w*Error", name):
            continue
        texts = [_text(argument) for argument in node.args[:3]]
        if all(re.search(r"[a-z]", re.sub(r"\*\w+\*", "", text)) for text in texts[:1]):
            yield name, texts


def _text(node: ast.expr) -> str:
    """Text of the source; what is filled in stands in italics by its name."""
    if isinstance(node, ast.Constant):
        return re.sub(r"([*_`\[\]])", r"\\\1", str(node.value))
    if isinstance(node, ast.JoinedStr):
        return _joined(map(_text, node.values))
    if isinstance(node, ast.FormattedValue):
        return _text(node.value)
    if isinstance(node, ast.BinOp):
        return _joined((_text(node.left), _text(node.right)))
    names = [each for each in ast.walk(node) if isinstance(each, (ast.Name, ast.Attribute))]
    name = next((each.attr if isinstance(each, ast.Attribute) else each.id for each in names), "value")
    return f"*{name.strip('_').replace('_', ' ')}*"


def _joined(parts: Iterable[str]) -> str:
    """Side by side; two in italics would be read as one in bold."""
    return re.sub(r"(?<=\w\*)(?=\*\w)", "\N{THIN SPACE}", "".join(parts))


def cpp_errors() -> str:
    """The same of the C++ library and its programs."""
    by_room: dict[str, set[tuple[str, ...]]] = {}
    for room, kind, texts in messages(ROOT / "csrc"):
        rest = ("",) * (3 - len(texts))
        by_room.setdefault(room, set()).add((f"`{kind}`", *(_cell(text) for text in texts), *rest))
    head = ("error", "what is wrong", "why it matters", "what to do")
    return "\n".join(f"### csrc/{room}\n\n{_table(head, sorted(by_room[room]))}" for room in sorted(by_room))


# --- Headers, and pages that are there.


def headers() -> str:
    """What each public header is for and declares, then the headers as they are."""
    told, rows = [], []
    for header in sorted((ROOT / "csrc" / "include" / "pyjetsim").glob("*.h")):
        text = header.read_text(encoding="utf-8")
        subject = re.search(r"/// \\file\n/// (.*?)(?=\n(?!/// \S))", text, re.DOTALL)
        names = re.findall(
            r"^(?:class|struct|enum class)(?: PYJETSIM_EXPORT)? (\w+)[^;]*?\{", text, re.MULTILINE
        )
        names += re.findall(r"^PYJETSIM_EXPORT [^;{()]*?(\w+)\(", text, re.MULTILINE)
        anchor = header.name.replace(".", "-")
        rows.append(
            (
                f"[{header.name}](#{anchor})",
                _cell(subject[1].replace("\n/// ", " ")) if subject else "",
                ", ".join(f"`{name}`" for name in dict.fromkeys(names)),
            )
        )
        told.append(f"({anchor})=\n## {header.name}\n\n```cpp\n{text}```\n")
    return _table(("header", "subject", "declares"), rows) + "\n" + "\n".join(told)


def decisions() -> str:
    """The decisions in their order."""
    names = sorted(path.stem for path in (ROOT / "docs" / "decisions").glob("*.md"))
    return "```{toctree}\n:maxdepth: 1\n\n" + "\n".join(f"../decisions/{name}" for name in names) + "\n```\n"


PAGES: dict[str, Callable[[], str]] = {
    made.__name__: made for made in (cli, recipes, cards, errors, cpp_errors, headers, decisions)
}


def _read(app: Sphinx, docname: str, content: list[str]) -> None:
    content[0] = _MARK.sub(lambda match: PAGES[match[1]](), content[0])


def _outdated(app: Sphinx, env: Any, *_: object) -> list[str]:
    """The code may have changed: such pages are read each time."""
    pages = {docname: Path(env.doc2path(docname)) for docname in env.found_docs}
    return [docname for docname, path in pages.items() if _MARK.search(path.read_text(encoding="utf-8"))]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register it."""
    app.connect("source-read", _read)
    app.connect("env-get-outdated", _outdated)
    return {"version": "1", "parallel_read_safe": True}
