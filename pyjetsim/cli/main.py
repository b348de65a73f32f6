"""The command line: one verb a stage. Arguments in, one call, one line for an error."""

from __future__ import annotations

import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from pyjetsim import __version__
from pyjetsim._utils.interrupts import answered
from pyjetsim._utils.terminal import any_text
from pyjetsim.cli import (
    convert,
    dataset,
    doctor,
    evaluate,
    export,
    generate,
    info,
    quickstart,
    scan,
    show,
    simulate,
    train,
)
from pyjetsim.cli.completion import SHELLS, PrintCompletion
from pyjetsim.cli.options import PrintFolder
from pyjetsim.cli.parser import Parser
from pyjetsim.errors import DataWarning, Error

VERBS = {
    "generate": generate,
    "convert": convert,
    "train": train,
    "scan": scan,
    "evaluate": evaluate,
    "export": export,
    "simulate": simulate,
    "show": show,
    "dataset": dataset,
    "info": info,
    "doctor": doctor,
    "quickstart": quickstart,
}
"""A verb is a module with ``HELP``, ``EXAMPLES`` (commands, one a line), ``add_options(parser)`` and
``run(options)``, which may return a code.

Stages import torch, PYTHIA and matplotlib: ``run`` imports them, so that ``pyjetsim --help`` answers at once.
"""

EXAMPLES = """
pyjetsim simulate gen.h5 --output simulated.h5     # by the best model that comes with pyjetsim
pyjetsim simulate --help                           # the options of a verb, with examples
eval "$(pyjetsim --print-completion bash)"         # completion in this shell
"""
FOLDERS_HOLD = {
    "cmake": "for CMake: -Dpyjetsim_DIR",
    "include": "the headers",
    "library": "the shared libraries",
    "pkgconfig": "for pkg-config: PKG_CONFIG_PATH",
}


def build_parser() -> Parser:
    """The parser of the whole command line; ``run_verb`` of what it gives is the verb's ``run``."""
    parser = Parser(
        prog="pyjetsim",
        description="Learned detector response for jets: gen constituents in, reco constituents out.",
        examples=EXAMPLES,
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"pyjetsim {__version__}",
        help="print the version and end; `pyjetsim doctor --versions` has those of its parts",
    )
    parser.add_argument(
        "--print-completion",
        action=PrintCompletion,
        metavar="SHELL",
        choices=SHELLS,
        help="print what bash or zsh reads to complete commands, and end",
    )
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True, parser_class=Parser)
    for name, verb in VERBS.items():
        sub = verbs.add_parser(
            name,
            help=verb.HELP,
            description=f"{verb.HELP[0].upper()}{verb.HELP[1:]}.",
            examples=getattr(verb, "EXAMPLES", ""),
        )
        verb.add_options(sub)
        sub.set_defaults(run_verb=verb.run)
    library = parser.add_argument_group("the C++ library", "Print a folder of it and end.")
    for kind, holds in FOLDERS_HOLD.items():
        library.add_argument(f"--{kind}-dir", action=PrintFolder, nargs=0, const=kind, help=holds)
    return parser


_interrupted = False
"""Whether an interrupt came: one that is raised in a destructor is lost, and must not pass for success."""


def _interrupt(signum: int, frame: FrameType | None) -> None:
    global _interrupted
    _interrupted = True
    raise KeyboardInterrupt


@contextmanager
def _interruptible() -> Iterator[None]:
    """A batch system's kill ends a stage as cleanly as Ctrl-C does; afterwards all is as it was."""
    global _interrupted
    _interrupted = False
    with answered(_interrupt, (signal.SIGTERM, signal.SIGINT)):
        yield


def _told_interrupt() -> int:
    print("pyjetsim: interrupted (what was finished is kept): run the same command again", file=sys.stderr)
    return 2


@contextmanager
def _warnings_in_one_line() -> Iterator[None]:
    """What is unusual about data is told as errors are, each time; other warnings as ever."""
    with warnings.catch_warnings():
        show = warnings.showwarning

        def told(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
            if issubclass(category, DataWarning):
                print(f"pyjetsim: warning: {' '.join(str(message).split())}", file=sys.stderr)
            else:
                show(message, category, *where, **more)

        warnings.showwarning = told
        warnings.simplefilter("always", DataWarning)
        yield


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 for success, 2 for an error that is told in one line on stderr.

    1 is a verdict: `pyjetsim evaluate --fail-on` did all it should, and the simulation is not good enough.
    75 is a training that was stopped by a batch system: the same command with ``--resume`` goes on.
    """
    with any_text():
        code = _run(arguments)
    training = sys.modules.get("pyjetsim.train.processes")
    if training is not None:
        training.leave(code)
    return code


def _run(arguments: Sequence[str] | None) -> int:
    try:
        with _interruptible(), _warnings_in_one_line():
            options = build_parser().parse_args(sys.argv[1:] if arguments is None else arguments)
            code: int | None = options.run_verb(options)
    except Error as error:
        print(f"pyjetsim: {' '.join(str(error).split())}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return _told_interrupt()
    except BrokenPipeError:
        return 2
    return _told_interrupt() if _interrupted else code or 0


if __name__ == "__main__":
    sys.exit(main())
