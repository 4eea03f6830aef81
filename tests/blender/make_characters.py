"""Saves characters to look at: rigify.blend and mixamo.blend, each with a body of capsules. Argument: the folder."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "inside"))
import bpy
import numpy as np
import support

support.addon()
support.fresh_scene()
import armatures  # noqa: E402
from mathutils import Matrix, Vector  # noqa: E402
from reprise_addon.core.blender_axes import to_z_up  # noqa: E402
from reprise_addon.core.rigs.bones import Bones  # noqa: E402
from reprise_addon.core.rigs.families.mixamo import MIXAMO  # noqa: E402
from reprise_addon.core.rigs.family import joint_names  # noqa: E402
from reprise_addon.core.skeleton import JOINT_NAMES, PARENTS, humanml3d_skeleton  # noqa: E402

RADII = {
    "pelvis": 0.12, "spine1": 0.11, "spine2": 0.12, "spine3": 0.12, "neck": 0.05, "head": 0.09, "hip": 0.08,
    "knee": 0.06, "ankle": 0.045, "foot": 0.04, "collar": 0.06, "shoulder": 0.05, "elbow": 0.042, "wrist": 0.04,
}  # fmt: skip
NEXT = {
    "pelvis": "spine1", "spine1": "spine2", "spine2": "spine3", "spine3": "neck", "neck": "head", "hip": "knee",
    "knee": "ankle", "ankle": "foot", "collar": "shoulder", "shoulder": "elbow", "elbow": "wrist",
}  # fmt: skip
ENDS = {"head": 0.18, "wrist": 0.14, "foot": 0.07}  # metres that a body goes on beyond its last joint


def mixamo():
    """Our proportions under Mixamo's names, standing on the floor; and joint -> bone."""
    names = {joint: f"mixamorig:{options[0]}" for joint, options in joint_names(MIXAMO, MIXAMO.bones).items()}
    names |= {"spine1": "mixamorig:Spine", "spine2": "mixamorig:Spine1", "spine3": "mixamorig:Spine2"}
    heads = np.array(to_z_up(humanml3d_skeleton().rest_positions()))
    heads[:, 2] -= heads[:, 2].min() - 0.02
    at = dict(zip(JOINT_NAMES, heads, strict=True))
    tails = np.array([end(joint, at) for joint in JOINT_NAMES])
    bones = Bones(tuple(names[joint] for joint in JOINT_NAMES), PARENTS, heads, tails)
    return armatures.build(bones, connect=0.0), {joint: names[joint] for joint in JOINT_NAMES}


def end(joint, at):
    """Where the part of the body that begins at a joint ends."""
    side, _, role = joint.rpartition("_")
    if role in NEXT:
        return at[f"{side}_{NEXT[role]}" if side else NEXT[role]]
    if role == "head":
        return at[joint] + np.array([0.0, -0.02, ENDS[role]])
    before = {"wrist": "elbow", "foot": "ankle"}[role]
    way = (at[joint] - at[f"{side}_{before}"]) * ([1.0, 1.0, 0.0] if role == "foot" else 1.0)
    return at[joint] + way / np.linalg.norm(way) * ENDS[role]


def body(armature, bones):
    """A capsule from joint to joint, fixed to the bone."""
    material = bpy.data.materials.new("clay")
    material.diffuse_color = (0.45, 0.55, 0.7, 1.0)
    at = {joint: np.array(armature.data.bones[name].head_local) for joint, name in bones.items()}
    for joint, name in bones.items():
        start, way = Vector(at[joint]), Vector(end(joint, at) - at[joint])
        bpy.ops.mesh.primitive_uv_sphere_add(segments=20, ring_count=14, radius=RADII[joint.rpartition("_")[2]])
        capsule = bpy.context.object
        capsule.name = f"body {joint}"
        for vertex in capsule.data.vertices:
            vertex.co.z += way.length / 2.0 * np.sign(round(vertex.co.z, 4))
        for polygon in capsule.data.polygons:
            polygon.use_smooth = True
        capsule.data.materials.append(material)
        capsule.parent, capsule.parent_type, capsule.parent_bone = armature, "BONE", name
        bpy.context.view_layer.update()
        turned = way.to_track_quat("Z", "Y").to_matrix().to_4x4()
        capsule.matrix_world = Matrix.Translation(start + way / 2.0) @ turned
        capsule.hide_select = True


def save(armature, path):
    for other in bpy.context.view_layer.objects:
        other.select_set(other == armature)
        if other.type == "ARMATURE" and other != armature:
            other.hide_set(True)
    bpy.context.view_layer.objects.active = armature
    armature.show_in_front = True
    bpy.context.preferences.filepaths.save_version = 0
    bpy.ops.wm.save_as_mainfile(filepath=str(path))


folder = Path(sys.argv[-1])
rig, bones = mixamo()
rig.name = "Mixamo"
body(rig, bones)
save(rig, folder / "mixamo.blend")
scene = support.fresh_scene()
rig = armatures.rigify(scene)
rig.name = "Rigify"
from reprise_addon.rig_mapping import map_rig  # noqa: E402

body(rig, {joint: match.bone for joint, match in map_rig(rig).mapping.matches.items()})
save(rig, folder / "rigify.blend")
sys.stdout.write("\nREPORT {}\n")
sys.stdout.flush()
os._exit(0)
