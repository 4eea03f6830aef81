"""A list of prompts: what names become, what bad lines say, and where a whole list is refused."""

from dataclasses import replace

import pytest

from reprise_core.contract import References, Request, Segment
from reprise_core.errors import RepriseError
from reprise_core.prompt_list import read_prompts, read_requests, safe_name


@pytest.fixture
def written(tmp_path):
    """Writes a file of prompts; gives its path."""

    def write(text):
        file = tmp_path / "prompts.csv"
        file.write_text(text, encoding="utf-8")
        return file

    return write


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


def test_bad_lines_keep_their_place_and_say_why(written):
    file = written("name,prompt,seconds,seed\nA,walks,2,7\na,runs,long,\n,,3,\n")
    good, bad, empty = read_prompts(file)
    assert (good.name, good.request) == ("A", Request("walks", 2.0, 7))
    assert bad.name == "a_2"  # no two names differ in case only
    assert (good.is_named, bad.is_named, empty.is_named) == (True, True, False)
    assert bad.error is not None and "'long'" in bad.error.message
    assert empty.error is not None and empty.error.code == "bad_prompt"
    with pytest.raises(RepriseError, match=r"Prompt 2 of .*'long'"):
        read_requests(file)


def test_all_lines_ask_the_engine_that_is_given(written):
    rows = read_prompts(written("prompt\na person walks\na person runs\n"), Request("any", engine="remomask"))
    assert [(row.request.engine, row.request.steps) for row in rows] == [("remomask", 10)] * 2


def test_a_line_says_what_a_request_can_say_and_else_goes_by_what_is_given(written):
    file = written(
        "Prompt,Then,engine,solver,steps,references,reference_strength,text_strength,method,note\n"
        "walks,sits down:4; stands: quickly:1.5 ;,,DDIM,,5,0.5,1.5,momentum,mine\n"
        "jumps,,remomask,,7,,,,,\n"
        "waves,,,,,,,,,\n"
    )
    like = Request("any", 3.0, 9, count=2, steps=20, references=References(k=1, tags=("studio",)))
    walks, jumps, waves = (row.request for row in read_prompts(file, like))
    assert walks == replace(
        like,
        prompt="walks",
        then=(Segment("sits down", 4.0), Segment("stands: quickly", 1.5)),
        solver="ddim",
        steps=50,  # those of the other solver
        text_strength=1.5,
        references=References(5, strength=0.5, tags=("studio",), method="momentum"),
    )
    assert jumps == replace(like, prompt="jumps", engine="remomask", steps=7)
    assert waves == replace(like, prompt="waves")


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("then", "sits down", "'sits down' does not end with its seconds"),
        ("then", "sits:2;:3", "then[1]: The prompt is empty"),
        ("then", "sits:99", "then[0]: seconds is 99"),
        ("engine", "telepathy", "no engine 'telepathy'"),
        ("solver", "euler", "no solver 'euler'"),
        ("method", "luck", "no retrieval method 'luck'"),
        ("steps", "many", "steps is 'many', which is no whole number"),
        ("steps", "-1", "steps is -1"),
        ("references", "2.5", "references is '2.5', which is no whole number"),
        ("references", "99", "references is 99"),
        ("text_strength", "loud", "text_strength is 'loud', which is no number"),
        ("reference_strength", "nan", "reference strength is nan"),
    ],
)
def test_a_bad_cell_is_named_with_its_value(written, column, cell, said):
    bad, good = read_prompts(written(f"prompt,{column}\nwalks,{cell}\nruns,\n"))
    assert bad.request is None and bad.error is not None and said in bad.error.message
    assert good.request == Request("runs")
