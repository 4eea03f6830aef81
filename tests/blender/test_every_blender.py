"""The tests in `inside/`, in every bpy wheel and every Blender of this machine."""

import pytest
from blenders import HERE, background_commands, environment, fake_python, report, script_command

COMMANDS = background_commands()


@pytest.mark.skipif(not COMMANDS, reason="neither bpy nor Blender here (REPRISE_BPY, REPRISE_BLENDER)")
@pytest.mark.parametrize("command", [command for _, command in COMMANDS], ids=[name for name, _ in COMMANDS])
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
