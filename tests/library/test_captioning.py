import pytest
from library_samples import FakeEncoder, content_of

from reprise.library import captioning, writing
from reprise.library.selection import clips_with_words
from reprise.library.store import Library
from reprise.library.verify import find_damage
from reprise_core.errors import RepriseError


@pytest.fixture
def path(tmp_path, clips, encoder):
    path = tmp_path / "library.sqlite"
    writing.create(path, clips, encoder)
    return path


class Counting(FakeEncoder):
    def __init__(self):
        super().__init__()
        self.seen = []

    def encode(self, texts):
        self.seen += texts
        return super().encode(texts)


def captions_of(path):
    with Library.open(path) as library:
        assert find_damage(library) == ()
        assert len(library.index("fake")) == len(library.clips())  # no caption without its feature
        return {clip.id: clip.captions for clip in library.clips()}


def test_only_new_texts_are_encoded_and_old_ones_forgotten(path):
    encoder = Counting()
    edits = {"jump": ["a person walks", "a person hops"], "walk": ["a person walks", "someone walks forward"]}
    report = captioning.edit(path, edits, "replace", [encoder])
    assert (report.changed, report.same, report.encoded, report.left_out) == (1, 1, 1, ())
    assert encoder.seen == ["a person hops"]
    assert captions_of(path)["jump"] == ("a person walks", "a person hops")
    with Library.open(path) as library:
        assert "a person jumps" not in library.index("fake").texts
        assert clips_with_words(library, "hop") == ["jump"]
        assert clips_with_words(library, "jumps") == ["jump"]  # its id still says it


def test_adding_and_taking_away_undo_each_other(path, encoder):
    before = content_of(path)
    edits = {"jump": ["a person hops", "a leap"], "walk": ["someone strolls"]}
    captioning.edit(path, edits, "add", [encoder])
    assert captions_of(path)["jump"] == ("a person jumps", "a person hops", "a leap")
    captioning.edit(path, edits, "remove", [encoder])
    assert content_of(path) == before


def test_a_caption_said_twice_counts_once(path, encoder):
    assert captioning.edit(path, {"jump": ["a person jumps", " a person jumps "]}, "add", [encoder]).same == 1


def test_what_is_left_out_and_why_while_the_rest_is_done(path, encoder):
    edits = {"swim": ["a person swims"], "walk": [""], "jump": ["a person hops"]}
    report = captioning.edit(path, edits, "replace", [encoder])
    assert report.changed == 1
    assert [(row.name, row.reason) for row in report.left_out] == [
        ("swim", "the library has no clip of this id"),
        ("walk", "a caption is empty"),
    ]
    report = captioning.edit(path, {"jump": ["a person hops"]}, "remove", [encoder])
    assert "left without a caption" in report.left_out[0].reason
    assert captions_of(path)["jump"] == ("a person hops",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id,caption\na,one\nb,two\na,three\n", {"a": ["one", "three"], "b": ["two"]}),
        ("\ufeffid;caption\r\na;one, and more\r\n", {"a": ["one, and more"]}),  # as spreadsheets save it
        ('id\tnote\tcaption\n-x\tn\t"two\nlines"\n', {"-x": ["two\nlines"]}),
        ("caption,id\nun café,歩く\n", {"歩く": ["un café"]}),
        ("id,caption\na,\n", {"a": [""]}),
        ("id,caption\n", {}),
    ],
)
def test_tables(tmp_path, text, expected):
    table = tmp_path / "captions.csv"
    table.write_text(text, encoding="utf-8", newline="")
    assert captioning.read_table(table) == expected


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (None, "cannot be read"),
        (b"", "no columns"),
        (b"name,text\na,b\n", "no columns"),
        (b"id,caption\n,nobody\n", "Line 2 .* has no id"),
        (b"id,caption\na,b\nc\n", "Line 3 .* has no caption"),
        (b"id,caption\na,caf\xe9\n", "no UTF-8"),
        (b"PK\x03\x04\xff\xfe\x00", "no UTF-8"),
    ],
)
def test_what_is_no_table_is_said_in_a_sentence(tmp_path, content, what):
    table = tmp_path / "captions.csv"
    if content is not None:
        table.write_bytes(content)
    with pytest.raises(RepriseError, match=what) as error:
        captioning.read_table(table)
    assert error.value.code == "bad_captions"
