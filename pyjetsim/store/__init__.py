"""jets.h5: write, append, read in pieces, split by event."""

from pyjetsim.store.layout import FORMAT, VERSION
from pyjetsim.store.reader import PairsFile
from pyjetsim.store.split import SPLITS, Split, in_split
from pyjetsim.store.writer import PairsWriter, write_pairs

__all__ = ["FORMAT", "SPLITS", "VERSION", "PairsFile", "PairsWriter", "Split", "in_split", "write_pairs"]
