"""Fixtures with bundles, for the tests beside this file."""

from bundle_fixtures import *  # noqa: F403 (its __all__ is the fixtures)
