"""Completion in a shell: ``pyjetsim --print-completion bash|zsh``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from pyjetsim.bundle.shipped import SHIPPED
from pyjetsim.cli.options import path
from pyjetsim.cli.parser import nearest
from pyjetsim.errors import InputError

SHELLS = ("bash", "zsh")


class PrintCompletion(argparse.Action):
    """Prints what a shell reads to complete verbs, options and their values, and ends."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        """Print it for that shell."""
        print(script(parser, str(values)))
        parser.exit()


def script(parser: argparse.ArgumentParser, shell: str) -> str:
    """The completion of a parser's verbs, options, files, and names that come with pyjetsim.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        Of the whole command line.
    shell : {"bash", "zsh"}
        Who reads it.

    Returns
    -------
    str
        Text for the shell.

    Raises
    ------
    InputError
        For another shell.
    """
    if shell not in SHELLS:
        raise InputError(
            f"there is no completion for {shell}",
            f"it is written for {' and '.join(SHELLS)}",
            nearest(shell, SHELLS) or "use one of these",
        )
    import shtab

    for action in _actions(parser):
        if action.type is path:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif names := _names(action):
            action.complete = _names_or_files(names)  # type: ignore[attr-defined]
    text: str = shtab.complete(parser, shell)
    return text


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for sub in dict.fromkeys(action.choices.values()):
                yield from _actions(sub)
        elif action.nargs != 0:
            yield action


def _names(action: argparse.Action) -> tuple[str, ...]:
    """What comes with pyjetsim and may be the value, if names of it may."""
    from pyjetsim._utils.shipped import shipped_files

    if action.dest == "bundle":
        return tuple(SHIPPED)
    if action.dest in ("recipe", "print_recipe"):
        return tuple(shipped_files("recipe"))
    if action.dest in ("detector", "print_detector"):
        return tuple(shipped_files("detector"))
    return ()


def _names_or_files(names: tuple[str, ...]) -> dict[str, object]:
    words = " ".join(names)
    function = "_pyjetsim_" + "_".join(names).replace("-", "_")
    return {
        "bash": function,
        "zsh": f"{{ compadd {words} ; _files }}",
        "preamble": {"bash": f'{function}() {{ compgen -W "{words}" -- "$1"; compgen -f -- "$1"; }}'},
    }
