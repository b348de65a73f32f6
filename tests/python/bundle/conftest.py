"""Fixtures with bundles, for the tests beside this file."""

from bundle_fixtures import (
    boundless_bundle,
    bundle,
    change,
    copy,
    export,
    kinds_bundle,
    kinds_copy,
    known_graphs,
    make_model,
    sim,
)

__all__ = [
    "boundless_bundle",
    "bundle",
    "change",
    "copy",
    "export",
    "kinds_bundle",
    "kinds_copy",
    "known_graphs",
    "make_model",
    "sim",
]
