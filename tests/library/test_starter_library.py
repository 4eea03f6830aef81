"""What ships in the starter library: sound takes that rank their own prompt first, the same ones every time."""

import csv
from dataclasses import replace

import make_starter_library
import numpy as np
import pytest
from starter_library import choosing, criteria
from starter_library.takes import Prompt, made

from reprise.evaluation.physics import Physics
from reprise_core.cleanup import to_motion
from reprise_core.contract import Request

SOUND = Physics(**dict.fromkeys(Physics.__dataclass_fields__, 0.0))


@pytest.fixture
def motion(dataset):
    return to_motion(dataset.joints(0), 20.0, {"prompt": "sways"}, generated=False)


def prompts(count):
    return [Prompt(f"p{i}", Request(f"thing number {i}", 2.0)) for i in range(count)]


def test_the_limits_are_of_figures_that_are_measured():
    assert set(criteria.LIMITS) <= set(SOUND.to_json())
    assert criteria.faults(SOUND) == []
    assert criteria.faults(replace(SOUND, skate=99.0, jitter=9.0)) == ["skate 99.0 > 30", "jitter 9.0 > 3"]


def test_a_pool_holds_32_prompts_and_no_synonym_of_its_own():
    sentences = np.eye(60)
    sentences[7] = sentences[3]
    pool = criteria.pool_of(3, sentences)
    assert (pool[0], len(pool), len(set(pool))) == (3, 32, 32)
    assert 7 not in pool
    np.testing.assert_array_equal(pool, criteria.pool_of(3, sentences))
    assert set(pool) != set(criteria.pool_of(4, sentences))


def test_the_best_of_the_first_takes_or_the_first_of_the_others_that_may_ship(monkeypatch, motion):
    """Embeddings on a line: prompt i stands at i, its takes where its name says; one of them is not sound."""
    places = {"p0": [0.3, 0.1, 0.0, 0.0], "p1": [1.0, 0.2, 1.9, 1.1], "p2": [2.2, 0.4, 2.0, 2.0], "p3": [0.0] * 4}
    asked = []

    def embed(_features):
        name, take = asked[-1]
        return np.array([places[name][take]])

    monkeypatch.setattr(choosing, "measure", lambda _: replace(SOUND, skate=50.0) if asked[-1] == ("p1", 0) else SOUND)
    texts, sentences = np.arange(4.0)[:, None], np.eye(4)
    found = list(
        choosing.choose(
            prompts(4), sentences, texts, embed, lambda prompt, take: asked.append((prompt.name, take)) or motion, 4
        )
    )
    assert [choice.take for choice in found] == [1, 3, 0, None]
    assert found[3].motion is None
    assert found[1].reasons == ("skate 50.0 > 30", "1 of 3 other prompts lie nearer", "1 of 3 other prompts lie nearer")
    assert [sum(name == wanted for name, _ in asked) for wanted in places] == [2, 4, 2, 4]


def test_a_take_follows_from_its_words_and_is_made_once(tmp_path, motion):
    class Engine:
        def __init__(self):
            self.asked = []

        def generate(self, request, *_):
            self.asked.append(request)
            return [motion]

    engine, prompt = Engine(), prompts(1)[0]
    first, again = made(engine, prompt, 1, tmp_path), made(engine, prompt, 1, tmp_path)
    np.testing.assert_array_equal(first.positions, again.positions)
    assert len(engine.asked) == 1
    assert engine.asked[0].seed == prompt.take(0).seed + 1
    assert Prompt("other", prompt.request).take(1) == engine.asked[0]


def test_there_are_prompts_enough_and_none_twice():
    with make_starter_library.PROMPTS.open(encoding="utf-8", newline="") as file:
        words = [row["prompt"] for row in csv.DictReader(file)]
    assert len(words) >= 400
    assert len(set(words)) == len(words)
    assert len(make_starter_library.read_requests(make_starter_library.PROMPTS)) == len(words)
