"""The command line: ``pyjetsim VERB``."""

from pyjetsim.cli.main import main

__all__ = ["main"]
