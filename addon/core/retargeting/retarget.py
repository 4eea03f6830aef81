"""From a Motion to what is keyed on a mapped rig: every mapped bone turns in the rig's space as our joint does.

A joint's turn G from our rest pose, seen in the armature's axes, times the turn A that brings the rig's rest pose to
ours (`alignment.py`) is the turn W = G A of the bone that plays it. Whatever lies between it and the next such bone,
and however that one is rolled, the key follows from W and the turn of what carries it (`pose.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from .. import quaternion as quat
from ..errors import RepriseError
from ..motion import Motion
from ..rigs.bones import BoneMapping
from .alignment import align
from .controls import Players, find_players
from .figure import find_figure
from .goals import Limbs, find_limbs, goal_locations, goal_turns
from .hands import place_hands
from .in_line import Line, find_lines, kept_whole, share_twist, whole_turns
from .keying import why_driven
from .performed import performed_turns
from .planting import plant
from .pose import Joints, joints_of
from .rest_rig import RestRig
from .result import Retargeted, RetargetOptions, Setting
from .rounds import middle_round, with_neighbours
from .source import Source, read_source
from .spreading import torso_turns, twist_turns
from .stage import Stage, set_stage, turns_above

Array = quat.Array

_TORSO = ("pelvis", "spine1", "spine2", "spine3", "neck", "head")


def retarget(motion: Motion, rig: RestRig, mapping: BoneMapping, options: RetargetOptions | None = None) -> Retargeted:
    """What to key on `rig` so that it moves as `motion` does.

    The motion is played in armature space: its floor is the one that the rig stands on at rest, its origin lies under
    the rig's hips and its metre is as long as the ratio of the legs says. Pelvis, spine, neck, head and collar bones
    turn as ours from their own rest pose, arms and legs point exactly as ours, soles are as flat. A motion's
    `root_track` goes to the bone that carries the whole figure, if there is one above the pelvis. Twist helpers share
    the twist of their limbs, but for those in line of a bone that has it all, as the motion's meta says (`to_motion`),
    and those that the rig itself feeds (constraints, drivers). Where the body's place cannot be keyed feet are left as
    the legs take them. A cycle is solved among its own rounds: it closes.

    Raises RepriseError for a motion of another skeleton or of no frames, and for a mapping without hips, knees and
    shoulders or to bones that the rig lacks.
    """
    options = options or RetargetOptions()
    if motion.cycle is None:
        return _retarget(motion, rig, mapping, options)
    return middle_round(_retarget(with_neighbours(motion, motion.cycle), rig, mapping, options))


def _retarget(motion: Motion, rig: RestRig, mapping: BoneMapping, options: RetargetOptions) -> Retargeted:
    source = read_source(motion)
    players = find_players(rig.bones, mapping, options.controls)
    limbs = find_limbs(rig.bones, mapping, players.bones) if options.controls and options.ik else Limbs()
    joints = joints_of(limbs.carried(rig))
    figure = find_figure(joints, players.bones, source.skeleton)
    stage = set_stage(joints, figure, players.bones, motion.root_track)
    aligned = align(figure, rig.bones, players.bones, source.skeleton)
    wanted = _wanted(stage, players, source, aligned)
    hips = (source.places["left_hip"] + source.places["right_hip"]) / 2.0 + np.array([0.0, figure.lift, 0.0])
    stance = stage.put(wanted, hips)
    if options.feet and not stance.unkeyed:
        wanted, way = plant(stage, stance, source, wanted)
        hips = hips + way
        stance = stage.put(wanted, hips)
    if options.hands:
        wanted = place_hands(stage, stance, source, wanted)
        stance = stage.put(wanted, hips)
    helpers = twist_turns(rig.bones, players.bones, players.twists, source, stance.keys.turns)
    if lines := find_lines(joints, players, kept_whole(motion.meta)):
        helpers |= _along(lines, stage, wanted, stance.keys.turns, source, aligned)
    helpers = _not_fed(helpers, joints, players)
    goals = goal_turns(stance, limbs)
    stance = stage.put(wanted | helpers | goals, hips) if helpers or goals else stance
    locations = {**stance.locations, **goal_locations(stage, stance, limbs, source.frames)}
    names = rig.bones.names
    if not stance.keys.rotations:
        raise RepriseError("nothing_to_key", "Every mapped bone of the rig is held or locked.", stance.keys.unkeyed[0])
    rotations = np.stack(list(stance.keys.rotations.values()), axis=1)
    return Retargeted(
        fps=motion.fps,
        bones=tuple(names[bone] for bone in stance.keys.rotations),
        rotations=quat.make_continuous(quat.normalize(rotations)),
        locations={names[bone]: location for bone, location in locations.items()},
        settings=_settled((*players.settings, *limbs.settings)),
        unkeyed=(*filter(None, (rig.uneven_scale(),)), *stance.keys.unkeyed, *stance.unkeyed),
        foot_contact=np.asarray(motion.foot_contact, dtype=np.float64),
    )


def _wanted(stage: Stage, players: Players, source: Source, aligned: Mapping[str, Array]) -> dict[int, Array]:
    """Bone -> turn (T, 4) in armature space, before feet and hands are looked at."""
    figure = stage.figure
    wanted = {
        bone: figure.turns_to_rig(quat.multiply(source.turns[joint], aligned[joint]))
        for joint, bone in players.bones.items()
        if joint not in _TORSO
    }
    torso = torso_turns(stage.joints, players.bones, source.turns, players.spread)
    wanted |= {bone: figure.turns_to_rig(turn) for bone, turn in torso.items()}
    return wanted | turns_above(stage, source.turns["pelvis"], wanted)


def _not_fed(helpers: Mapping[int, Array], joints: Joints, players: Players) -> dict[int, Array]:
    """The helpers without those that the rig turns itself; one that carries a mapped bone stays, to be told of, as the
    rig turns that, too.
    """
    carrying = set(joints.needed(players.bones.values()))
    return {bone: turn for bone, turn in helpers.items() if bone in carrying or not why_driven(joints, bone)}


def _along(
    lines: Sequence[Line],
    stage: Stage,
    wanted: Mapping[int, Array],
    turns: Mapping[int, Array],
    source: Source,
    aligned: Mapping[str, Array],
) -> dict[int, Array]:
    """Bone -> turn (T, 4) in armature space of the bones in line of upper limbs, when `turns` (T, 4) are keyed."""
    whole = whole_turns(lines, wanted, turns)
    carrier = turns[stage.carrier] if stage.carrier >= 0 else np.array([1.0, 0.0, 0.0, 0.0])
    by_joint = {joint: turns[bone] for joint, bone in stage.players.items()} | whole
    ours = replace(source, turns=performed_turns(stage.figure, aligned, by_joint, carrier))
    return share_twist(lines, whole, ours)


def _settled(settings: tuple[Setting, ...]) -> tuple[Setting, ...]:
    """Of settings of the same property the last."""
    return tuple({(setting.bone, setting.property): setting for setting in settings}.values())
