"""A list of prompts: what names become, what bad lines say, and where a whole list is refused."""

import pytest

from reprise_core.contract import Request
from reprise_core.errors import RepriseError
from reprise_core.prompt_list import read_prompts, read_requests, safe_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("walk", "walk"),
        ("../../etc/passwd", "etc_passwd"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("a/b\\c:d", "a_b_c_d"),
        ("歩く 人", "歩く_人"),
        ("...", ""),
        ("x" * 300, "x" * 80),
        ("a person walks!", "a_person_walks"),
        ("", ""),
    ],
)
def test_names_are_safe_on_every_system(text, name):
    assert safe_name(text) == name


def test_bad_lines_keep_their_place_and_say_why(tmp_path):
    file = tmp_path / "prompts.csv"
    file.write_text("name,prompt,seconds,seed\nA,walks,2,7\na,runs,long,\n,,3,\n", encoding="utf-8")
    good, bad, empty = read_prompts(file)
    assert (good.name, good.request) == ("A", Request("walks", 2.0, 7))
    assert bad.name == "a_2"  # no two names differ in case only
    assert bad.error is not None and "'long'" in bad.error.message
    assert empty.error is not None and empty.error.code == "bad_prompt"
    with pytest.raises(RepriseError, match=r"Prompt 2 of .*'long'"):
        read_requests(file)


def test_all_lines_ask_the_engine_that_is_given(tmp_path):
    file = tmp_path / "prompts.csv"
    file.write_text("prompt\na person walks\na person runs\n")
    assert [(row.request.engine, row.request.steps) for row in read_prompts(file, "remomask")] == [("remomask", 10)] * 2
    with pytest.raises(RepriseError, match="no engine 'telepathy'"):
        read_prompts(file, "telepathy")
