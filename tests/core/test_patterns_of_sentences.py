"""Sentences that carry values are found by their patterns and said in German with the same values."""

import re
from pathlib import Path

import pytest
from reprise_addon.languages.german_errors import ERRORS
from reprise_addon.languages.german_patterns import PATTERNS
from reprise_addon.languages.patterns import filled

from reprise_core.contract import Request
from reprise_core.errors import RepriseError
from reprise_core.prompt_list import read_prompts

ROOT = Path(__file__).resolve().parents[2]
_VALUE = re.compile(r"\{(\w+)\}")


def german(sentence):
    return filled(sentence, PATTERNS, PATTERNS.__getitem__)


def error_of(call):
    with pytest.raises(RepriseError) as caught:
        call()
    return caught.value


def test_what_the_core_says_of_wrong_values_is_said_in_german_with_them():
    long = error_of(lambda: Request("walk " * 400))
    assert german(long.message) == re.sub(
        r"The prompt has (\d+) characters; at most (\d+) are allowed\.",
        r"Der Satz hat \1 Zeichen; höchstens \2 sind erlaubt.",
        long.message,
    )
    engine = error_of(lambda: Request("walk", engine="remomsk"))
    assert german(engine.message) == "Es gibt keine Engine 'remomsk'."
    assert german(engine.hint) == "Möglich sind: remodiffuse, remomask."
    far = error_of(lambda: Request("walk", seconds=99.0))
    assert german(far.hint) == "Der Wert muss zwischen 1 und 9.8 liegen."
    none = error_of(lambda: read_prompts(Path("there/is none.csv")))
    assert german(none.message).startswith("Die Datei mit Sätzen 'there/is none.csv' lässt sich nicht lesen: ")


@pytest.mark.parametrize("value", ["a", "with 'quotes'", "two\nlines", "C:\\Users (1)", "{braces}", ". Full stops."])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_pattern_finds_its_own_sentence_whatever_the_value(pattern, value):
    said = _VALUE.sub(lambda _: value, pattern)
    assert german(said) == _VALUE.sub(lambda _: value, PATTERNS[pattern])


def test_translations_keep_the_values_and_no_pattern_is_a_sentence_of_the_other_table():
    for pattern, words in PATTERNS.items():
        assert sorted(_VALUE.findall(pattern)) == sorted(_VALUE.findall(words)), pattern
        assert len(set(_VALUE.findall(pattern))) == len(_VALUE.findall(pattern)) > 0, pattern
    assert not set(PATTERNS) & set(ERRORS)


def test_every_pattern_is_of_a_sentence_that_is_said():
    files = (path for room in ("addon", "backend") for path in (ROOT / room).rglob("*.py"))
    sources = "".join(path.read_text(encoding="utf-8") for path in files if path.parent.name != "languages")
    sources = re.sub(r'"\s+f?"', "", sources)  # one sentence on two lines
    for pattern in PATTERNS:
        if not re.match(r"(No|The) (left|right)", pattern):  # composed: `core/rigs/problems.py`
            assert max(_VALUE.sub("\0", pattern).split("\0"), key=len).strip("' ") in sources, pattern


def test_what_fits_no_pattern_stays_as_it_is():
    assert german("a person walks forward") == "a person walks forward"
    assert german("There is no take 'a', and no more.") == "There is no take 'a', and no more."
