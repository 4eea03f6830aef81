import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from reprise.library import joint_codec
from reprise_core.errors import RepriseError

coordinates = st.floats(-1.5, 1.5, width=32)


@settings(max_examples=50, deadline=None)
@given(
    local=hnp.arrays(np.float32, st.tuples(st.integers(2, 5), st.just(22), st.just(3)), elements=coordinates),
    place=hnp.arrays(np.float32, (3,), elements=st.floats(-1000, 1000, width=32)),
)
def test_round_trip_is_exact_to_half_a_tenth_of_a_millimetre(local, place):
    joints = local + place.astype(np.float64)
    back = joint_codec.unpack(joint_codec.pack(joints), len(joints))
    rounding = np.abs(joints).max() * 2**-23  # of float32, for places far from the origin
    assert back.dtype == np.float32
    assert np.abs(back - joints).max() <= 0.5001 * joint_codec.QUANTUM + rounding


def test_packing_again_changes_nothing():
    joints = np.random.default_rng(0).uniform(-1, 1, (9, 22, 3))
    data = joint_codec.pack(joints)
    assert joint_codec.pack(joint_codec.unpack(data, 9)) == data


def test_jumps_from_one_end_of_the_range_to_the_other():
    joints = np.zeros((3, 22, 3))
    joints[0, 5], joints[1, 5], joints[2, 5] = 3.2767, -3.2767, 3.2767
    np.testing.assert_allclose(joint_codec.unpack(joint_codec.pack(joints), 3), joints, atol=5.1e-5)


@pytest.mark.parametrize(
    "joints",
    [
        np.zeros((22, 3)),
        np.zeros((5, 21, 3)),
        np.zeros((1, 22, 3)),
        np.full((2, 22, 3), np.nan),
        np.full((2, 22, 3), 1e9),
        np.stack([np.zeros((2, 3)), *[np.full((2, 3), 4.0)] * 21], axis=1),
    ],
    ids=["two axes", "21 joints", "one pose", "not finite", "out of range", "centimetres"],
)
def test_what_does_not_fit_is_refused(joints):
    with pytest.raises(RepriseError):
        joint_codec.pack(joints)


def test_damage_is_noticed():
    data = bytearray(joint_codec.pack(np.random.default_rng(0).uniform(-1, 1, (9, 22, 3))))
    with pytest.raises(ValueError, match="bytes for 8 poses"):
        joint_codec.unpack(bytes(data), 8)
    data[len(data) // 2] ^= 255
    with pytest.raises(ValueError, match="decompressing"):
        joint_codec.unpack(bytes(data), 9)
