import io
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import numpy as np
import pytest
from library_samples import clip_of, files_beside
from made_library import create_synthetic
from PIL import Image

from reprise.library import adding, batches, schema, thumbnail, writing
from reprise.library.store import Library
from reprise.library.verify import find_damage
from reprise_core.errors import RepriseError


@pytest.fixture
def path(tmp_path, clips, encoder):
    path = tmp_path / "my library #1?.sqlite"  # characters that mean something in a URI
    writing.create(path, clips, encoder)
    return path


def refusal(path):
    with pytest.raises(RepriseError) as error:
        Library.open(path)
    assert str(path) in error.value.message
    assert error.value.hint
    return error.value.code


def test_what_goes_in_comes_out(path, clips):
    with Library.open(path) as library:
        for clip in clips:
            np.testing.assert_allclose(library.motion(clip.id), clip.joints, atol=1e-4)
            assert library.captions(clip.id) == clip.captions
        stored = {info.id: info for info in library.clips()}
        for clip in clips:
            info = stored[clip.id]
            assert info.frames == len(clip.joints) - 1
            assert info.seconds == pytest.approx(info.frames / 20)
            assert (info.recording, info.source, info.licence, info.split, info.captions) == (
                clip.recording, clip.source, clip.licence, clip.split, clip.captions,
            )  # fmt: skip
        assert list(stored) == sorted(stored)
        assert find_damage(library) == ()


def test_info(path):
    with Library.open(path) as library:
        info = library.info()
    assert (info.clips, info.captions, info.texts, info.thumbnails) == (3, 4, 3, 3)
    assert (info.encoders, info.checkpoints) == ({"fake": 3}, {})
    assert info.seconds == pytest.approx((40 + 25 + 40) / 20)
    assert info.licences == {"CC0-1.0": 2, "MIT": 1}
    assert (info.sources, info.tags) == ({"test": 3}, {})
    assert info.bytes == path.stat().st_size


def test_a_clip_that_is_not_there(path):
    with Library.open(path) as library:
        for ask in (library.motion, library.captions):
            with pytest.raises(RepriseError, match="no clip 'swim'") as error:
                ask("swim")
            assert error.value.code == "no_clip"


def test_no_file_a_folder_a_text_file_an_empty_file_another_database(tmp_path):
    assert refusal(tmp_path / "missing.sqlite") == "no_library"
    assert refusal(tmp_path) == "no_library"
    text, empty, other = tmp_path / "a.txt", tmp_path / "empty", tmp_path / "other.sqlite"
    text.write_text("hello, I am no database, though I am longer than a header\n" * 50)
    empty.write_bytes(b"")
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE clips (id TEXT)")
    connection.commit()
    connection.close()
    for path in (text, empty, other):
        before = path.read_bytes()
        assert refusal(path) == "bad_library"
        assert path.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == sorted([text, empty, other])


def test_a_newer_format(path):
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    connection.close()
    assert refusal(path) == "newer_library"


def test_a_library_cut_short_never_shows_a_traceback(path, tmp_path):
    whole = path.read_bytes()
    short = tmp_path / "short.sqlite"
    for size in range(0, len(whole), 4096):
        short.write_bytes(whole[:size])
        with pytest.raises(RepriseError), Library.open(short) as library:
            assert find_damage(library) == ()


def test_damaged_motion_is_named(path):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE motion SET joints = X'00FF' WHERE clip = (SELECT key FROM clips WHERE id = 'jump')")
    with Library.open(path) as library, pytest.raises(RepriseError, match="jump") as error:
        library.motion("jump")
    assert error.value.code == "bad_library"


def test_a_library_that_cannot_be_locked_opens_all_the_same(path):
    """As on read-only media: the shared memory of a WAL database cannot be made beside the file."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).mkdir()
    with Library.open(path) as library:
        assert library.motion("jump").shape == (26, 22, 3)


def test_a_relative_path(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    with Library.open(path.name) as library:
        assert library.info().clips == 3


def test_another_encoder_is_refused_with_the_command_that_helps(path):
    with Library.open(path) as library:
        assert len(library.index("fake")) == 3
        with pytest.raises(RepriseError, match="fake, but other is in use") as error:
            library.index("other")
    assert error.value.code == "wrong_encoder"
    assert "reprise library encode" in error.value.hint


def test_many_readers_at_once_on_one_connection_and_on_many(path, clips):
    def read(library, turn):
        clip = clips[turn % len(clips)]
        np.testing.assert_allclose(library.motion(clip.id), clip.joints, atol=1e-4)
        assert len(library.clips()) == 3
        return True

    def read_alone(turn):
        with Library.open(path) as own:
            return read(own, turn)

    with Library.open(path) as shared, ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda turn: read(shared, turn), range(100)))
        assert all(pool.map(read_alone, range(50)))


def test_a_snapshot_stays_as_it_is_while_others_write(path, encoder):
    with Library.open(path) as library, ExitStack() as looking:
        counts = []

        def look(report):
            if report.added == batches.COUNT:
                looking.enter_context(library.snapshot())
            counts.append((report.added, library.info().clips, len(library.clips())))

        adding.add(path, (clip_of(f"new{i}") for i in range(2 * batches.COUNT + 1)), [encoder], look)
        some = batches.COUNT + 3
        assert counts == [(batches.COUNT * n + rest, some, some) for n, rest in ((1, 0), (2, 0), (2, 1))]
        looking.close()
        assert library.info().clips == 2 * batches.COUNT + 4
    assert files_beside(path) == [path.name]


def test_a_picture_of_each_clip(path):
    with Library.open(path) as library:
        image = Image.open(io.BytesIO(library.thumbnail("walk")))
        assert (image.format, image.size) == ("WEBP", thumbnail.SIZE)
        with pytest.raises(RepriseError, match="no clip 'swim'"):
            library.thumbnail("swim")


def test_ten_thousand_clips_load_within_a_second_without_their_motion(tmp_path):
    path = tmp_path / "big.sqlite"
    create_synthetic(path, 10_000, captions=2, dimension=384)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE motion")
    begun = time.process_time()  # not the wall's clock: other work may run on the machine
    with Library.open(path) as library:
        index = library.index("synthetic")
    assert time.process_time() - begun < 1.0
    assert index.features.shape == (20_000, 384)
    assert len(index) == 10_000
