"""What cannot be read: one sentence each, and the good clip beside it is read; nothing is unpacked, nothing hangs."""

import gzip
import io
import os
import struct
import zipfile

import numpy as np
import pytest

from reprise.data import archives
from reprise.data.archives import gunzip, open_archive
from reprise.data.imported import ImportedClip
from reprise.data.read_motions import read_motions
from reprise_core.errors import RepriseError

from .made_figures import acclaim, bvh, gltf, moving

GOOD = bvh(moving(30)).encode()


def reasons(path):
    """Why what was left out by name; the good clip must be there."""
    found = list(read_motions(path))
    assert any(isinstance(item, ImportedClip) and item.id.endswith("good") for item in found)
    left_out = {item.name: item.reason for item in found if not isinstance(item, ImportedClip)}
    assert all(reason.strip() and "\n" not in reason and "Traceback" not in reason for reason in left_out.values())
    return left_out


def zipped(path, members, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as file:
        for name, data in [("good.bvh", GOOD), *members]:
            file.writestr(name, data)
    return path


def with_numbers(change):
    head, _, numbers = GOOD.decode().partition("Frame Time")
    rate, *lines = numbers.splitlines()
    return "\n".join([head + "Frame Time" + rate, *change(lines)]).encode()


def with_word(line, word):
    """A line of numbers, the ninth replaced."""
    words = line.split()
    return " ".join([*words[:8], word, *words[9:]])


GIANT = b"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 3), }"
ASF, AMC = acclaim(moving(30))
BROKEN = {
    "empty.bvh": (b"", "no readable BVH"),
    "words.bvh": (b"HIERARCHY of needs", "no readable BVH"),
    "binary.bvh": (os.urandom(3000), "no readable BVH"),
    "cut.bvh": (GOOD[: len(GOOD) * 2 // 3], "no readable BVH"),
    "no_motion.bvh": (GOOD.split(b"MOTION")[0], "no readable BVH"),
    "million.bvh": (GOOD.replace(b"Frames: 30", b"Frames: 1000000"), "1000000 frames"),
    "none_there.bvh": (with_numbers(lambda lines: []).replace(b"Frames: 30", b"Frames: 1000000"), "1000000 frames"),
    "nan.bvh": (with_numbers(lambda lines: [with_word(lines[0], "nan"), *lines[1:]]), "not numbers"),
    "infinite.bvh": (with_numbers(lambda lines: [with_word(lines[0], "1e999"), *lines[1:]]), "not numbers"),
    "pose.bvh": (bvh(moving(1)).encode(), "one frame"),
    "blink.bvh": (bvh(moving(4)).encode(), "lasts 0.15 s"),
    "chair.bvh": (b"HIERARCHY\nROOT seat\n{\nOFFSET 0 0 0\nCHANNELS 3 Xrotation Yrotation Zrotation\nJOINT leg\n{\n"
                  b"OFFSET 0 -1 0\nCHANNELS 3 Xrotation Yrotation Zrotation\nEnd Site\n{\nOFFSET 0 -1 0\n}\n}\n}\n"
                  b"MOTION\nFrames: 2\nFrame Time: 0.1\n0 0 0 0 0 0\n0 0 0 0 0 0\n", "cannot be mapped"),
    "x/figure.asf": (ASF.encode(), None),
    "x/cut.amc": (AMC.encode()[: len(AMC) * 2 // 3], "no AMC motion"),
    "lonely/walk.amc": (AMC.encode(), "no ASF"),
    "hero.fbx": (b"Kaydara FBX Binary", "Blender"),
    "broken.glb": (b"glTF" + struct.pack("<II", 2, 10**6), "no glTF"),
    "still.gltf": (gltf({})[0], "no animation"),
    "far.gltf": (gltf({"Walk": moving()}, uri="../../secret.bin")[0], "secret.bin"),
    "joints.npy": (b"\x93NUMPY garbage", "no array"),
    "table.npy": (b"\x93NUMPY\x01\x00v\x00" + GIANT.ljust(117) + b"\n", "no array"),
    "deep.zip": (b"PK", "another archive"),
}  # fmt: skip


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_each_gets_a_sentence_and_the_rest_goes_on(packed, tmp_path):
    if packed:
        source = zipped(tmp_path / "moves.zip", [(name, data) for name, (data, _) in BROKEN.items()])
    else:
        source = tmp_path / "moves"
        for name, data in [("good.bvh", GOOD), *((name, data) for name, (data, _) in BROKEN.items())]:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes(data)
    left_out = reasons(source)
    for name, (_, said) in BROKEN.items():
        if name == "deep.zip" and not packed:
            assert "no zip archive" in left_out[name]
        elif said:
            assert said in left_out[name], (name, left_out.get(name))
        else:
            assert name not in left_out


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../evil.bvh", "leaves the archive"),
        ("a/../../evil.bvh", "leaves the archive"),
        ("/etc/evil.bvh", "leaves the archive"),
        ("C:/evil.bvh", "leaves the archive"),
        ("C:\\evil.bvh", "leaves the archive"),
        ("..\\evil.bvh", "leaves the archive"),
    ],
)
def test_a_path_that_leaves_the_archive_is_refused(name, said, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    left_out = reasons(zipped(folder / "moves.zip", [(name, GOOD)]))
    assert len(left_out) == 1
    assert said in next(iter(left_out.values()))
    assert [path.name for path in tmp_path.rglob("*")] == ["in", "moves.zip"]


def test_links_are_refused_in_archives_and_where_they_leave_a_folder(tmp_path):
    link = zipfile.ZipInfo("link.bvh")
    link.external_attr = 0o120777 << 16
    archive = tmp_path / "moves.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("good.bvh", GOOD)
        file.writestr(link, "/etc/passwd")
    assert "link" in reasons(archive)["link.bvh"]
    folder = tmp_path / "moves"
    folder.mkdir()
    (folder / "good.bvh").write_bytes(GOOD)
    (tmp_path / "outside.bvh").write_bytes(GOOD)
    (folder / "link.bvh").symlink_to(tmp_path / "outside.bvh")
    assert "leaves the folder" in reasons(folder)["link.bvh"]


def test_two_members_of_one_name(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"):
        archive = zipped(tmp_path / "moves.zip", [("good.bvh", GOOD)])
    assert "twice" in reasons(archive)["good.bvh"]


def test_clips_of_one_name_in_two_formats_get_two_ids(tmp_path):
    (tmp_path / "good.bvh").write_bytes(GOOD)
    (tmp_path / "good.gltf").write_bytes(gltf({"good": moving(30)})[0])
    ids = [clip.id for clip in read_motions(tmp_path)]
    assert sorted(ids) == ["good", "good-2"]


def test_an_encrypted_member(tmp_path):
    archive = zipped(tmp_path / "moves.zip", [("secret.bvh", GOOD)])
    data = bytearray(archive.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1
    archive.write_bytes(bytes(data))
    assert "encrypted" in reasons(archive)["secret.bvh"]


def test_a_bomb_is_refused_before_it_is_read(tmp_path):
    archive = zipped(tmp_path / "moves.zip", [("bomb.bvh", b"0 " * 2**24)])
    assert "200 times" in reasons(archive)["bomb.bvh"]


def test_a_member_that_says_it_is_small_is_not_read_further(tmp_path):
    """Its header is changed to 10 kB; what is there is 32 MB."""
    archive = zipped(tmp_path / "moves.zip", [("bomb.bvh", b"0 " * 2**24)])
    data = archive.read_bytes()
    archive.write_bytes(data.replace(struct.pack("<I", 2**25), struct.pack("<I", 10_000)))
    assert "bomb.bvh" in reasons(archive)


def test_overlapping_members_are_no_archive(tmp_path):
    """Many entries of the directory that share one member's bytes."""
    archive = zipped(tmp_path / "moves.zip", [("a.bvh", os.urandom(20_000))])
    data = archive.read_bytes()
    start = data.rindex(b"PK\x01\x02")
    end = data.rindex(b"PK\x05\x06")
    entry = data[start:end]
    copies = [entry.replace(b"a.bvh", f"{letter}.bvh".encode()) for letter in "bcdefgh"]
    directory = data[data.index(b"PK\x01\x02") : end] + b"".join(copies)
    tail = bytearray(data[end:])
    struct.pack_into("<HHI", tail, 8, 2 + len(copies), 2 + len(copies), len(directory))
    archive.write_bytes(data[: data.index(b"PK\x01\x02")] + directory + bytes(tail))
    found = list(read_motions(archive))
    assert len(found) == 1
    assert "overlap" in found[0].reason


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "text"])
def test_a_damaged_archive(damage, tmp_path):
    archive = zipped(tmp_path / "moves.zip", [("more.bvh", GOOD)])
    data = archive.read_bytes()
    middle = data.index(b"more.bvh") + 200
    changed = {
        "cut": data[: len(data) // 2],
        "flipped": data[:middle] + bytes(64) + data[middle + 64 :],
        "empty": b"",
        "text": b"this is no archive",
    }
    archive.write_bytes(changed[damage])
    if damage == "flipped":
        assert "cannot be unpacked" in reasons(archive)["more.bvh"]
    else:
        found = list(read_motions(archive))
        assert ["no zip archive" in item.reason for item in found] == [True]


def test_a_damaged_archive_does_not_stop_the_folder_it_lies_in(tmp_path):
    (tmp_path / "good.bvh").write_bytes(GOOD)
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04 and no more")
    assert list(reasons(tmp_path)) == ["bad.zip"]


def test_an_empty_folder_and_one_without_motion(tmp_path):
    for names in ((), ("readme.md", "picture.png")):
        folder = tmp_path / f"folder{len(names)}"
        folder.mkdir()
        for name in names:
            (folder / name).write_text("hello")
        found = list(read_motions(folder))
        assert [item.name for item in found] == [folder.name]
        assert "no motion" in found[0].reason


def test_a_file_that_is_no_motion(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    found = list(read_motions(tmp_path / "notes.txt"))
    assert ["no motion" in item.reason for item in found] == [True]


def test_gzip_is_bounded(monkeypatch):
    monkeypatch.setattr(archives, "MAX_BYTES", 10_000)
    assert gunzip(gzip.compress(b"1,2,3\n")) == b"1,2,3\n"
    with pytest.raises(ValueError, match="more than"):
        gunzip(gzip.compress(bytes(20_000)))


def test_an_npz_is_an_archive_too(tmp_path):
    """A bomb among the arrays of a Motion file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("local_rotations.npy", bytes(2**25))
    (tmp_path / "out.npz").write_bytes(buffer.getvalue())
    (tmp_path / "good.bvh").write_bytes(GOOD)
    assert "200 times" in reasons(tmp_path)["out.npz"]


def test_a_file_larger_than_any_motion(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_BYTES", len(GOOD) + 1)
    (tmp_path / "good.bvh").write_bytes(GOOD)
    (tmp_path / "long.bvh").write_bytes(GOOD + b" " * 100)
    assert "larger than" in reasons(tmp_path)["long.bvh"]


def test_reading_writes_nothing(tmp_path):
    archive = zipped(tmp_path / "moves.zip", [])
    with open_archive(archive) as files:
        assert files.names() == ["good.bvh"]
        assert files.read("good.bvh") == GOOD
        with pytest.raises((KeyError, RepriseError)):
            files.read("other.bvh")
    assert list(tmp_path.iterdir()) == [archive]
    assert np.isfinite(next(iter(read_motions(archive))).joints).all()


def test_what_may_be_motion_and_is_not_is_named_beside_motion_that_is(tmp_path):
    (tmp_path / "good.bvh").write_bytes(GOOD)
    for name in ("notes.txt", "shape.npz"):  # a note, and what AMASS keeps beside its recordings
        (tmp_path / name).write_bytes(b"hello")
    (tmp_path / "scores.npz").write_bytes(b"hello")
    (tmp_path / "poses.pkl").write_bytes(b"hello")
    assert set(reasons(tmp_path)) == {"scores.npz", "poses.pkl"}
