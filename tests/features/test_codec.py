"""The codec as an identity, in both representations: on recorded motion, on made motion, in batches, with torch."""

import numpy as np
import pytest
import torch
from codec_motions import UP, as_kit, lengths_of, metre, mirrored, moving
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reprise.features.codec import decode, encode, encode_normalized, world_to_local
from reprise.features.mirror import mirror_features
from reprise.features.normalization import facing, normalize, retarget
from reprise.features.representation import HUMANML3D, KIT_ML
from reprise.features.statistics import statistics
from reprise_core import quaternion as quat

seeds = st.integers(0, 2**31)
some = settings(deadline=None, max_examples=25)


@some
@given(seeds, st.integers(2, 90), st.floats(-8, 8))
def test_decode_inverts_encode_however_the_figure_turns(representation, seed, frames, turns):
    joints = normalize(moving(representation, seed, frames, turns), representation)
    decoded = decode(encode_normalized(joints, representation), representation)
    np.testing.assert_allclose(decoded, joints[:-1], atol=1e-4 * metre(representation))


def test_decode_inverts_encode_on_recorded_motion(recorded, representation):
    for name, clip in recorded.items():
        joints = normalize(clip if representation is HUMANML3D else as_kit(clip), representation)
        decoded = decode(encode_normalized(joints, representation), representation)
        np.testing.assert_allclose(decoded, joints[:-1], atol=1e-4 * metre(representation), err_msg=name)


def test_a_twenty_minute_walk_drifts_by_no_more_than_a_centimetre(representation):
    """Over a kilometre in one clip, turning all the time: what float32 features can hold."""
    joints = normalize(moving(representation, 3, 24_000, turns=300.3), representation)
    decoded = decode(encode_normalized(joints, representation), representation)
    np.testing.assert_allclose(decoded, joints[:-1], atol=0.01 * metre(representation))


@some
@given(seeds, st.floats(-3.1, 3.1), st.floats(0.5, 2.0))
def test_features_do_not_depend_on_place_heading_or_size(representation, seed, yaw, scale):
    joints = moving(representation, seed)
    moved = quat.rotate(quat.from_axis_angle(UP, yaw), joints) * scale + np.array([3.0, 0.5, -7.0]) * metre(
        representation
    )
    lengths = lengths_of(representation)
    there, here = (encode(clip, representation, lengths) for clip in (moved, joints))
    contacts = representation.contacts.start  # rounding may tip a foot whose speed is the threshold's
    np.testing.assert_allclose(there[:, :contacts], here[:, :contacts], atol=1e-4 * metre(representation))
    assert (there[:, contacts:] != here[:, contacts:]).mean() < 0.02


@some
@given(seeds, st.floats(-1, 1))
def test_mirroring_features_is_encoding_the_mirrored_figure(representation, seed, turns):
    lengths = lengths_of(representation)
    joints = normalize(moving(representation, seed, turns=turns), representation, lengths)
    features = encode_normalized(joints, representation)
    reflected = encode_normalized(mirrored(joints, representation), representation)
    np.testing.assert_allclose(mirror_features(features, representation), reflected, atol=2e-5 * metre(representation))


@some
@given(seeds)
def test_mirroring_commutes_with_decoding_and_undoes_itself(representation, seed):
    features = np.random.default_rng(seed).normal(size=(3, 20, representation.features)).astype(np.float32)
    twin = mirror_features(features, representation)
    np.testing.assert_array_equal(mirror_features(twin, representation), features)
    expected = mirrored(decode(features, representation), representation)
    np.testing.assert_allclose(decode(twin, representation), expected, atol=1e-4)


def test_a_batch_is_its_clips(representation):
    clips = np.stack([moving(representation, seed, turns=seed) for seed in range(6)]).reshape(2, 3, 60, -1, 3)
    batch = encode(clips, representation)
    assert batch.shape == (2, 3, 59, representation.features)
    assert batch.dtype == np.float32
    joints = decode(batch, representation)
    for index in np.ndindex(2, 3):
        np.testing.assert_array_equal(batch[index], encode(clips[index], representation))
        np.testing.assert_array_equal(joints[index], decode(batch[index], representation))


@pytest.mark.parametrize(("dtype", "close"), [(torch.float64, 1e-6), (torch.float32, 2e-3)])
def test_torch_gives_what_numpy_gives(representation, dtype, close):
    clips = np.stack([moving(representation, seed) for seed in range(3)])
    features = encode(clips, representation)
    tensor = encode(torch.from_numpy(clips).to(dtype), representation)
    assert tensor.dtype == dtype
    np.testing.assert_allclose(tensor.numpy(), features, atol=close, rtol=1e-6 if dtype == torch.float64 else 1e-4)
    decoded = decode(torch.from_numpy(features).to(dtype), representation)
    assert decoded.dtype == dtype
    np.testing.assert_allclose(decoded.numpy(), decode(features, representation), atol=close * metre(representation))


def test_gradients_flow_through_decode_and_encode(representation):
    features = torch.from_numpy(encode(moving(representation, 1, 6), representation)).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: decode(x, representation), (features,), fast_mode=True)
    joints = torch.from_numpy(moving(representation, 2, 5) / metre(representation)).requires_grad_()
    smooth_part = slice(0, representation.contacts.start)  # contacts are steps
    assert torch.autograd.gradcheck(
        lambda x: encode_normalized(x, representation)[:, smooth_part], (joints,), fast_mode=True
    )


def test_decode_stays_on_its_device_and_asks_it_nothing(representation):
    """The meta device has no values: constants of another device, or a look at a value, would fail."""
    features = torch.empty(2, 30, representation.features, device="meta")
    assert decode(features, representation).shape == (2, 30, representation.joints, 3)
    assert decode(features, representation).device.type == "meta"
    assert mirror_features(features, representation).device.type == "meta"
    assert torch.func.vmap(lambda clip: decode(clip, representation))(torch.zeros(2, 5, representation.features)).shape


@some
@given(seeds)
def test_bones_without_length_or_straight_against_their_axis(representation, seed):
    random = np.random.default_rng(seed)
    joints = moving(representation, seed)
    for joint in random.choice(np.arange(1, representation.joints), 4, replace=False):
        joints[random.random(60) < 0.7, joint] = 0.0
    collapsed = random.choice(np.arange(1, representation.joints), 5, replace=False)
    for joint in sorted(collapsed):
        parent = joints[:, representation.parents[joint]]
        joints[:, joint] = parent if random.random() < 0.5 else parent - representation.canonical_axes[joint - 1]
    joints = normalize(joints, representation, lengths_of(representation))
    features = encode_normalized(joints, representation)
    assert np.isfinite(features).all()
    # Scaled by legs of no length a figure walks kilometres away, where float32 knows no tenths of a millimetre.
    assume(np.abs(joints).max() < 50.0 * metre(representation))
    np.testing.assert_allclose(decode(features, representation), joints[:-1], atol=1e-4 * metre(representation))


def test_every_bone_straight_against_its_axis(representation):
    """All arcs are half turns: proper rotations that carry the axis to the bone, whichever way round."""
    joints = np.zeros((3, representation.joints, 3))
    for joint in range(1, representation.joints):
        joints[:, joint] = joints[:, representation.parents[joint]] - representation.canonical_axes[joint - 1]
    block = encode_normalized(joints, representation)[0, representation.rotations].reshape(-1, 2, 3).astype(float)
    matrices = np.stack((block[:, 0], block[:, 1], np.cross(block[:, 0], block[:, 1])), axis=-1)
    np.testing.assert_allclose(
        matrices @ matrices.swapaxes(1, 2), np.broadcast_to(np.eye(3), matrices.shape), atol=1e-6
    )
    turned = {0: np.eye(3)}
    for joint, before in enumerate(representation.rotation_parents, start=1):
        turned[joint] = turned[before] @ matrices[joint - 1]
        axis = representation.canonical_axes[joint - 1]
        np.testing.assert_allclose(turned[joint] @ axis, -axis, atol=1e-6)


def test_a_joint_without_a_bone_gets_a_place_between_its_neighbours():
    """CMU's subject 06 has its chest on its mid-spine; here of a figure that lies on its side."""
    joints = quat.rotate(quat.from_axis_angle(np.array([0.0, 0.0, 1.0]), np.pi / 2), moving(HUMANML3D, 5))
    joints[:, 9] = joints[:, 6]
    posed = retarget(joints)
    to_chest, to_neck = posed[:, 9] - posed[:, 6], posed[:, 12] - posed[:, 9]
    np.testing.assert_allclose(np.cross(to_chest, to_neck), 0, atol=1e-12)
    assert (np.sum(to_chest * to_neck, axis=-1) > 0).all()


def test_normalisation_is_what_it_says(representation):
    lengths = lengths_of(representation)
    joints = normalize(moving(representation, 3), representation, lengths)
    measured = np.linalg.norm(joints[:, 1:] - joints[:, list(representation.parents[1:])], axis=-1)
    np.testing.assert_allclose(measured, np.broadcast_to(lengths[1:], measured.shape), rtol=1e-9)
    assert joints[..., 1].min() == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(joints[0, 0, [0, 2]], 0, atol=1e-9)
    np.testing.assert_allclose(facing(joints, representation)[0], [0, 0, 1], atol=1e-9)


def test_kit_ml_keeps_a_clips_own_bones_when_no_target_is_given():
    joints = moving(KIT_ML, 4)
    own = np.linalg.norm(joints[:, 1:] - joints[:, list(KIT_ML.parents[1:])], axis=-1)
    posed = normalize(joints, KIT_ML)
    kept = np.linalg.norm(posed[:, 1:] - posed[:, list(KIT_ML.parents[1:])], axis=-1)
    np.testing.assert_allclose(kept, own, rtol=1e-9)


def test_headings_add_up(representation):
    """The yaw that `world_to_local` gives takes where a figure went to where its features say it went."""
    joints = normalize(moving(representation, 7), representation)
    features = encode_normalized(joints, representation)
    steps = quat.rotate(world_to_local(features)[1:], np.diff(joints[:-1, 0], axis=0))
    np.testing.assert_allclose(steps[:, [0, 2]], features[:-1, 1:3], atol=1e-5 * metre(representation))


def test_statistics_average_within_groups(representation):
    features = np.random.default_rng(0).normal(size=(500, representation.features))
    features *= np.linspace(0.1, 3, representation.features)
    mean, std = statistics(features, representation)
    np.testing.assert_allclose(mean, features.mean(0), atol=1e-5)
    count = representation.joints
    sizes = (1, 2, 1, 3 * (count - 1), 6 * (count - 1), 3 * count, 4)
    start = 0
    for size in sizes:
        own = features[:, start : start + size].std(0).mean()
        np.testing.assert_allclose(std[start : start + size], own, rtol=1e-5)
        start += size
    assert start == representation.features
