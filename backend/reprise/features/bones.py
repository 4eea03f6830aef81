"""Directions of bones, and their rotations as the representation writes them: shortest arcs without twist."""

from __future__ import annotations

import numpy as np
from array_api_compat import array_namespace

from reprise_core.errors import RepriseError

from .arrays import Array, constant
from .representation import Representation

_NO_LENGTH = 1e-8  # shorter bones have no direction
_OPPOSITE = 1e-6  # below this length of axis + direction the axis of the half turn is free


def directions_and_lengths(joints: Array, representation: Representation) -> tuple[Array, Array]:
    """(..., T, J, 3) -> unit directions (..., T, J - 1, 3) and lengths (..., T, J - 1, 1) of the bones to joints 1.. .

    A bone of no length takes the direction of the bone that follows it, so that its joint gets a place between its
    neighbours; a last one, of the bone before it; and its canonical axis where that has none either.
    """
    xp = array_namespace(joints)
    vectors = joints[..., 1:, :] - joints[..., list(representation.parents[1:]), :]
    lengths = xp.linalg.vector_norm(vectors, axis=-1, keepdims=True)
    sound = lengths > _NO_LENGTH
    if bool(xp.all(sound)):
        return vectors / lengths, lengths
    units = xp.where(sound, vectors / xp.where(sound, lengths, xp.ones_like(lengths)), xp.zeros_like(vectors))
    return _completed(units, sound, representation), lengths


def check_bones(joints: Array, representation: Representation) -> None:
    """Raises `bad_joints`, with frame and joint, where joints (T, J, 3) lie on their parents."""
    vectors = np.asarray(joints)[:, 1:] - np.asarray(joints)[:, list(representation.parents[1:])]
    without = np.argwhere(np.linalg.norm(vectors, axis=-1) <= _NO_LENGTH)
    if len(without):
        frame, joint = int(without[0, 0]), int(without[0, 1]) + 1
        names, parent = representation.joint_names, representation.parents[joint]
        raise RepriseError(
            "bad_joints",
            f"Joint {joint} ('{names[joint]}') of frame {frame} lies on its parent {parent} ('{names[parent]}'), "
            "so that the bone between them has no direction.",
            "Repair or leave out that frame; joints and frames count from 0.",
        )


def _completed(units: Array, sound: Array, representation: Representation) -> Array:
    xp = array_namespace(units)
    following = {chain[i]: chain[i + 1] for chain in representation.chains for i in range(1, len(chain) - 1)}
    axes = constant(representation.canonical_axes, units)
    known: list[Array] = []
    for joint in range(1, representation.joints):
        own, parent = slice(joint - 1, joint), representation.parents[joint]
        fallback = xp.broadcast_to(axes[own], units[..., own, :].shape) if parent == 0 else known[parent - 1]
        if joint in following:
            after = slice(following[joint] - 1, following[joint])
            fallback = xp.where(sound[..., after, :], units[..., after, :], fallback)
        known.append(xp.where(sound[..., own, :], units[..., own, :], fallback))
    return xp.concat(known, axis=-2)


def shortest_arcs(directions: Array, representation: Representation) -> Array:
    """(..., J - 1, 4) quaternions wxyz that turn the canonical axes onto unit `directions` (..., J - 1, 3).

    With h the unit vector halfway between axis a and direction, the arc is (a . h, a x h): exact however near to
    opposite they are. For opposite ones any perpendicular h will do.
    """
    xp = array_namespace(directions)
    axes = constant(representation.canonical_axes, directions)
    half = directions + axes
    length = xp.linalg.vector_norm(half, axis=-1, keepdims=True)
    free = length < _OPPOSITE
    perpendicular = constant(np.roll(np.abs(representation.canonical_axes), 1, axis=-1), directions)
    half = xp.where(free, perpendicular, half / xp.where(free, xp.ones_like(length), length))
    ax, ay, az = axes[:, 0], axes[:, 1], axes[:, 2]
    hx, hy, hz = half[..., 0], half[..., 1], half[..., 2]
    return xp.stack((ax * hx + ay * hy + az * hz, ay * hz - az * hy, az * hx - ax * hz, ax * hy - ay * hx), axis=-1)


def chained_columns(directions: Array, heading: Array, representation: Representation) -> Array:
    """The rotation block (..., T, 6 (J - 1)): each arc relative to the one before it in its chain, two columns each.

    `directions` (..., T, J - 1, 3); `heading` (..., T) radians is what every chain starts from.
    """
    xp = array_namespace(directions)
    arcs = shortest_arcs(directions, representation)
    zero = xp.zeros_like(heading)
    root = xp.stack((xp.cos(heading / 2.0), zero, xp.sin(heading / 2.0), zero), axis=-1)
    before = xp.concat((root[..., None, :], arcs), axis=-2)[..., list(representation.rotation_parents), :]
    pw, px, py, pz = (before[..., i] for i in range(4))
    ow, ox, oy, oz = (arcs[..., i] for i in range(4))
    w = pw * ow + px * ox + py * oy + pz * oz  # conjugate of the one before, times the own
    x = pw * ox - px * ow - py * oz + pz * oy
    y = pw * oy + px * oz - py * ow - pz * ox
    z = pw * oz - px * oy + py * ox - pz * ow
    first = (1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y + w * z), 2.0 * (x * z - w * y))
    second = (2.0 * (x * y - w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z + w * x))
    columns = xp.stack((*first, *second), axis=-1)
    return xp.reshape(columns, (*columns.shape[:-2], -1))
