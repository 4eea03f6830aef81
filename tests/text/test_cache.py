import numpy as np

from reprise.text import CachedEncoder, TextFeatures


class CountingEncoder:
    """Encodes a text as its length, and notes what it was asked."""

    name, dimension, max_tokens = "counting", 2, 3

    def __init__(self):
        self.asked = []

    def encode(self, texts):
        self.asked += texts
        rows = np.array([[len(text), 1.0] for text in texts], np.float32)
        return TextFeatures(np.repeat(rows[:, None], 3, axis=1), np.ones((len(texts), 3), np.bool_), rows)


def test_each_text_is_encoded_once_and_rows_keep_their_order():
    inner = CountingEncoder()
    cached = CachedEncoder(inner)
    first = cached.encode(["aa", "b", "aa"])
    second = cached.encode(["ccc", "b"])
    assert inner.asked == ["aa", "b", "ccc"]
    assert first.sentence[:, 0].tolist() == [2, 1, 2]
    assert second.sentence[:, 0].tolist() == [3, 1]
    assert second.tokens.shape == (2, 3, 2)


def test_the_least_recently_used_text_is_forgotten():
    inner = CountingEncoder()
    cached = CachedEncoder(inner, capacity=2)
    for text in ("a", "bb", "a", "ccc", "a", "bb"):
        cached.encode([text])
    assert inner.asked == ["a", "bb", "ccc", "bb"]


def test_more_texts_than_capacity_in_one_call():
    cached = CachedEncoder(CountingEncoder(), capacity=1)
    assert cached.encode(["a", "bb", "ccc"]).sentence[:, 0].tolist() == [1, 2, 3]
    assert len(cached.encode([])) == 0
