"""A command that sends itself a signal while it trains: its arguments are signal, loss and the command's."""

DRIVER = """
import os, sys
from pyjetsim.cli import main
from pyjetsim.models import VAE

number, after = int(sys.argv[1]), int(sys.argv[2])
loss, calls = VAE.loss, []

def struck(*arguments):
    calls.append(1)
    if len(calls) == after:
        os.kill(os.getpid(), number)
    return loss(*arguments)

VAE.loss = struck
sys.exit(main(sys.argv[3:]))
"""
"""Sends itself a signal at its n-th loss."""
