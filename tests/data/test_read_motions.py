"""Any motion in: the same figure in the ways that exporters write it comes out the same; what lies beside is found."""

import json
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.data.imported import ImportedClip, Unreadable
from reprise.data.read_motions import read_motions
from reprise.data.windows import MAX_FRAMES, cut
from reprise.features import humanml3d
from reprise_core.errors import RepriseError
from reprise_core.motion import Motion, to_npz
from reprise_core.skeleton import JOINT_NAMES, PARENTS

from .made_figures import MIXAMO, OFFSETS, Made, acclaim, bvh, gltf, moving

LIMBS = [
    JOINT_NAMES.index(f"{side}_{part}")
    for side in ("left", "right")
    for part in ("hip", "knee", "ankle", "shoulder", "elbow")
]


def read(path, **options):
    """Clips and what was left out."""
    found = list(read_motions(path, **options))
    return [f for f in found if isinstance(f, ImportedClip)], [f for f in found if isinstance(f, Unreadable)]


@pytest.fixture
def folder(tmp_path):
    """Where the files of a test lie: its name is no word of a caption."""
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def only(path, **options):
    clips, left_out = read(path, **options)
    assert not left_out, left_out
    assert len(clips) == 1
    return clips[0]


AS_MADE = 6e-3  # metres; what posing by two rotations of the torso leaves of a figure that is ours already


def error(clip, made):
    """Largest distance in metres to the joints that were written."""
    assert clip.joints.shape == made.expected.shape
    return float(np.linalg.norm(clip.joints - made.expected, axis=-1).max())


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"names": MIXAMO, "unit": 0.01},
        {"unit": 0.0254},
        {"unit": 0.37},
        {"up": "z"},
        {"up": "z", "unit": 0.001, "names": MIXAMO},
        {"order": "XYZ"},
        {"order": "YZX"},
        {"inner": "places", "unit": 0.01},
        {"inner": "moves"},
        {"reference": True, "inner": "places"},
        {"ends": False},
        {"lead_in": 1},
        {"lead_in": 7, "unit": 0.01},
    ],
    ids=lambda options: "+".join(options) or "plain",
)
def test_a_bvh_comes_out_as_it_was_however_it_is_written(options, folder):
    (folder / "walk.bvh").write_text(bvh(moving(), **options))
    clip = only(folder / "walk.bvh")
    assert error(clip, moving()) < AS_MADE
    (folder / "plain.bvh").write_text(bvh(moving()))
    assert np.abs(clip.joints - only(folder / "plain.bvh").joints).max() < 1e-4
    assert any("unit is taken as" in note for note in clip.notes)
    if "lead_in" in options:
        assert any(note.startswith("The first") for note in clip.notes)
    if options.get("up") == "z":
        assert any(note.startswith("Z is taken as up") for note in clip.notes)


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.replace("\n", "\r\n").encode("utf-8-sig"),
        lambda text: text.replace(" ", "  \t").replace("Frame  \tTime", "Frame Time").encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.replace("MOTION", "Motion").replace("Frames:", "FRAMES:").encode(),
    ],
    ids=["windows", "blanks", "utf-16", "case"],
)
def test_spelling_of_a_bvh_does_not_matter(encode, folder):
    (folder / "walk.bvh").write_bytes(encode(bvh(moving())))
    assert error(only(folder / "walk.bvh"), moving()) < AS_MADE


def test_names_in_a_local_code_page_are_read(folder):
    names = {name: name for name in JOINT_NAMES} | {"head": "t\xeate"}
    (folder / "walk.bvh").write_bytes(bvh(moving(), names=names).encode("latin-1"))
    assert np.linalg.norm(only(folder / "walk.bvh").joints - moving().expected, axis=-1)[:, LIMBS].max() < 0.05


def test_a_root_without_position_channels_stays_on_the_spot(folder):
    made = moving()
    (folder / "walk.bvh").write_text(bvh(made, root_moves=False))
    still = Made(made.rotations, np.tile(made.root[:1] * [0, 1, 0], (len(made.root), 1)))
    assert error(only(folder / "walk.bvh"), still) < AS_MADE


@pytest.mark.parametrize(
    "left_out",
    [
        ("left_collar", "right_collar"),
        ("spine2",),
        ("spine2", "spine3"),
        ("neck",),
        ("left_foot", "right_foot"),
        ("left_wrist", "right_wrist"),
        ("left_foot", "right_foot", "left_wrist", "right_wrist", "spine2", "left_collar", "right_collar"),
    ],
    ids=lambda joints: "+".join(joints),
)
@pytest.mark.parametrize("ends", [True, False])
def test_joints_that_a_rig_lacks_get_a_place(left_out, ends, folder):
    """Limbs stay where they are; what is estimated is named, and toes point ahead."""
    made = moving()
    back = [JOINT_NAMES.index(joint) for joint in ("spine1", "spine2", "spine3", "neck")]
    rotations = made.rotations.copy()
    rotations[:, back] = [1.0, 0.0, 0.0, 0.0]  # a joint that is not there cannot bend
    made = Made(rotations, made.root)
    (folder / "walk.bvh").write_text(bvh(made, left_out=left_out, ends=ends))
    clip = only(folder / "walk.bvh")
    estimated = " ".join(note for note in clip.notes if note.startswith("Estimated"))
    assert all(joint in estimated for joint in left_out)
    assert np.linalg.norm(clip.joints - made.expected, axis=-1)[:, LIMBS].max() < 0.05
    assert np.linalg.norm(clip.joints - made.expected, axis=-1).max() < 0.12


def test_acclaim_comes_out_as_it_was(folder):
    asf, amc = acclaim(moving())
    (folder / "figure.asf").write_text(asf)
    (folder / "walk.amc").write_text(amc)
    (folder / "map.json").write_text('{"fps": 20}')
    clip = only(folder / "walk.amc", mapping=folder / "map.json")
    assert error(clip, moving()) < 2 * AS_MADE  # CMU's own joint map: collars lie elsewhere


def test_an_asf_is_found_by_name_or_refused_by_a_sentence(folder):
    asf, amc = acclaim(moving())
    for name in ("12.asf", "13.asf"):
        (folder / name).write_text(asf)
    (folder / "12_01.amc").write_text(amc)
    (folder / "other.amc").write_text(amc)
    clips, left_out = read(folder)
    assert [clip.id for clip in clips] == ["12_01"]
    assert [item.name for item in left_out] == ["other.amc"]
    assert "2 ASF skeletons" in left_out[0].reason


@pytest.mark.parametrize(
    "options",
    [{}, {"scale": 0.01, "z_up": True, "names": MIXAMO}, {"uri": "walk.bin"}],
    ids=["plain", "blender", "beside"],
)
def test_every_animation_of_a_gltf_is_a_clip(options, folder):
    takes = {"Armature|Walk_Fwd": moving(), "Armature|turn_L": moving(seed=1)}
    document, binary = gltf(takes, **options)
    (folder / "hero.gltf").write_bytes(document)
    (folder / "walk.bin").write_bytes(binary)
    clips, left_out = read(folder / "hero.gltf")
    assert not left_out
    assert [clip.captions for clip in clips] == [("hero walk forward",), ("hero turn left",)]
    assert len({clip.id for clip in clips}) == 2
    for clip, made in zip(clips, takes.values(), strict=True):
        (folder / "same.bvh").write_text(bvh(made))
        assert np.abs(clip.joints - only(folder / "same.bvh").joints).max() < 1e-4


def test_a_gltf_without_its_buffer_says_which_file_it_needs(folder):
    (folder / "hero.gltf").write_bytes(gltf({"Walk": moving()}, uri="walk.bin")[0])
    clips, left_out = read(folder / "hero.gltf")
    assert not clips
    assert "walk.bin" in left_out[0].reason


def own_motion(made, prompt):
    arrays = (OFFSETS, made.root, made.rotations, made.joints, np.zeros((len(made.root), 4)))
    return Motion(20.0, JOINT_NAMES, PARENTS, *(a.astype(np.float32) for a in arrays), meta={"prompt": prompt})


def test_own_takes_keep_their_prompt(folder):
    takes = [own_motion(moving(), "a person walks."), own_motion(moving(seed=1), "someone turns.")]
    (folder / "out.npz").write_bytes(to_npz(takes))
    clips, _ = read(folder / "out.npz")
    assert [clip.captions for clip in clips] == [("a person walks.",), ("someone turns.",)]
    assert all(clip.captioned for clip in clips)
    assert error(clips[0], moving()) < 1e-5


def humanml3d_folder(root, name="new_joint_vecs"):
    """Two clips and the mirrored twin of one, with captions of parts."""
    made = {"000001": moving(), "000002": moving(160, seed=1), "M000001": moving(seed=2)}
    for folder in (name, "texts"):
        (root / folder).mkdir(parents=True)
    for clip, motion in made.items():
        joints = motion.expected
        np.save(root / name / f"{clip}.npy", humanml3d.encode_normalized(joints) if "vecs" in name else joints)
        (root / "texts" / f"{clip}.txt").write_text("a man walks.#a/DET man/NOUN walk/VERB#0.0#0.0\n")
    (root / "texts/000002.txt").write_text(
        "he turns.#he/PRON#0.0#nan\nhe waves.#he/PRON#2.0#5.0\nhe greets.#he/PRON#2.0#5.0\n"
    )
    for split, clips in {"train": "000001\nM000001", "val": "000002", "test": ""}.items():
        (root / f"{split}.txt").write_text(clips)
    np.save(root / "Mean.npy", np.zeros(263))
    np.save(root / "Std.npy", np.ones(263))
    return made


def test_humanml3d_as_published(folder):
    made = humanml3d_folder(folder)
    (folder / "new_joints").mkdir()  # the same clips once more: not to be read twice
    np.save(folder / "new_joints/000001.npy", made["000001"].expected)
    clips, left_out = read(folder)
    assert not left_out
    by_id = {clip.id: clip for clip in clips}
    assert sorted(by_id) == [
        "new_joint_vecs_000001", "new_joint_vecs_000002-00", "new_joint_vecs_000002-01", "new_joint_vecs_M000001",
    ]  # fmt: skip
    first, part = by_id["new_joint_vecs_000001"], by_id["new_joint_vecs_000002-01"]
    assert first.captions == ("a man walks.",)
    assert part.captions == ("he waves.", "he greets.")
    assert len(part.joints) == 61
    assert (first.split, part.split) == ("train", "val")
    assert first.recording == by_id["new_joint_vecs_M000001"].recording != part.recording
    expected = made["000001"].expected[:-1]  # a clip of features is one pose shorter
    np.testing.assert_allclose(first.joints, expected, atol=2e-3)


def test_kit_ml_joints_become_ours(folder):
    """MMM's 21 joints in its own unit, made of a figure of ours: limbs keep their directions, at 20 fps."""
    from reprise.features.representation import KIT_ML

    made = moving(frames=100)
    at = {name: made.joints[:, i] for i, name in enumerate(JOINT_NAMES)}
    ours = {"root": "pelvis", "BP": "spine1", "BT": "spine3", "BLN": "neck", "BUN": "head"}
    for side, mark in (("left", "R"), ("right", "L")):
        parts = {"S": "shoulder", "E": "elbow", "W": "wrist", "H": "hip", "K": "knee", "A": "ankle"}
        ours |= {mark + short: f"{side}_{part}" for short, part in parts.items()}
        ours |= {mark + "Mrot": f"{side}_foot", mark + "F": f"{side}_foot"}
    kit = np.stack([at[ours[name]] for name in KIT_ML.joint_names], axis=1) / 0.0015625
    times = np.arange(0.0, 4.95, 1.0 / 12.5)
    sampled = np.stack([np.interp(times, np.arange(100) / 20.0, column) for column in kit.reshape(100, -1).T], axis=1)
    (folder / "new_joints").mkdir()
    np.save(folder / "new_joints/00001.npy", sampled.reshape(-1, 21, 3))
    clip = only(folder)
    assert any("12.5 fps" in note for note in clip.notes)
    assert abs(len(clip.joints) - 99) <= 2
    for a, b in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow")):
        for side in ("left", "right"):
            start, end = JOINT_NAMES.index(f"{side}_{a}"), JOINT_NAMES.index(f"{side}_{b}")
            got = clip.joints[:95, end] - clip.joints[:95, start]
            want = made.expected[:95, end] - made.expected[:95, start]
            cosine = np.sum(got * want, -1) / np.linalg.norm(got, axis=-1) / np.linalg.norm(want, axis=-1)
            assert cosine.min() > np.cos(np.radians(15.0))


def test_what_lies_beside_describes(folder):
    made = moving(160)
    for name in ("plain", "parts", "listed", "unsaid_01"):
        (folder / f"{name}.bvh").write_text(bvh(made))
    (folder / "plain.txt").write_text("a person walks.\nsomeone walks along a curve.\n")
    (folder / "parts.txt").write_text("he starts.#he/PRON#0#2.5\nhe goes on.#he/PRON#2.5#7\n")
    (folder / "captions.csv").write_text(
        "Name,Caption,Start,End,Tags\nlisted.bvh,he walks,,,walk; calm\nlisted,he stops,6,7.5,\n", encoding="utf-8-sig"
    )
    clips, left_out = read(folder)
    assert not left_out
    said = {clip.id: (clip.captions, clip.captioned, clip.tags) for clip in clips}
    assert said["plain"] == (("a person walks.", "someone walks along a curve."), True, ())
    assert said["parts-00"][0] == ("he starts.",)
    assert said["parts-01"][0] == ("he goes on.",)
    assert said["unsaid_01"][1] is False
    listed = next(clip for clip in clips if clip.captions == ("he walks",))
    assert "walk" in listed.tags


def test_a_long_clip_becomes_windows_of_one_recording(folder):
    (folder / "long.bvh").write_text(bvh(moving(601)))
    clips, _ = read(folder)
    assert len(clips) == 4
    assert {clip.recording for clip in clips} == {"long"}
    assert sum(len(clip.joints) - 1 for clip in clips) == 600
    assert all(len(clip.joints) <= MAX_FRAMES + 1 for clip in clips)
    for clip in clips:
        assert np.allclose(clip.joints[0, 0, [0, 2]], 0.0, atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 1500), st.integers(0, 2**31))
def test_cuts_cover_everything_once(poses, seed):
    joints = np.cumsum(np.random.default_rng(seed).normal(size=(poses, 22, 3)), axis=0)
    parts = cut(joints, 0, poses - 1)
    assert all(0 < last - first <= MAX_FRAMES for first, last in parts)
    assert parts[0][0] == 0
    assert all(a[1] == b[0] for a, b in pairwise(parts))
    assert parts[-1][1] == poses - 1 or (len(parts) == 1 and poses - 1 - parts[-1][1] <= 14)


def test_a_mapping_file_corrects_what_names_say(folder):
    """Two bones whose names are swapped; with the right joints named, the figure is the one that was made."""
    swapped = {n: n for n in JOINT_NAMES} | {"left_elbow": "right_elbow", "right_elbow": "left_elbow"}
    (folder / "walk.bvh").write_text(bvh(moving(), names=swapped))
    mapping = folder / "map.json"
    mapping.write_text(json.dumps({"joints": {"left_elbow": "right_elbow", "right_elbow": "left_elbow"}}))
    assert error(only(folder / "walk.bvh"), moving()) > 0.1
    assert error(only(folder / "walk.bvh", mapping=mapping), moving()) < AS_MADE


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "no mapping file"),
        ("{", "no mapping file"),
        ('{"joint": {}}', "'joint'"),
        ('{"joints": {"left_tail": "x"}}', "left_tail"),
        ('{"joints": {"left_knee": 3}}', "left_knee"),
        ('{"unit": -1}', "-1"),
        ('{"up": "w"}', "'w'"),
        ('{"fps": true}', "True"),
    ],
)
def test_a_mapping_file_that_cannot_be_meant_is_refused(content, said, folder):
    (folder / "walk.bvh").write_text(bvh(moving()))
    (folder / "map.json").write_text(content)
    with pytest.raises(RepriseError, match=said):
        read(folder / "walk.bvh", mapping=folder / "map.json")


def test_formats_lie_side_by_side_in_folders_and_zips(folder):
    folder = folder / "moves"
    (folder / "Zombie").mkdir(parents=True)
    (folder / "Zombie/Walk_Forward_01.bvh").write_text(bvh(moving()))
    (folder / "hero.gltf").write_bytes(gltf({"Run": moving(seed=1)})[0])
    (folder / "notes.pdf").write_bytes(b"%PDF")
    with zipfile.ZipFile(folder / "more.zip", "w") as file:
        file.writestr("deep/er/jump.bvh", bvh(moving(seed=2)))
    clips, left_out = read(folder)
    assert not left_out
    assert {clip.captions[0] for clip in clips} == {"zombie walk forward", "moves hero", "deep er jump"}
    assert len({clip.id for clip in clips}) == 3
    assert {clip.source for clip in clips} == {"moves", "more"}


def test_a_source_that_does_not_exist_is_an_error(tmp_path):
    with pytest.raises(RepriseError, match="nowhere"):
        list(read_motions(tmp_path / "nowhere"))


PACK = Path(__file__).resolve().parents[2] / "../shared/data"
real = pytest.mark.skipif(not PACK.exists(), reason="the motion pack is not here")


@real
@pytest.mark.parametrize(("archive", "clips"), [("deepmimic.zip", 20), ("mesh2motion.zip", 66), ("kaykit.zip", 81)])
def test_every_clip_of_the_pack_is_read(archive, clips):
    found, left_out = read(PACK / archive)
    assert not left_out
    assert len({clip.id.rsplit("-", 1)[0] for clip in found}) == clips
    assert all(clip.captioned and clip.licence and clip.split for clip in found)
    assert all(np.isfinite(clip.joints).all() for clip in found)
