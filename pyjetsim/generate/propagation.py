"""From where a particle was produced to where it enters the calorimeters.

Neutral particles go straight, charged ones on a helix around the field, until they leave the
magnet's cylinder. A helix that never reaches the side ends in an endcap.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pyjetsim.detector.card import Magnet
from pyjetsim.generate.particles import Float, Particles

_GEV_PER_TESLA_METRE = 0.299792458
"""pt = 0.2998 q B r."""
_PT_MIN = 10**-4.5
"""GeV; below, a particle stays in the beam pipe."""


@dataclass(frozen=True, slots=True)
class Impacts:
    """Particles that reach the calorimeters, and where, as seen from the detector's origin."""

    particles: Particles
    """Charged ones with the direction they have nearest to the beam axis: what a tracker measures."""
    eta: Float
    phi: Float


def propagate(particles: Particles, magnet: Magnet, eta_max: float = 100.0) -> Impacts:
    """Bring particles to the surface of the magnet's cylinder.

    Those produced outside it, or along the beam, are lost; those that hit beyond |eta| =
    ``eta_max`` are dropped.
    """
    inside = (
        (particles.px**2 + particles.py**2 > _PT_MIN**2)
        & (particles.x**2 + particles.y**2 <= magnet.radius**2)
        & (np.abs(particles.z) <= magnet.half_length)
    )
    if not inside.all():
        particles = particles[inside]
    bends = (particles.charge != 0) & (magnet.field > 0)
    x, y, z = _straight(particles, magnet)
    px, py = particles.px.copy(), particles.py.copy()
    helix = np.flatnonzero(bends)
    x[helix], y[helix], z[helix], px[helix], py[helix] = _helix(particles[helix], magnet)

    radius = np.hypot(x, y)
    reached = np.flatnonzero((radius > 0) & (np.abs(z) < np.sinh(eta_max) * radius))
    kept = particles[reached]
    at_perigee = replace(kept, px=px[reached], py=py[reached])
    return Impacts(at_perigee, np.arcsinh(z[reached] / radius[reached]), np.arctan2(y[reached], x[reached]))


def _straight(particles: Particles, magnet: Magnet) -> tuple[Float, Float, Float]:
    """Where straight lines leave the cylinder."""
    px, py, pz = particles.px, particles.py, particles.pz
    pt2 = px**2 + py**2
    cross = px * particles.y - py * particles.x
    # Path length over momentum, to the side and to the endcap in front.
    side = (np.sqrt(pt2 * magnet.radius**2 - cross**2) - px * particles.x - py * particles.y) / pt2
    path = np.minimum(side, _to_endcap(pz, particles.z, magnet))
    return particles.x + px * path, particles.y + py * path, particles.z + pz * path


def _helix(particles: Particles, magnet: Magnet) -> tuple[Float, Float, Float, Float, Float]:
    """Where helices leave the cylinder (x = y = 0 if never), and px, py at their perigee."""
    px, py, pz = particles.px, particles.py, particles.pz
    pt = particles.pt
    turn = np.sign(particles.charge)  # positive charges turn clockwise in a field along +z
    radius = pt / (_GEV_PER_TESLA_METRE * np.abs(particles.charge) * magnet.field)
    sin, cos = py / pt, px / pt
    centre_x = particles.x + turn * radius * sin
    centre_y = particles.y - turn * radius * cos
    distance = np.hypot(centre_x, centre_y)

    # At the perigee the momentum stands at a right angle on the line from the origin to the centre.
    with np.errstate(divide="ignore", invalid="ignore"):
        perigee_cos = np.where(distance > 0, -turn * centre_y / distance, cos)
        perigee_sin = np.where(distance > 0, turn * centre_x / distance, sin)
        # Angle about the centre from the perigee to where the circle meets the cylinder's side: by
        # its half's sine, which stays exact where the circle is large.
        inside = distance - radius
        half = (magnet.radius - inside) * (magnet.radius + inside) / (4 * radius * distance)
    from_perigee = turn * np.arctan2(
        perigee_sin * cos - perigee_cos * sin, perigee_cos * cos + perigee_sin * sin
    )
    crosses = distance + radius >= magnet.radius
    to_side = np.where(
        crosses, 2 * np.arcsin(np.sqrt(np.clip(np.where(crosses, half, 0), 0, 1))) - from_perigee, np.inf
    )
    to_endcap = _to_endcap(pz, particles.z, magnet) * pt / radius
    angle = np.minimum(to_side, to_endcap)
    # A circle without pz inside the cylinder never leaves it.
    leaves = np.isfinite(angle)
    angle = np.where(leaves, angle, 0.0)

    # A direction turned by the angle: exact for many turns too.
    sin_angle, cos_angle = np.sin(angle), np.cos(angle)
    end_sin = sin * cos_angle - turn * cos * sin_angle
    end_cos = cos * cos_angle + turn * sin * sin_angle
    x = np.where(leaves, centre_x - turn * radius * end_sin, 0.0)
    y = np.where(leaves, centre_y + turn * radius * end_cos, 0.0)
    z = particles.z + pz / pt * radius * angle
    return x, y, z, pt * perigee_cos, pt * perigee_sin


def _to_endcap(pz: Float, z: Float, magnet: Magnet) -> Float:
    """Path length over momentum until the endcap that a particle flies to."""
    with np.errstate(divide="ignore"):
        path = (np.copysign(magnet.half_length, pz) - z) / pz
    return np.where(pz == 0, np.inf, path)
