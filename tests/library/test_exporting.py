import csv

import numpy as np
import pytest
from library_samples import clip_of, content_of

from reprise.data.imported import Unreadable
from reprise.library import adding, exporting, sources, writing
from reprise.library.store import Library
from reprise_core.errors import RepriseError

NAMES = (
    "--help",
    "a/b\\c",
    "A/B\\C",
    "歩く 🚶",
    "con",
    "dots...",
    "x" * 300,
    "semi;colon, comma",
    '"quoted"',
    "..",
    "=1+1",
)


@pytest.fixture
def path(tmp_path, encoder):
    clips = [
        clip_of(name, (f"says {name}", "with, comma\nand line"), 6, recording="r", tags=("t", name[:3]), source="s, t")
        for name in NAMES
    ]
    writing.create(tmp_path / "library.sqlite", clips, encoder)
    return tmp_path / "library.sqlite"


def exported(path, folder, **options):
    with Library.open(path) as library:
        exporting.export(library, library.clips(), folder, **options)
    return folder


def added(path, folder, encoder):
    writing.create(path, [], encoder)
    return adding.add(path, sources.clips_of([folder], sources.Labels()), [encoder])


def test_reading_it_back_gives_the_same_library(tmp_path, path, encoder):
    folder = exported(path, tmp_path / "out put")
    report = added(tmp_path / "back.sqlite", folder, encoder)
    assert (report.added, report.left_out) == (len(NAMES), ())
    assert content_of(tmp_path / "back.sqlite") == content_of(path)


def test_files_stay_in_the_folder_under_names_that_every_system_takes(tmp_path, path):
    folder = exported(path, tmp_path / "out")
    assert sorted(entry.name for entry in folder.iterdir()) == ["captions.csv", "clips.csv", "motions"]
    files = [file.name for file in (folder / "motions").iterdir()]
    assert len({name.casefold() for name in files}) == len(NAMES)
    for name in files:
        assert not set('<>:"/\\|?*') & set(name)
        assert not name.startswith(("-", ".")) or name.startswith("_")
        assert name.lower() != "con.npz"
        assert len(name) <= 90


def test_the_tables_are_for_spreadsheets(tmp_path, path):
    folder = exported(path, tmp_path / "out")
    with (folder / "captions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * len(NAMES)
    assert {row["id"] for row in rows} == set(NAMES)


def test_bvh_is_near_and_keeps_all_labels(tmp_path, dataset, encoder):
    """A real figure, since BVH holds rotations of our own skeleton."""
    clip = sources.labelled(
        writing.LibraryClip("sway", "r", dataset.joints(3), ("a person sways",), "s", "MIT", "train", ("a",)),
        sources.Labels(),
    )
    writing.create(tmp_path / "l.sqlite", [clip], encoder)
    folder = exported(tmp_path / "l.sqlite", tmp_path / "out", form="bvh")
    assert added(tmp_path / "back.sqlite", folder, encoder).left_out == ()
    with Library.open(tmp_path / "l.sqlite") as library, Library.open(tmp_path / "back.sqlite") as back:
        assert back.clips() == library.clips()
        assert np.abs(back.motion("sway") - library.motion("sway")).max() < 0.08


def test_what_is_missing_or_damaged_is_named_and_the_rest_is_read(tmp_path, path, encoder):
    folder = exported(path, tmp_path / "out")
    with (folder / "clips.csv").open(encoding="utf-8", newline="") as file:
        files = {row["id"]: folder / row["file"] for row in csv.DictReader(file)}
    files["con"].write_bytes(b"no npz")
    files["--help"].unlink()
    text = (folder / "clips.csv").read_text(encoding="utf-8")
    (folder / "clips.csv").write_text(text + "outside,../secret.npz,r,s,l,,,1\n", encoding="utf-8")
    report = added(tmp_path / "back.sqlite", folder, encoder)
    assert report.added == len(NAMES) - 2
    assert {row.name for row in report.left_out} == {"con", "--help", "outside"}
    assert all(isinstance(row, Unreadable) and row.reason for row in report.left_out)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path, path):
    (tmp_path / "out").mkdir()
    exported(path, tmp_path / "out")  # empty: fine
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(RepriseError, match="exists already"):
        exported(path, tmp_path / "out")
    assert sorted(tmp_path.rglob("*")) == before


def test_nothing_half_written(tmp_path, path):
    def stop(*_):
        raise KeyboardInterrupt

    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(KeyboardInterrupt):
        exported(path, tmp_path / "out", on_done=stop)
    assert sorted(tmp_path.rglob("*")) == before
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RepriseError, match="could not be written"):
        exported(path, tmp_path / "file" / "out")
