"""From positions to a Motion: close to what was given, bones constant, every array of the promised kind."""

import json
from dataclasses import replace

import numpy as np
import pytest
from gaits import crawler, jumper, on_all_fours, walker
from hypothesis import given, settings
from hypothesis import strategies as st
from poses import JOINT, SKELETON, march, positions_of, seeds, smooth_rotations
from walking import assert_same, mirrored, placed

from reprise_core import ground
from reprise_core.cleanup import contact_slide, to_motion
from reprise_core.contract import MODEL_FPS
from reprise_core.errors import RepriseError
from reprise_core.motion import from_npz, to_npz
from reprise_core.skeleton import MIRROR


@given(seeds)
@settings(deadline=None, max_examples=20)
def test_positions_of_the_motion_are_forward_kinematics_of_its_rotations(seed):
    rng = np.random.default_rng(seed)
    source = positions_of(rng.normal(size=(30, 3)), smooth_rotations(rng, 30, 0.8))
    for foot_lock in (False, True):
        motion = to_motion(source, 20.0, {"prompt": "x"}, foot_lock=foot_lock)
        posed = positions_of(motion.root_translation.astype(float), motion.local_rotations.astype(float))
        np.testing.assert_allclose(motion.positions, posed, atol=1e-5)


def test_without_foot_lock_the_motion_is_what_was_given():
    source = march()
    motion = to_motion(source, 20.0, foot_lock=False)
    np.testing.assert_allclose(motion.positions, source, atol=1e-5)


def test_with_foot_lock_marching_stays_within_centimetres_and_slides_a_fifth_or_less():
    source = march(60, drift=0.1)
    motion = to_motion(source, 20.0)
    assert motion.foot_contact.any()
    assert np.linalg.norm(motion.positions - source, axis=-1).mean() < 0.02
    assert contact_slide(motion.positions, motion.foot_contact) < 0.2 * contact_slide(source, motion.foot_contact)


def test_trembling_bones_come_out_with_constant_lengths():
    source = march() + np.random.default_rng(0).normal(scale=0.01, size=(60, 22, 3))
    motion = to_motion(source, 20.0, generated=True)
    lengths = np.linalg.norm(motion.positions[:, 1:] - motion.positions[:, list(motion.parents[1:])], axis=-1)
    np.testing.assert_allclose(lengths, np.broadcast_to(SKELETON.bone_lengths[1:], lengths.shape), atol=1e-5)


def test_generated_positions_lose_their_trembling_and_keep_their_way():
    source = walker()[0]
    trembling = source + np.random.default_rng(0).normal(scale=0.008, size=source.shape)
    rough, smooth = (to_motion(trembling, 20.0, generated=generated).positions for generated in (False, True))
    assert np.abs(np.diff(smooth, n=3, axis=0)).mean() < 0.3 * np.abs(np.diff(rough, n=3, axis=0)).mean()
    assert np.linalg.norm(smooth - source, axis=-1).mean() < 0.02


def test_a_generated_walk_that_glides_stands_firm_in_every_step():
    gliding, stands = walker(speed=0.8, glide=0.5)
    motion = to_motion(gliding, 20.0, generated=True)
    toes = motion.foot_contact[:, [1, 3]] > 0.5
    assert (toes == stands).mean() > 0.8
    assert contact_slide(motion.positions, motion.foot_contact) < 0.0005
    assert contact_slide(gliding, motion.foot_contact) > 0.01


def test_a_generated_jump_stays_in_the_air_and_a_crawl_on_the_ground():
    jump = to_motion(jumper(), 20.0, generated=True)
    assert np.ptp(jump.positions[:, 0, 1]) == pytest.approx(0.5, abs=0.03)
    assert not jump.foot_contact[37:44].any()
    source = crawler(speed=0.4)
    crawl = to_motion(source, 20.0, generated=True)
    np.testing.assert_allclose(crawl.positions[:, 0], source[:, 0], atol=0.02)


@pytest.mark.parametrize("generated", [True, False])
def test_feet_are_let_go_where_holding_them_would_press_the_knees_into_the_floor(generated):
    source = on_all_fours()
    motion = to_motion(source, 20.0, generated=generated)
    assert motion.positions[..., 1].min() > -0.003
    np.testing.assert_allclose(motion.positions[:, 0], source[:, 0], atol=0.01)
    assert not motion.foot_contact.all()


def test_a_generated_figure_that_sinks_or_hovers_is_set_on_the_ground():
    for height in (-0.2, 0.3):
        motion = to_motion(walker()[0] + [0.0, height, 0.0], 20.0, generated=True)
        assert motion.positions[..., 1].min() == pytest.approx(0.0, abs=0.005)


def test_feet_are_lifted_out_of_the_ground_where_nothing_stands_too():
    source = walker(glide=3.0)[0]  # far too fast for any contact
    source[30:33, :, 1] -= 0.05
    motion = to_motion(source, 20.0)
    assert not motion.foot_contact[25:38].any()
    feet = motion.positions[:, [JOINT[f"{side}_{name}"] for side in ("left", "right") for name in ("ankle", "foot")], 1]
    assert feet.min() > -0.001


def test_the_motion_survives_its_file_and_keeps_its_meta():
    motion = to_motion(march(), 20.0, {"prompt": "a walk", "seed": 3})
    (back,) = from_npz(to_npz([motion]))
    assert json.dumps(dict(back.meta)) == json.dumps({"prompt": "a walk", "seed": 3})
    np.testing.assert_array_equal(back.local_rotations, motion.local_rotations)
    assert motion.local_rotations.dtype == motion.positions.dtype == motion.foot_contact.dtype == np.float32
    assert motion.foot_contact.shape == (60, 4)


@pytest.mark.parametrize("generated", [False, True])
@pytest.mark.parametrize("frames", [1, 2, 3, 5])
def test_clips_of_a_few_frames_work(frames, generated):
    motion = to_motion(march(frames), 20.0, generated=generated)
    assert motion.frames == frames
    np.testing.assert_allclose(motion.positions, march(frames), atol=0.02)


def test_bones_of_no_length_are_refused_with_their_frame_and_joint():
    positions = march()
    positions[8, JOINT["left_knee"]] = positions[8, JOINT["left_hip"]]
    with pytest.raises(RepriseError, match=r"left_knee.*frame 8"):
        to_motion(positions, 20.0)


def test_positions_that_are_no_numbers_are_refused_with_their_frame_and_joint():
    positions = march()
    positions[31, JOINT["left_wrist"], 2] = np.inf
    for generated in (False, True):
        with pytest.raises(RepriseError, match="left_wrist in frame 31"):
            to_motion(positions, 20.0, generated=generated)
        with pytest.raises(RepriseError, match=r"\(60, 20, 3\)"):
            to_motion(march()[:, :20], 20.0, generated=generated)


def test_no_joint_of_a_generated_figure_sinks_into_the_floor_and_nothing_floats_for_it():
    source = crawler()
    dipped = source.copy()
    deep = slice(20, 22)  # too few frames to be taken for the floor
    for side in ("left", "right"):
        dipped[deep, JOINT[f"{side}_wrist"], 1] -= 0.12
    motion = to_motion(dipped, 20.0, generated=True)
    assert motion.positions[..., 1].min() > -0.005
    lowest = motion.positions[..., 1].min(axis=1)
    assert np.quantile(lowest, 0.5) < 0.01


UP, ACROSS = np.array([0.0, 1.0, 0.0]), np.array([-1.0, 1.0, 1.0])


def gait(name, seed):
    source = {"walk": walker()[0], "glide": walker(speed=0.8, glide=0.5)[0], "jump": jumper(), "crawl": crawler()}[name]
    return source + 0.006 * np.random.default_rng(seed).normal(size=source.shape)


@given(st.sampled_from(["walk", "glide", "jump", "crawl"]), seeds, st.booleans())
@settings(deadline=None, max_examples=16)
def test_all_of_clean_up_commutes_with_the_mirror(name, seed, generated):
    """On the mirrored bones: HumanML3D's left and right differ by millimetres."""
    source, order = gait(name, seed), list(MIRROR)
    other = replace(SKELETON, rest_offsets=SKELETON.rest_offsets[order] * ACROSS)
    reflected = to_motion(source[:, order] * ACROSS, 20.0, skeleton=other, generated=generated)
    assert_same(reflected, mirrored(to_motion(source, 20.0, generated=generated)), atol=1e-5)


@given(st.sampled_from(["walk", "glide", "jump", "crawl"]), seeds, st.booleans(), st.tuples(*[st.floats(-3, 3)] * 3))
@settings(deadline=None, max_examples=16)
def test_all_of_clean_up_commutes_with_heading_and_place(name, seed, generated, elsewhere):
    source = gait(name, seed)
    moved = to_motion(ground.move_points(elsewhere, source), 20.0, generated=generated)
    assert_same(moved, placed(to_motion(source, 20.0, generated=generated), elsewhere), atol=1e-5)


@given(st.sampled_from(["walk", "glide", "jump", "crawl"]), st.floats(-2.0, 2.0))
@settings(deadline=None, max_examples=10)
def test_the_height_of_the_floor_does_not_matter(name, height):
    """Recorded motion keeps its floor, generated motion is set on y = 0."""
    source = gait(name, 0)
    for generated, kept in ((False, height), (True, 0.0)):
        low, high = (to_motion(source + up * UP, 20.0, generated=generated) for up in (0.0, height))
        np.testing.assert_allclose(high.positions, low.positions + kept * UP, atol=1e-5)
        np.testing.assert_array_equal(high.foot_contact, low.foot_contact)


def test_a_figure_that_hovers_longer_than_a_jump_is_set_down_and_a_climb_is_not():
    walk = walker(speed=0.5)[0]
    ramp = np.clip(np.arange(len(walk)) / MODEL_FPS - 1.0, 0.0, 1.0)  # rises within a second, and stays up

    def lowest(height):
        lifted = walk + height * ramp[:, None, None] * [0.0, 1.0, 0.0]
        return to_motion(lifted, MODEL_FPS, generated=True).positions[-20:, :, 1].min(axis=1)

    assert np.median(lowest(0.12)) < np.median(lowest(0.0)) + 0.01
    assert np.median(lowest(0.5)) > 0.45


def test_a_jump_is_as_high_as_it_was():
    walk = walker(speed=0.5)[0]
    time = np.arange(len(walk)) / MODEL_FPS - 2.0
    jump = np.maximum(0.0, 0.4 - 0.5 * 9.81 * time**2)  # 0.57 s in the air
    jumped = to_motion(walk + jump[:, None, None] * [0.0, 1.0, 0.0], MODEL_FPS, generated=True).positions
    standing = to_motion(walk, MODEL_FPS, generated=True).positions
    peak = np.argmax(jump)
    assert abs((jumped - standing)[peak, 0, 1] - 0.4) < 0.03
