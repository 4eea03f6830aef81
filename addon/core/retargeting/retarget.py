"""From a Motion to what is keyed on a mapped rig: every mapped bone turns in the rig's space as our joint does.

A joint's turn G from our rest pose, seen in the armature's axes, times the turn A that brings the rig's rest pose to
ours (`alignment.py`) is the turn W = G A of the bone that plays it. Whatever lies between it and the next such bone,
and however that one is rolled, the key follows from W and the turn of what carries it (`pose.py`).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from .. import quaternion as quat
from ..errors import RepriseError
from ..kinematics import forward_kinematics
from ..motion import Motion
from ..rigs.bones import BoneMapping
from ..root_motion import to_world
from ..skeleton import JOINT_NAMES, PARENTS, Skeleton
from .alignment import align
from .carrier import find_carrier, find_root, locate
from .controls import find_players
from .figure import Figure, find_figure
from .keying import key
from .planting import plant
from .pose import Joints, joints_of, place_heads
from .rest_rig import RestRig
from .result import Retargeted, RetargetOptions
from .spreading import torso_turns, twist_turns

Array = NDArray[np.float64]

_HIPS = [JOINT_NAMES.index(f"{side}_hip") for side in ("left", "right")]
_TORSO = ("pelvis", "spine1", "spine2", "spine3", "neck", "head")
_NEAR = 0.6  # of a leg: a bone that carries legs and chest from as near the hips turns as the pelvis does


def retarget(motion: Motion, rig: RestRig, mapping: BoneMapping, options: RetargetOptions | None = None) -> Retargeted:
    """What to key on `rig` so that it moves as `motion` does.

    The motion is played in armature space: its floor is the one that the rig stands on at rest, its origin lies under
    the rig's hips and its metre is as long as the ratio of the legs says. Pelvis, spine, neck, head and collar bones
    turn as ours from their own rest pose, arms and legs point exactly as ours, soles are as flat. A motion's
    `root_track` goes to the bone that carries the whole figure, if there is one above the pelvis.

    Raises RepriseError for a motion of another skeleton or of no frames, and for a mapping without hips, knees and
    shoulders or to bones that the rig lacks.
    """
    _check(motion)
    options = options or RetargetOptions()
    players = find_players(rig.bones, mapping, options.controls)
    joints = joints_of(rig)
    skeleton = Skeleton(motion.joint_names, motion.parents, np.asarray(motion.rest_offsets, dtype=np.float64))
    figure = find_figure(joints, players.bones, skeleton)
    world = to_world(motion)
    positions, turns = forward_kinematics(
        PARENTS, skeleton.rest_offsets,
        np.asarray(world.root_translation, dtype=np.float64), np.asarray(world.local_rotations, dtype=np.float64),
    )  # fmt: skip
    sources = {joint: np.asarray(turns[:, place]) for place, joint in enumerate(JOINT_NAMES)}
    aligned = align(figure, rig.bones, players.bones, skeleton)
    wanted = {
        bone: figure.turns_to_rig(quat.multiply(sources[joint], aligned[joint]))
        for joint, bone in players.bones.items()
        if joint not in _TORSO
    }
    torso = torso_turns(joints, players.bones, sources, players.spread)
    wanted |= {bone: figure.turns_to_rig(turn) for bone, turn in torso.items()}
    carrier = find_carrier(joints, players.bones)
    root = find_root(joints, carrier)
    wanted |= _turns_above(joints, figure, players.bones, carrier, root, motion, sources["pelvis"], wanted)
    hips = np.asarray(positions[:, _HIPS].mean(axis=1)) + np.array([0.0, figure.lift, 0.0])
    keys = key(joints, wanted)
    ends = (players.bones["left_hip"], players.bones["right_hip"])
    locations, unkeyed = locate(joints, figure, keys, ends, hips, carrier, root, motion.root_track)
    if options.feet and not unkeyed:
        order = joints.needed(players.bones.values())
        heads = place_heads(joints, order, keys.turns, locations, motion.frames)
        heads = {bone: figure.to_ours(heads[bone]) for bone in players.bones.values()}
        contacts = np.asarray(motion.foot_contact)
        wanted, rise = plant(
            joints,
            figure,
            players.bones,
            keys.rotations,
            skeleton,
            (positions, sources, contacts),
            wanted,
            heads,
            motion.fps,
        )
        keys = key(joints, wanted)
        hips = hips + rise[:, None] * np.array([0.0, 1.0, 0.0])
        locations, unkeyed = locate(joints, figure, keys, ends, hips, carrier, root, motion.root_track)
    helpers = twist_turns(rig.bones, players.bones, players.twists, skeleton, sources, keys.turns)
    keys = key(joints, wanted | helpers) if helpers else keys
    names = rig.bones.names
    rotations = np.stack([keys.rotations[bone] for bone in keys.rotations], axis=1)
    return Retargeted(
        fps=motion.fps,
        bones=tuple(names[bone] for bone in keys.rotations),
        rotations=np.asarray(quat.make_continuous(quat.normalize(rotations))),
        locations={names[bone]: location for bone, location in locations.items()},
        settings=players.settings,
        unkeyed=(*keys.unkeyed, *unkeyed),
        foot_contact=np.asarray(motion.foot_contact, dtype=np.float64),
    )


def _check(motion: Motion) -> None:
    if motion.joint_names != JOINT_NAMES or motion.parents != PARENTS:
        raise RepriseError("bad_motion", "The motion has another skeleton than ours.", "Update the backend.")
    if not motion.frames:
        raise RepriseError("bad_motion", "The motion has no frames.", "Generate it anew.")
    if not all(np.isfinite(part).all() for part in (motion.root_translation, motion.local_rotations)):
        raise RepriseError("bad_motion", "The motion has values that are no numbers.", "Try another seed.")


def _turns_above(
    joints: Joints,
    figure: Figure,
    players: Mapping[str, int],
    carrier: int,
    root: int,
    motion: Motion,
    pelvis: Array,
    wanted: Mapping[int, Array],
) -> dict[int, Array]:
    """Turns of what carries the pelvis: the track's for the root, the body's for a bone that moves the whole body."""
    found: dict[int, Array] = {}
    if root >= 0 and motion.root_track is not None and root not in wanted:
        turn = quat.from_axis_angle(np.array([0.0, 1.0, 0.0]), np.asarray(motion.root_track, dtype=np.float64)[:, 2])
        found[root] = figure.turns_to_rig(turn)
    if carrier >= 0 and carrier not in wanted and carrier not in found:
        heads = joints.rig.bones.heads
        hips = [heads[players[f"{side}_hip"]] for side in ("left", "right")]
        leg = float(np.linalg.norm(heads[players["left_knee"]] - hips[0])) * 2.0
        if float(np.linalg.norm(heads[carrier] - (hips[0] + hips[1]) / 2.0)) < _NEAR * leg:
            found[carrier] = figure.turns_to_rig(pelvis)
    return found
