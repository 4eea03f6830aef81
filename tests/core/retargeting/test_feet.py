"""Retargeted feet stand as high above the rig's floor as the source's above its own, and as still."""

from dataclasses import replace

import numpy as np
import pytest
from gaits import walker
from retargeting.made import FEET, LEGS, clips, degrees_off, figure_of, made_rig, our_rig, posed

from reprise_core import quaternion as quat
from reprise_core.cleanup import contact_slide, to_motion
from reprise_core.retargeting.footing import Foot, find_footing
from reprise_core.retargeting.result import RetargetOptions
from reprise_core.retargeting.retarget import retarget
from reprise_core.root_motion import in_place
from reprise_core.skeleton import BONE_LENGTHS, JOINT_NAMES

HUMAN = 1.7  # metres
OURS = 1.62  # metres from our figure's sole to the top of its head


def feet_of(at):
    """Positions (T, 22, 3) with the rig's feet where `contact_slide` looks for ours."""
    positions = np.zeros((len(at[FEET[0]]), 22, 3))
    for joint in FEET:
        positions[:, JOINT_NAMES.index(joint)] = at[joint]
    return positions


def built(legs: float, thighs: float, feet: float, hips: float) -> np.ndarray:
    """Bone lengths of a figure of other proportions."""
    lengths = np.array(BONE_LENGTHS)
    for joint, name in enumerate(JOINT_NAMES):
        role = name.split("_")[-1]
        lengths[joint] *= {"knee": legs * thighs, "ankle": legs / thighs, "foot": feet, "hip": hips}.get(role, 1.0)
    return lengths


FIGURES = {
    "child": (0.2, built(0.7, 1.05, 0.8, 0.8)),
    "giant": (40.0, built(1.2, 0.95, 1.3, 1.4)),
    "long thighs": (1.0, built(1.0, 1.12, 1.0, 1.0)),
    "long shins": (1.0, built(1.0, 0.9, 1.0, 1.2)),
    "ours": (1.0, np.array(BONE_LENGTHS)),
}


@pytest.mark.parametrize("name", FIGURES)
def test_feet_in_contact_neither_slide_nor_float_nor_sink(name):
    scale, lengths = FIGURES[name]
    rig, mapping = our_rig(scale, lengths)
    for motion in clips(12):
        at = posed(rig, mapping, retarget(motion, rig, mapping))
        slide = contact_slide(feet_of(at), motion.foot_contact) * HUMAN / OURS
        assert slide < 0.5e-3
        down = motion.foot_contact > 0.5
        for contact, joint in enumerate(FEET):
            ours = motion.positions[:, JOINT_NAMES.index(joint), 1]
            rest = figure_of(rig, mapping).to_ours(rig.bones.heads)[:, 1]
            if joint.endswith("foot"):
                level = min(rest[JOINT_NAMES.index(toe)] for toe in FEET[1::2])
                higher = at[joint][down[:, contact], 1] - level - ours[down[:, contact]]
                assert np.quantile(np.abs(higher), 0.98) < 0.012 if len(higher) else True
        lowest = min(at[joint][:, 1].min() for joint in FEET)
        assert lowest > min(motion.positions[:, :, 1].min(), 0.0) - 0.012


def test_legs_turn_little_for_it():
    off = []
    for family in ("mixamo", "unreal_ue4", "vroid", "character_creator"):
        for seed in range(3):
            rig, mapping = made_rig(family, seed)
            off += [degrees_off(posed(rig, mapping, retarget(m, rig, mapping)), m, LEGS).ravel() for m in clips(30)]
    every = np.concatenate(off)
    assert every.mean() < 1.0
    assert np.quantile(every, 0.99) < 5.0


def worst_slide(motion):
    """Metres a frame that a foot of the motion itself slides at most while its contact says that it stands."""
    steps = [
        np.linalg.norm(np.diff(motion.positions[:, JOINT_NAMES.index(j)][:, [0, 2]], axis=0), axis=1) for j in FEET
    ]
    down = (motion.foot_contact[1:] > 0.5) & (motion.foot_contact[:-1] > 0.5)
    return float(np.max(np.stack(steps, axis=1) * down))


def test_on_our_own_figure_feet_stay_as_they_are():
    """But for a slide of their own, which is taken out: it moves a foot by no more than it slid."""
    rig, mapping = our_rig()
    motions, still = list(clips(30)), 0
    for motion in motions:
        with_feet, without = (
            posed(rig, mapping, retarget(motion, rig, mapping, RetargetOptions(feet=feet))) for feet in (True, False)
        )
        own = worst_slide(motion)
        still += own < 5e-4
        for joint in with_feet:
            np.testing.assert_allclose(with_feet[joint], without[joint], atol=max(5e-4, own))
    assert still >= 0.8 * len(motions)  # these are held to half a millimetre


def test_on_the_spot_the_ground_goes_by_under_the_feet_as_under_ours():
    rig, mapping = our_rig(lengths=built(1.0, 1.05, 1.0, 1.0))
    motion = in_place(to_motion(walker()[0], 20.0))
    at = posed(rig, mapping, retarget(motion, rig, mapping))
    free = posed(rig, mapping, retarget(motion, rig, mapping, RetargetOptions(feet=False)))
    for joint in FEET:
        assert np.abs(at[joint] - free[joint])[:, [0, 2]].max() < 0.05


def test_rigs_without_toes_stand_on_their_ankles():
    rig, mapping = our_rig(2.0, built(1.0, 1.08, 1.0, 1.0))
    toeless = replace(mapping, matches={j: m for j, m in mapping.matches.items() if not j.endswith("_foot")})
    motion = to_motion(walker()[0], 20.0)
    slide = {}
    for feet in (True, False):
        at = posed(rig, mapping, retarget(motion, rig, toeless, RetargetOptions(feet=feet)))
        slide[feet] = contact_slide(feet_of(at), motion.foot_contact * np.float32([1, 0, 1, 0]))
    assert slide[True] < min(0.5e-3, slide[False])


def foot(frames=40, **changes):
    """A foot that stands at the end of a bent leg."""
    ankle = np.tile([0.0, 0.06, 0.0], (frames, 1))
    toe = ankle + np.array([0.0, -0.06, 0.12])
    leg = ankle[:, None] + np.array([[0.0, 0.76, 0.02], [0.0, 0.39, 0.15], [0.0, 0.0, 0.0]])
    down = np.ones((frames, 2), dtype=bool)
    return replace(Foot(leg, toe, (0.06, 0.0), ankle, toe, (0.06, 0.0), down), **changes)


def moved(one, way):
    """The rig's leg elsewhere, our figure where it is."""
    way = np.broadcast_to(way, one.toe.shape)
    return replace(one, leg=one.leg + way[:, None], toe=one.toe + way)


def pair(one, other):
    """Two feet side by side."""
    return [moved(foot, [side * 0.1, 0.0, 0.0]) for foot, side in ((one, 1.0), (other, -1.0))]


def test_standing_feet_are_left_alone():
    feet = pair(foot(), foot())
    footing = find_footing(feet, 20.0)
    np.testing.assert_allclose(footing.body, 0.0, atol=1e-9)
    for one, ankle, toe in zip(feet, footing.ankles, footing.toes, strict=True):
        np.testing.assert_allclose(ankle, one.leg[:, 2], atol=1e-9)
        np.testing.assert_allclose(toe, one.toe, atol=1e-9)


def test_where_both_feet_agree_the_body_moves_and_legs_turn_less():
    sunk = find_footing(pair(*[moved(foot(), [0.0, -0.02, 0.0])] * 2), 20.0)
    np.testing.assert_allclose(sunk.body[:, 1], 0.02, atol=1e-3)
    way = 0.01 * np.sin(np.linspace(0.0, 4.0 * np.pi, 40))[:, None] * np.array([1.0, 0.0, 0.0])
    feet = pair(*[moved(foot(), way)] * 2)
    gliding = find_footing(feet, 20.0)
    for one, hip, ankle in zip(feet, gliding.hips, gliding.ankles, strict=True):
        np.testing.assert_allclose(np.diff(ankle, axis=0), 0.0, atol=1e-4)
        assert np.abs(ankle - hip - (one.leg[:, 2] - one.leg[:, 0])).max() < 0.7 * way.max()


def test_where_feet_disagree_both_legs_share_it_about_evenly():
    apart = np.linspace(-0.02, 0.02, 40)[:, None] * np.array([0.0, 0.0, 1.0])
    feet = pair(moved(foot(), apart), moved(foot(), -apart))
    footing = find_footing(feet, 20.0, turnable=False)
    parts = [
        np.abs(ankle - hip - (one.leg[:, 2] - one.leg[:, 0])).max()
        for one, hip, ankle in zip(feet, footing.hips, footing.ankles, strict=True)
    ]
    np.testing.assert_allclose(parts, 0.02, atol=4e-3)
    for ankle in footing.ankles:
        np.testing.assert_allclose(np.diff(ankle, axis=0), 0.0, atol=1e-4)


def over_turned(width, angle):
    """The feet of a rig that stands with hips `width` times as wide as ours while its pelvis turns by `angle` (T,)."""
    turn = quat.from_axis_angle(np.array([0.0, 1.0, 0.0]), angle)
    feet = []
    for side in (0.1 * width, -0.1 * width):
        still = moved(foot(len(angle)), [side, 0.0, 0.0])
        turned = still.leg + (quat.rotate(turn, np.array([side, 0.0, 0.0])) - [side, 0.0, 0.0])[:, None]
        feet.append(replace(still, leg=turned, toe=still.toe + turned[:, 2] - still.leg[:, 2]))
    return feet


def ways(feet, footing):
    """Metres (2, T) by which ankles are moved against their hips."""
    return np.array(
        [
            np.linalg.norm(ankle - hip - (one.leg[:, 2] - one.leg[:, 0]), axis=-1)
            for one, hip, ankle in zip(feet, footing.hips, footing.ankles, strict=True)
        ]
    )


def test_wide_hips_turn_back_over_standing_feet_on_their_circle():
    """The legs of a rig whose pelvis is turned too far by a right angle, hips four times as wide as ours."""
    feet = over_turned(4.0, np.radians(90.0) * np.linspace(0.0, 1.0, 40))
    footing = find_footing(feet, 20.0)
    for ankle in footing.ankles:
        assert np.abs(np.diff(ankle, axis=0)).max() < 1e-4
    assert ways(feet, footing).max() < 0.05
    np.testing.assert_allclose(np.linalg.norm(footing.hips[0] - footing.hips[1], axis=-1), 0.8, atol=1e-9)


def test_a_few_degrees_of_the_pelvis_spare_the_legs_a_third():
    feet = over_turned(2.0, np.radians(8.0) * np.sin(np.linspace(0.0, 4.0 * np.pi, 80)))
    turnable, fixed = (ways(feet, find_footing(feet, 20.0, turnable=turns)).max() for turns in (True, False))
    assert turnable < fixed * 2.0 / 3.0


def test_a_standing_toe_does_not_move_when_its_foot_rolls():
    heel = 0.08 * np.sin(np.linspace(0.0, np.pi, 40))[:, None] * np.array([0.0, 1.0, 0.0])
    still = foot()
    ours = still.our_ankle + heel
    longer = replace(still, our_ankle=ours, down=np.tile([False, True], (40, 1)))
    longer = replace(longer, leg=longer.leg + 1.6 * heel[:, None])
    footing = find_footing(pair(longer, foot()), 20.0)
    assert np.abs(np.diff(footing.toes[0][:, [0, 2]], axis=0)).max() < 1e-6
    assert np.ptp(footing.toes[0][:, 1]) < 3e-3
    lengths = np.linalg.norm(footing.toes[0] - footing.ankles[0], axis=-1)
    np.testing.assert_allclose(lengths, np.linalg.norm(longer.toe - longer.leg[:, 2], axis=-1), atol=1e-9)
