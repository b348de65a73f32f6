"""The parser of the command line: help in groups, examples at its end, and the nearest name for a mistake."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from pyjetsim.errors import InputError

_WHY = "the command cannot be understood"


class Help(argparse.ArgumentDefaultsHelpFormatter):
    """Tells the default of an option that has one, and leaves examples as they are."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        said = "default" in (action.help or "")
        told = said or any(action.default is nothing for nothing in (None, False)) or action.default == []
        return action.help if told else super()._get_help_string(action)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" in text:
            return "\n".join(indent + line for line in text.splitlines())
        return super()._fill_text(text, width, indent)


class Parser(argparse.ArgumentParser):
    """Speaks the error grammar of the rest, and suggests the nearest name for one that there is not.

    Parameters
    ----------
    examples : str, optional
        Commands, one a line, shown at the end of the help.
    **given : Any
        As :class:`argparse.ArgumentParser` takes them.
    """

    def __init__(self, *, examples: str = "", **given: Any) -> None:
        given.setdefault("formatter_class", Help)
        if examples:
            given["epilog"] = "examples:\n" + "\n".join(f"  {line}" for line in examples.strip().splitlines())
        super().__init__(**given)

    def error(self, message: str) -> NoReturn:
        """Raise an :class:`~pyjetsim.errors.InputError`."""
        raise InputError(message, _WHY, f"see `{self.prog} --help`")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As of :class:`argparse.ArgumentParser`, after a look at the names of all options.

        argparse tells of a missing option first, and not that it was misspelt.
        """
        if args is not None:
            self._check_names(args)
        return super().parse_known_args(args, namespace)

    def _check_names(self, words: Sequence[str]) -> None:
        known = self._option_string_actions
        for word in words:
            if word == "--" or (not word.startswith("-") and self._subparsers is not None):
                return  # what follows is no option, or that of a verb
            name = word.partition("=")[0]
            if not word.startswith("--") or " " in name:
                continue
            if not any(option.startswith(name) for option in known):
                self._unknown("option", name, [option for option in known if option.startswith("--")])

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        if action.dest == argparse.SUPPRESS or isinstance(action, argparse._SubParsersAction):
            self._unknown(str(action.metavar or "verb").lower(), str(value), action.choices)
        choices = [str(choice) for choice in action.choices]
        option = "/".join(action.option_strings) or action.metavar or action.dest
        raise InputError(
            f"{option} is {value!r}",
            f"it is one of {', '.join(choices)}",
            nearest(str(value), choices) or f"see `{self.prog} --help`",
        )

    def _unknown(self, kind: str, name: str, known: Iterable[str]) -> NoReturn:
        meant = nearest(name, known)
        see = f"`{self.prog} --help` lists all"
        raise InputError(f"there is no {kind} {name}", _WHY, f"{meant} {see}" if meant else see)


def nearest(name: str, known: Iterable[str]) -> str:
    """Whether the name among ``known`` that is nearest was meant, as a question; empty where none is near."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean {found[0]}?" if found else ""
