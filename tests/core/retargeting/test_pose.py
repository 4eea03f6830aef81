"""Turns and places of a posed rig are those of Blender's rule, written down bone by bone with 4 x 4 matrices."""

import numpy as np
from hypothesis import given, settings
from poses import seeds

from reprise_core import quaternion as quat
from reprise_core.retargeting.pose import Pose, pose_armature, pose_world
from reprise_core.retargeting.rest_rig import RestRig
from reprise_core.rigs.bones import Bones


def matrix(rotation, place):
    result = np.eye(4)
    result[:3, :3], result[:3, 3] = rotation, place
    return result


def by_matrices(rig, rotations, locations):
    """P = P_parent M_parent^-1 M B, with the exceptions that Blender makes for its two switches of a bone."""
    posed = []
    rest = [matrix(axes, head) for axes, head in zip(rig.axes, rig.bones.heads, strict=True)]
    for bone, (name, parent) in enumerate(zip(rig.bones.names, rig.bones.parents, strict=True)):
        basis_turn = matrix(quat.to_matrix(rotations[bone]), np.zeros(3))
        above, offset = (
            (posed[parent], np.linalg.inv(rest[parent]) @ rest[bone]) if parent >= 0 else (np.eye(4), rest[bone])
        )
        turning = above @ offset
        if name in rig.no_inherited_rotation:
            turning = rest[bone]
        moving = above @ offset
        if name in rig.armature_location:
            moving = matrix(above[:3, :3], (above @ offset)[:3, 3])
        result = turning @ basis_turn
        result[:3, 3] = (moving @ [*locations[bone], 1.0])[:3]
        posed.append(result)
    return np.array(posed)


def random_rig(random, number=9):
    names = tuple(f"bone{bone}" for bone in range(number))
    parents = tuple(int(random.integers(-1, bone)) if bone else -1 for bone in range(number))
    heads = random.normal(size=(number, 3))
    axes = quat.to_matrix(quat.normalize(random.normal(size=(number, 4))))
    world = matrix(3.0 * quat.to_matrix(quat.normalize(random.normal(size=4))), random.normal(size=3))
    some = [frozenset(name for name in names if random.random() < 0.3) for _ in range(2)]
    return RestRig(
        Bones(names, parents, heads, heads + 0.1), axes, world, no_inherited_rotation=some[0], armature_location=some[1]
    )


@given(seeds)
@settings(deadline=None, max_examples=40)
def test_a_pose_is_blenders(seed):
    random = np.random.default_rng(seed)
    rig = random_rig(random)
    rotations, locations = quat.normalize(random.normal(size=(4, 9, 4))), random.normal(size=(4, 9, 3))
    heads, axes = pose_armature(rig, Pose(rotations, locations))
    world_heads, world_axes = pose_world(rig, Pose(rotations, locations))
    for frame in range(4):
        expected = by_matrices(rig, rotations[frame], locations[frame])
        np.testing.assert_allclose(heads[frame], expected[:, :3, 3], atol=1e-9)
        np.testing.assert_allclose(axes[frame], expected[:, :3, :3], atol=1e-9)
        there = rig.world @ expected
        np.testing.assert_allclose(world_heads[frame], there[:, :3, 3], atol=1e-9)
        np.testing.assert_allclose(world_axes[frame], there[:, :3, :3] / 3.0, atol=1e-9)


def test_a_bone_that_moves_with_another_keeps_its_place_on_it():
    random = np.random.default_rng(1)
    heads = random.normal(size=(3, 3))
    bones = Bones(("control", "mechanism", "hand"), (-1, -1, 1), heads, heads + 0.1)
    axes = quat.to_matrix(quat.normalize(random.normal(size=(3, 4))))
    rig = RestRig(bones, axes, moves_with={"mechanism": "control"})
    parented = RestRig(Bones(bones.names, (-1, 0, 1), heads, heads + 0.1), axes)
    rotations, locations = np.tile([1.0, 0.0, 0.0, 0.0], (1, 3, 1)), np.zeros((1, 3, 3))
    rotations[0, [0, 2]] = quat.normalize(random.normal(size=(2, 4)))
    locations[0, 0] = random.normal(size=3)
    for one, other in zip(
        pose_armature(rig, Pose(rotations, locations)), pose_armature(parented, Pose(rotations, locations)), strict=True
    ):
        np.testing.assert_allclose(one, other, atol=1e-12)
