"""The codec against the published formulae, computed frame by frame and joint by joint.

The plain computation is itself held to the golden files, which HumanML3D's own processing made; KIT-ML has none, so
there it stands in for them. Tables and thresholds are typed here anew.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from codec_motions import GOLDEN, lengths_of, moving
from scipy.ndimage import gaussian_filter1d

from reprise.features.codec import encode, encode_normalized
from reprise.features.representation import HUMANML3D, KIT_ML, REPRESENTATIONS, of_feature_count, of_joint_count
from reprise_core.errors import RepriseError

X, Y, Z = np.eye(3)


@dataclass(frozen=True)
class Published:
    chains: tuple
    raw: dict
    face: tuple
    legs: tuple
    feet: tuple
    threshold: float


HUMAN = Published(
    ((0, 2, 5, 8, 11), (0, 1, 4, 7, 10), (0, 3, 6, 9, 12, 15), (9, 14, 17, 19, 21), (9, 13, 16, 18, 20)),
    {1: X, 2: -X, 3: Y, 4: -Y, 5: -Y, 6: Y, 7: -Y, 8: -Y, 9: Y, 10: Z, 11: Z, 12: Y, 13: X, 14: -X, 15: Z}
    | dict.fromkeys(range(16, 22), -Y),
    (2, 1, 17, 16),
    (5, 8),
    (7, 10, 8, 11),
    0.002,
)
KIT = Published(
    ((0, 11, 12, 13, 14, 15), (0, 16, 17, 18, 19, 20), (0, 1, 2, 3, 4), (3, 5, 6, 7), (3, 8, 9, 10)),
    {1: Y, 2: Y, 3: Y, 4: Y, 5: X, 6: -Y, 7: -Y, 8: -X, 9: -Y, 10: -Y}
    | {11: X, 12: -Y, 13: -Y, 14: Z, 15: Z, 16: -X, 17: -Y, 18: -Y, 19: Z, 20: Z},
    (11, 16, 5, 8),
    (17, 18),
    (19, 20, 14, 15),
    0.05,
)


def times(p, q):
    return np.array([p[0] * q[0] - p[1:] @ q[1:], *(p[0] * q[1:] + q[0] * p[1:] + np.cross(p[1:], q[1:]))])


def inverse(q):
    return q * (1, -1, -1, -1)


def turned(q, v):
    return times(times(q, np.array([0.0, *v])), inverse(q))[1:]


def between(v, w):
    q = np.array([np.sqrt((v @ v) * (w @ w)) + v @ w, *np.cross(v, w)])
    return q / np.linalg.norm(q)


def unit(v):
    return v / np.linalg.norm(v)


def six(q):
    w, x, y, z = q
    return [
        1 - 2 * (y * y + z * z), 2 * (x * y + z * w), 2 * (x * z - y * w),
        2 * (x * y - z * w), 1 - 2 * (x * x + z * z), 2 * (y * z + x * w),
    ]  # fmt: skip


def plainly_encoded(joints, form, lengths):
    """(T, J, 3) -> (T - 1, F), step by step as the published processing goes."""
    joints = np.array(joints, dtype=np.float64)
    right_hip, left_hip, right_shoulder, left_shoulder = form.face
    parent = {end: start for chain in form.chains for start, end in pairwise(chain)}
    own = {joint: np.linalg.norm(joints[0, joint] - joints[0, parent[joint]]) for joint in form.legs}
    scale = sum(lengths[joint] for joint in form.legs) / sum(own.values())
    posed = np.empty_like(joints)
    for t, pose in enumerate(joints):
        posed[t, 0] = pose[0] * scale
        for chain in form.chains:
            for start, end in pairwise(chain):
                posed[t, end] = posed[t, start] + lengths[end] * unit(pose[end] - pose[start])
    posed[..., 1] -= posed[..., 1].min()
    posed -= posed[0, 0] * (1, 0, 1)
    pose = posed[0]
    across = unit(pose[right_hip] - pose[left_hip] + pose[right_shoulder] - pose[left_shoulder])
    to_front = between(unit(np.cross(Y, across)), Z)
    for pose in posed:
        for joint in range(len(pose)):
            pose[joint] = turned(to_front, pose[joint])
    forward = np.array(
        [
            np.cross(Y, unit(pose[left_hip] - pose[right_hip] + pose[right_shoulder] - pose[left_shoulder]))
            for pose in posed
        ]
    )
    forward = gaussian_filter1d(forward, 20, axis=0, mode="nearest")
    heading = [between(unit(direction), Z) for direction in forward]
    heading[0] = np.array([1.0, 0.0, 0.0, 0.0])
    rows = []
    for t in range(len(posed) - 1):
        now, after = posed[t], posed[t + 1]
        rate = times(heading[t + 1], inverse(heading[t]))[2]
        step = turned(heading[t + 1], after[0] - now[0])
        arcs = {}
        for chain in form.chains:
            so_far = heading[t]
            for start, end in pairwise(chain):
                arcs[end] = times(inverse(so_far), between(form.raw[end], unit(now[end] - now[start])))
                so_far = times(so_far, arcs[end])
        row = [np.arcsin(rate), step[0], step[2], now[0, 1]]
        for joint in range(1, len(now)):
            row.extend(turned(heading[t], now[joint] - now[0] * (1, 0, 1)))
        for joint in range(1, len(now)):
            row.extend(six(arcs[joint]))
        for joint in range(len(now)):
            row.extend(turned(heading[t], after[joint] - now[joint]))
        row.extend(float(np.sum((after[joint] - now[joint]) ** 2) < form.threshold) for joint in form.feet)
        rows.append(row)
    return np.array(rows)


@pytest.mark.skipif(not GOLDEN.exists(), reason="the golden file is not part of the repository")
@pytest.mark.parametrize("clip", range(2))
def test_the_plain_computation_gives_the_golden_features(clip):
    with np.load(GOLDEN) as golden:
        lengths = np.linalg.norm(golden["target_offsets"], axis=-1)
        joints, expected = golden[f"clip{clip}_joints"], golden[f"clip{clip}_features"]
    np.testing.assert_allclose(plainly_encoded(joints, HUMAN, lengths), expected, atol=2e-4)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("representation", "form"), [(HUMANML3D, HUMAN), (KIT_ML, KIT)], ids=["HumanML3D", "KIT-ML"])
def test_the_codec_gives_what_the_plain_computation_gives(representation, form, seed):
    joints, lengths = moving(representation, seed, 40, turns=1.2), lengths_of(representation)
    expected = plainly_encoded(joints, form, lengths)
    np.testing.assert_allclose(encode(joints, representation, lengths), expected, atol=1e-5, rtol=1e-6)


def test_kit_ml_contacts_are_the_right_feet_at_the_published_threshold():
    joints = np.repeat(moving(KIT_ML, 2, 2)[:1], 2, axis=0)
    joints[1, KIT_ML.joint_names.index("RF")] += np.array([0.0, 0.0, 0.23])  # 0.0529 squared
    joints[1, KIT_ML.joint_names.index("LMrot")] += np.array([0.22, 0.0, 0.0])  # 0.0484 squared
    assert encode_normalized(joints, KIT_ML)[0, KIT_ML.contacts].tolist() == [1, 0, 1, 1]


def test_sizes_and_rates_are_the_published_ones():
    assert [(r.joints, r.features, r.fps) for r in REPRESENTATIONS] == [(22, 263, 20.0), (21, 251, 12.5)]
    for representation in REPRESENTATIONS:
        ends = [group.stop for group in representation.groups]
        assert [group.start for group in representation.groups] == [0, *ends[:-1]]
        assert ends[-1] == representation.features
        assert of_joint_count(representation.joints) is of_feature_count(representation.features) is representation


def test_unknown_sizes_name_the_known_ones():
    with pytest.raises(RepriseError, match=r"24 joints.*22.*21"):
        of_joint_count(24)
    with pytest.raises(RepriseError, match=r"264 features.*263.*251"):
        of_feature_count(264)
