"""The tests in `inside/`, in every bpy wheel and every Blender of this machine."""

import sys

import pytest
from blenders import HERE, background_commands, environment, fake_python, report, script_command

COMMANDS = background_commands()
IDS = [name for name, _ in COMMANDS]


@pytest.mark.skipif(not COMMANDS, reason="neither bpy nor Blender here (REPRISE_BPY, REPRISE_BLENDER)")
@pytest.mark.parametrize("command", [command for _, command in COMMANDS], ids=IDS)
def test_everything_holds_inside(command, tmp_path):
    python = fake_python(tmp_path, "--step-seconds", "0.02")
    done = report(
        script_command(command, HERE / "run_in_blender.py"),
        env=environment(tmp_path, REPRISE_PYTHON=str(python)),
        cwd=tmp_path,
    )
    failed = {name: result["outcome"] for name, result in done["results"].items() if result["outcome"] != "passed"}
    assert not failed, "\n".join(f"{name}:\n{text}" for name, text in failed.items())
    assert len(done["results"]) > 30


@pytest.mark.skipif(not COMMANDS, reason="neither bpy nor Blender here (REPRISE_BPY, REPRISE_BLENDER)")
@pytest.mark.parametrize("command", [command for _, command in COMMANDS], ids=IDS)
def test_the_real_backend_from_prompt_to_pose(command, tmp_path):
    """The shipped weights and library, through a real server process, to keys whose evaluated pose is the Motion's."""
    test = "test_generate.test_a_prompt_becomes_keys_that_play_the_motion"
    done = report(
        script_command(command, HERE / "run_in_blender.py", test),
        env=environment(tmp_path, REPRISE_PYTHON=sys.executable),
        cwd=tmp_path,
    )
    assert {name: result["outcome"] for name, result in done["results"].items()} == {test: "passed"}
