"""``pyjetsim export``: a run becomes a bundle."""

from __future__ import annotations

import argparse

from pyjetsim.cli.options import path, positive, quoted

HELP = "turn a run's best epoch into a bundle that any framework can run"
EXAMPLES = """
pyjetsim export runs/cells --output bundle
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("run", type=path, help="a run folder")
    parser.add_argument("--output", type=path, required=True, metavar="FOLDER", help="the bundle")
    parser.add_argument(
        "--epoch", type=positive, metavar="N", help="which one (default: the one that was selected)"
    )
    parser.add_argument(
        "--no-torchscript",
        action="store_true",
        help="without model.pt, which the backend torchscript runs: a smaller bundle",
    )


def run(options: argparse.Namespace) -> None:
    """Call the stage and tell its results."""
    from pyjetsim.bundle import export_model
    from pyjetsim.train import load_model

    model, checkpoint = load_model(options.run, options.epoch)
    export_model(
        model,
        options.output,
        domain=checkpoint.domain,
        provenance=checkpoint.training_provenance,
        cuts=checkpoint.cuts,
        radius=checkpoint.radius,
        task=checkpoint.task,
        torchscript=not options.no_torchscript,
    )
    print(f"bundle: {options.output} (epoch {checkpoint.epoch}), verified against PyTorch")
    print(f"next: pyjetsim simulate IN --bundle {quoted(options.output)} --output simulated.h5 --seed 1")
