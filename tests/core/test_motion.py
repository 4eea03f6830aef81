"""A Motion comes back from its file as it was, and a file that is broken anywhere is refused with the place."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from poses import motion_of, seeds, smooth_rotations

from reprise_core.errors import RepriseError
from reprise_core.motion import from_npz, to_npz


def swaying(seed=0, frames=12):
    rng = np.random.default_rng(seed)
    return motion_of(rng.normal(size=(frames, 3)), smooth_rotations(rng, frames, 0.5))


def broken(name, index, value):
    array = np.array(getattr(swaying(), name))
    array[index] = value
    return replace(swaying(), **{name: array})


@given(seeds)
@settings(deadline=None, max_examples=5)
def test_several_takes_come_back_to_the_bit(seed):
    takes = [swaying(seed), replace(swaying(seed + 1, 3), fps=29.97)]
    for one, two in zip(takes, from_npz(to_npz(takes)), strict=True):
        assert (one.fps, one.joint_names, one.parents, one.meta) == (two.fps, two.joint_names, two.parents, two.meta)
        for name in ("rest_offsets", "root_translation", "local_rotations", "positions", "foot_contact"):
            np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


@pytest.mark.parametrize(
    ("motion", "what"),
    [
        (broken("positions", (3, 2, 1), np.nan), "positions of joint right_hip in frame 3 is not finite"),
        (broken("local_rotations", (9, 6), np.inf), "local_rotations of joint spine2 in frame 9 is not finite"),
        (broken("local_rotations", (9, 6), 0.0), "joint spine2 in frame 9 is a quaternion of length 0"),
        (broken("root_translation", 4, -np.inf), "root_translation in frame 4"),
        (broken("rest_offsets", 5, np.nan), "rest_offsets of joint right_knee is not finite"),
        (broken("foot_contact", (7, 3), np.nan), "foot_contact in frame 7"),
        (replace(swaying(), root_track=np.full((12, 3), np.nan)), "root_track in frame 0"),
        (replace(swaying(), cycle=np.zeros(2)), r"cycle has the shape \(2,\)"),
        (replace(swaying(), positions=swaying().positions[:, :20]), r"\(12, 20, 3\).*22 joints"),
        (replace(swaying(), positions=swaying().positions[:5]), r"\(5, 22, 3\).*12 frames"),
        (replace(swaying(), positions=swaying().positions[0]), r"\(22, 3\)"),
        (swaying(frames=0), "no frames"),
        (replace(swaying(), parents=swaying().parents[::-1]), "tree"),
        (replace(swaying(), fps=0.0), "rate of 0"),
        (replace(swaying(), fps=np.nan), "rate of nan"),
    ],
)
def test_what_no_motion_has_is_refused_with_its_place(motion, what):
    with pytest.raises(RepriseError, match=what) as caught:
        from_npz(to_npz([swaying(), motion]))
    assert caught.value.hint


@pytest.mark.parametrize("data", [b"", b"text", b"PK\x03\x04 cut off", to_npz([swaying()])[:900]])
def test_what_is_no_file_of_ours_is_refused_in_a_sentence(data):
    with pytest.raises(RepriseError, match="no motion file") as caught:
        from_npz(data)
    assert "pickle" not in caught.value.message  # NumPy would advise to unpickle it
