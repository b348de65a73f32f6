"""What a model of variables answers to: gen objects, or places for objects that have none."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyjetsim.io.objects import EventObjects
from pyjetsim.jets.jets import Columns
from pyjetsim.tasks.variables.tables import Layout


class Rows(NamedTuple):
    """N gen objects of some events; or U places in each event, for reco objects without a gen object."""

    event: NDArray[np.intp]
    """(N,) which event, from 0."""
    number: NDArray[np.intp]
    """(N,) place in the event."""
    gen: Columns
    """Gen objects' columns (N,); none of places."""
    partner: NDArray[np.int32]
    """(N,) row of the reco object; -1 for none."""

    def of_events(self, objects: EventObjects) -> Columns:
        """The events' columns (N,)."""
        return {name: values[self.event] for name, values in objects.columns.items()}


def rows_of(layout: Layout, objects: EventObjects) -> Rows:
    """The rows of a batch.

    Parameters
    ----------
    layout : Layout
        Of the model.
    objects : EventObjects
        E events.

    Returns
    -------
    Rows
        By event. Of places, the first ones have the event's reco objects without a gen object, in their
        order; those that find no place are left out.
    """
    gen, reco = objects.kinds[layout.kind]
    if layout.unmatched is None:
        begin = np.cumsum(gen.count) - gen.count
        return Rows(gen.place, np.arange(len(gen)) - begin[gen.place], gen.columns, gen.match)
    each = layout.unmatched
    event = np.repeat(np.arange(len(objects)), each)
    partner = np.full((len(objects), each), -1, np.int32)
    alone = np.flatnonzero(reco.match < 0)
    of = reco.place[alone]
    number = np.arange(len(alone)) - np.searchsorted(of, of)
    there = number < each
    partner[of[there], number[there]] = alone[there]
    return Rows(event, np.tile(np.arange(each), len(objects)), {}, partner.ravel())
