"""Gen constituents in, reco constituents out: the whole jet."""

from pyjetsim.tasks.constituents.task import Constituents

__all__ = ["Constituents"]
