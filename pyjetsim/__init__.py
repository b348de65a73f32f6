"""pyjetsim: a learned detector response for jets."""

from pyjetsim._core import __version__
from pyjetsim.errors import Error
from pyjetsim.jets import Jets, Pairs, jet_kinematics

__all__ = ["Error", "Jets", "Pairs", "__version__", "jet_kinematics"]
