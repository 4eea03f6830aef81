"""GLB: container, node tree, samplers and the rigs of the motion pack."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from reprise.data.gltf import to_animation
from reprise.data.gltf_file import parse_gltf
from reprise.data.joint_maps import source_names
from reprise.data.joint_maps_glb import GLB_RIGS, HUMAN_HIPS, KAYKIT
from reprise.data.pack import read_inventory, read_listed, rows_of_archive
from reprise.data.skeleton_animation import joint_positions
from reprise_core.errors import RepriseError
from reprise_core.skeleton import JOINT_NAMES, PARENTS

PACK = Path(__file__).resolve().parents[2] / "../shared/data"
HALF = np.sqrt(0.5)


def tiny_glb(rotation_keys=((0.0, 0.0, 0.0, 1.0), (0.0, 0.0, HALF, HALF)), interpolation="LINEAR", **change):
    """A scene node turned 90 degrees about y, hips 1 m up and moving, a limb of 0.5 m to the left with a foot below.

    Over one second the limb turns by the keys (x y z w), the hips go 2 m forward in their parent's frame, and the foot
    has a translation channel, which must not count.
    """
    times = np.array([0.0, 1.0], "<f4")
    rotations = np.array(rotation_keys, "<f4")
    hips = np.array([[0.0, 1.0, 0.0], [0.0, 1.0, 2.0]], "<f4")
    foot = np.array([[9.0, 9.0, 9.0], [9.0, 9.0, 9.0]], "<f4")
    parts, views, offset = [times, rotations, hips, foot], [], 0
    for part in parts:
        views.append({"buffer": 0, "byteOffset": offset, "byteLength": part.nbytes})
        offset += part.nbytes
    kinds = ("SCALAR", "VEC4", "VEC3", "VEC3")
    document = {
        "asset": {"version": "2.0"},
        "nodes": [
            {"name": "foot", "translation": [0.0, -0.25, 0.0]},
            {"name": "limb", "translation": [0.5, 0.0, 0.0], "children": [0]},
            {"name": "hips", "translation": [0.0, 1.0, 0.0], "children": [1]},
            {"name": "scene", "rotation": [0.0, HALF, 0.0, HALF], "children": [2]},
        ],
        "animations": [
            {
                "channels": [
                    {"sampler": 0, "target": {"node": 1, "path": "rotation"}},
                    {"sampler": 1, "target": {"node": 2, "path": "translation"}},
                    {"sampler": 2, "target": {"node": 0, "path": "translation"}},
                ],
                "samplers": [{"input": 0, "output": i, "interpolation": interpolation} for i in (1, 2, 3)],
            }
        ],
        "accessors": [
            {"bufferView": i, "componentType": 5126, "count": len(part), "type": kind}
            for i, (part, kind) in enumerate(zip(parts, kinds, strict=True))
        ],
        "bufferViews": views,
        "buffers": [{"byteLength": offset}],
    } | change
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    binary = b"".join(part.tobytes() for part in parts)
    body = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(binary), 0x004E4942) + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body


def positions(data, fps):
    """The places of all joints, limbs keeping their lengths as importers have it."""
    gltf = parse_gltf(data, "tiny")
    animation = to_animation(gltf, gltf.animations[0], fps)
    return joint_positions(animation.moving_only(animation.joint_names.index("hips")), animation.joint_names)


def test_positions_of_a_known_rotation():
    """At t = 0 the scene's +90 degrees about y takes the limb from +x to -z; at t = 1 the hips went 2 m towards +x and
    the limb's own +90 degrees about z swings the foot from below the limb to the hips' +x, which is the world's -z.
    """
    at = positions(tiny_glb(), 1.0)
    np.testing.assert_allclose(at["hips"], [[0.0, 1.0, 0.0], [2.0, 1.0, 0.0]], atol=1e-6)
    np.testing.assert_allclose(at["limb"], [[0.0, 1.0, -0.5], [2.0, 1.0, -0.5]], atol=1e-6)
    np.testing.assert_allclose(at["foot"], [[0.0, 0.75, -0.5], [2.0, 1.0, -0.75]], atol=1e-6)


@pytest.mark.parametrize("interpolation", ["LINEAR", "STEP"])
def test_half_way_is_45_degrees(interpolation):
    """Keys marked as steps are read as linear: KayKit marks keys on every frame so."""
    at = positions(tiny_glb(interpolation=interpolation), 2.0)
    arm = at["foot"][1] - at["limb"][1]
    np.testing.assert_allclose(arm, [0.0, -0.25 * HALF, -0.25 * HALF], atol=1e-6)


def test_shortest_arc_between_opposite_signs():
    """q and -q are one rotation: between them nothing moves."""
    keys = ((0.0, 0.0, 0.0, 1.0), (0.0, 0.0, 0.0, -1.0))
    at = positions(tiny_glb(keys), 4.0)
    np.testing.assert_allclose(at["foot"] - at["limb"], np.tile([0.0, -0.25, 0.0], (5, 1)), atol=1e-6)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no glb at all, only text",
        tiny_glb()[:200],
        tiny_glb(accessors=[]),
        tiny_glb(nodes=[{"matrix": [1.0]}]),
        tiny_glb(nodes=[{"children": [1]}, {"children": [0]}]),
    ],
)
def test_broken_files_are_named(data):
    with pytest.raises(RepriseError, match=r"walk\.glb"):
        parse_gltf(data, "walk.glb")


@pytest.mark.parametrize("rig", GLB_RIGS, ids=lambda rig: rig.name)
def test_rigs_are_complete_and_sided(rig):
    assert set(rig.joints) == set(JOINT_NAMES)
    assert len(source_names(rig)) >= 18
    for joint, place in rig.joints.items():
        if joint.startswith("left_"):
            assert place != rig.joints[joint.replace("left", "right")]


@pytest.mark.skipif(not PACK.exists(), reason="the motion pack is not here")
@pytest.mark.parametrize("name", ["mesh2motion.zip", "kaykit.zip"])
def test_real_archives(name):
    inventory = rows_of_archive(read_inventory(PACK / "inventory.csv"), PACK / name)
    clips = {clip.id: clip for clip in read_listed(PACK / name, inventory)}
    rows = {row.clip_id: row for row in inventory.values()}
    assert clips.keys() == rows.keys()
    for clip in clips.values():
        assert len(clip.joints) == rows[clip.id].frames
        assert np.isfinite(clip.joints).all()
        limbs = [
            JOINT_NAMES.index(f"{side}_{name}") for side in ("left", "right") for name in ("knee", "elbow", "wrist")
        ]
        lengths = np.linalg.norm(clip.joints[:, limbs] - clip.joints[:, [PARENTS[j] for j in limbs]], axis=-1)
        assert np.ptp(lengths, axis=0).max() < 1e-3
    for walk in [clip for clip in clips.values() if "Walk" in clip.id]:
        left, right = walk.joints[0, 1], walk.joints[0, 2]
        assert left[0] > right[0] + 0.1  # faces +z: left is +x
        toes = walk.joints[:, [10, 11]] - walk.joints[:, [7, 8]]
        assert toes[..., 2].mean() > 0.05
        assert abs(walk.joints[..., 1].min()) < 0.25
    if name == "kaykit.zip":
        standing = clips["kaykit_Lie_Down"].joints[0, 0, 1]
        assert standing == pytest.approx(HUMAN_HIPS, abs=0.01)
        assert clips["kaykit_Lie_Down"].rig == KAYKIT.name
