import sqlite3
from contextlib import closing

import numpy as np
import pytest
from library_samples import FakeEncoder, clip_of, files_beside

from reprise.library import batches, encoding, writing
from reprise.library.store import Library
from reprise.library.verify import find_damage
from reprise_core.errors import RepriseError


@pytest.fixture
def path(tmp_path, clips, encoder):
    path = tmp_path / "my library.sqlite"
    writing.create(path, clips, encoder)
    return path


def test_encoders_side_by_side(path, encoder):
    other = FakeEncoder("other", 5)
    assert encoding.encode(path, other) == 3  # different captions
    with Library.open(path) as library:
        assert library.encoders == {"fake": 8, "other": 5}
        assert library.encoder == "fake"
        assert find_damage(library) == ()
        for each in (encoder, other):
            index = library.index(each.name)
            np.testing.assert_allclose(index.features, each.encode(index.texts).sentence, atol=1e-7)


def test_what_is_there_is_not_computed_again(path):
    assert encoding.encode(path, FakeEncoder()) == 0
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM sentence_features WHERE text = 2")
    with Library.open(path) as library, pytest.raises(RepriseError, match="2 of 3 captions only") as error:
        library.index("fake")
    assert f"'{path}' --encoder fake" in error.value.hint  # one command, to be pasted
    assert encoding.encode(path, FakeEncoder()) == 1


def test_interrupted_it_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(batches, "COUNT", 2)
    path, counts = tmp_path / "l.sqlite", []
    writing.create(path, [clip_of(f"clip{i}", (f"caption {i}",), 3) for i in range(7)], FakeEncoder())

    def stop(done, total):
        counts.append((done, total))
        if len(counts) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encoding.encode(path, FakeEncoder("other", 5), stop)
    assert encoding.encode(path, FakeEncoder("other", 5), stop) == 3
    assert counts == [(2, 7), (4, 7), (2, 3), (3, 3)]
    assert files_beside(path) == [path.name]


def test_removing_an_encoders_features_leaves_the_others(path):
    encoding.encode(path, FakeEncoder("other", 5))
    encoding.remove_encoder(path, "fake")
    with Library.open(path) as library:
        assert (library.encoder, len(library.index("other"))) == ("other", 3)
        with pytest.raises(RepriseError, match="features of other, but fake is in use") as error:
            library.index("fake")
        assert "--encoder fake" in error.value.hint
    with pytest.raises(RepriseError, match="no features of fake"):
        encoding.remove_encoder(path, "fake")
    encoding.remove_encoder(path, "other")
    with Library.open(path) as library:
        with pytest.raises(RepriseError, match="no sentence features") as error:
            _ = library.encoder
        assert "reprise library encode" in error.value.hint
        assert find_damage(library) == ()
    assert encoding.encode(path, FakeEncoder()) == 3


def test_one_name_for_two_lengths(path):
    with pytest.raises(RepriseError, match="8 numbers a sentence, not 5") as error:
        encoding.encode(path, FakeEncoder("fake", 5))
    assert "--remove" in error.value.hint
    with Library.open(path) as library:
        assert len(library.index("fake")) == 3


def test_pictures_are_drawn_where_there_are_none(path):
    with Library.open(path) as library:
        drawn = library.thumbnail("walk")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM thumbnails")
    assert encoding.draw_pictures(path) == 3
    assert encoding.draw_pictures(path) == 0
    with Library.open(path) as library:
        assert len(library.thumbnail("walk")) == pytest.approx(len(drawn), rel=0.1)  # from the motion as it is kept
        assert find_damage(library) == ()
