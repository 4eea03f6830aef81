"""Mirrored twins: left and right change places, in the motion and in the words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from reprise.data.mirror import mirror_caption, mirror_joints
from reprise_core.skeleton import JOINT_NAMES


@given(arrays(np.float64, (3, 22, 3), elements=st.floats(-10, 10)))
def test_mirroring_twice_changes_nothing(joints):
    np.testing.assert_array_equal(mirror_joints(mirror_joints(joints)), joints)


def test_a_raised_left_hand_becomes_a_raised_right_hand():
    joints = np.zeros((1, 22, 3))
    joints[0, JOINT_NAMES.index("left_wrist")] = (0.3, 2.0, 0.1)
    assert mirror_joints(joints)[0, JOINT_NAMES.index("right_wrist")].tolist() == [-0.3, 2.0, 0.1]


@pytest.mark.parametrize(
    ("caption", "mirrored"),
    [
        ("a person raises the left arm.", "a person raises the right arm."),
        ("Right hand up, LEFT foot back", "Left hand up, RIGHT foot back"),
        ("steps left and right", "steps right and left"),
        ("walks clockwise", "walks counterclockwise"),
        ("turns counter-clockwise", "turns clockwise"),
        ("Anticlockwise it goes", "Clockwise it goes"),
        ("leans leftwards, then rightward", "leans rightwards, then leftward"),
        ("a left-handed throw", "a right-handed throw"),
        ("turns to the right after a jump", "turns to the left after a jump"),
    ],
)
def test_words_change_sides(caption, mirrored):
    assert mirror_caption(caption) == mirrored


@pytest.mark.parametrize(
    "caption",
    [
        "stands upright and waits",
        "turns at a right angle",
        "a right-angled turn",
        "sits down right away",
        "walks forward",
    ],
)
def test_words_that_name_no_side_stay(caption):
    assert mirror_caption(caption) == caption


@given(
    st.lists(st.sampled_from(["left", "right", "Leftward", "clockwise", "counterclockwise", "arm", "upright", "the"]))
)
def test_twice_is_the_same_sentence(words):
    caption = " ".join(words)
    assert mirror_caption(mirror_caption(caption)) == caption
