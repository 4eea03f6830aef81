"""scripts/batch.py in every bpy wheel and every Blender: what it writes, what it says, and how it exits."""

import json
import subprocess
import sys

import pytest
from blenders import (
    FAKE_SERVER,
    HERE,
    ROOT,
    background_commands,
    environment,
    fake_python,
    report,
    script_command,
    shown_command,
)
from blocks import BLOCKS, elsewhere

sys.path.insert(0, str(FAKE_SERVER.parent))
BATCH = ROOT / "scripts/batch.py"
COMMANDS = background_commands()
pytestmark = pytest.mark.skipif(not COMMANDS, reason="neither bpy nor Blender here (REPRISE_BPY, REPRISE_BLENDER)")
each_blender = pytest.mark.parametrize(
    "command", [command for _, command in COMMANDS], ids=[name for name, _ in COMMANDS]
)


def batch(command, folder, *arguments, prompts=None, python=None):
    """Runs batch.py on a prompts file; the exit code, its lines on standard error, and the summary by name."""
    path, out = folder / "prompts.csv", folder / "out"
    if prompts is not None:
        path.write_text(prompts, encoding="utf-8")
    return run(script_command(command, BATCH, "--prompts", path, "--out", out, *arguments), folder, out, python)


def run(line, folder, out, python=None):
    """Runs a command line of batch.py that writes to `out`; what `batch` returns."""
    done = subprocess.run(
        line,
        env=environment(folder, REPRISE_PYTHON=str(python or fake_python(folder, "--step-seconds", "0.001"))),
        capture_output=True, text=True, errors="replace", timeout=300, cwd=folder,
    )  # fmt: skip
    assert "Traceback" not in done.stderr + done.stdout, done.stderr + done.stdout
    said = [line for line in done.stderr.splitlines() if line.startswith("batch:")]
    summary = out / "summary.json"
    rows = json.loads(summary.read_text(encoding="utf-8")) if summary.exists() else []
    return done.returncode, said, {row["name"]: row for row in rows}


@each_blender
def test_rows_become_files_and_a_bad_row_stops_no_other(command, tmp_path):
    code, said, rows = batch(
        command, tmp_path, "--formats", "blend,bvh,fbx,glb",
        prompts="name,prompt,seconds,seed,then\n"
        'walk,"a person walks, then turns",3,4\n'
        "walk,a person jumps,2,,waves:1.5\n"
        "bad,a person runs,long,0\n"
        "die,[crash],2,0\n"
        "../../evil,a person waves,2,1\n",
    )  # fmt: skip
    assert (code, said) == (1, [])
    assert list(rows) == ["walk", "walk_2", "bad", "die", "evil"]
    assert {name: row["status"] for name, row in rows.items()} == {
        "walk": "done", "walk_2": "done", "bad": "failed", "die": "failed", "evil": "done",
    }  # fmt: skip
    assert "'long'" in rows["bad"]["error"]
    assert "exit code 3" in rows["die"]["error"]
    assert (rows["walk"]["seconds"], rows["walk"]["seed"], rows["walk"]["error"]) == (3.0, 4, None)
    assert rows["walk_2"]["seconds"] == 3.5
    written = {path.name for path in (tmp_path / "out").iterdir()}
    names = ("walk", "walk_2", "evil")
    assert written == {"summary.json"} | {
        f"{name}.{suffix}" for name in names for suffix in ("blend", "bvh", "fbx", "glb")
    }
    _read_back(command, tmp_path)


def _read_back(command, folder):
    from fake_engine import waving

    from reprise_core.contract import Request
    from reprise_core.motion import to_npz

    npz = folder / "expected.npz"
    npz.write_bytes(to_npz([waving(Request("a person walks, then turns", 3.0, 4))]))
    script = script_command(command, HERE / "read_back.py", folder / "out/walk", npz, "blend", "bvh", "fbx", "glb")
    found = report(script, env=environment(folder), cwd=folder)
    assert found["curves"] == 3 + 22 * 4
    assert found["range"] == [1, 1 + 70]  # 60 frames at 20 fps last 59/20 s = 70.8 scene frames
    assert {name: found[name] for name in ("blend", "bvh", "fbx", "glb")} == {
        name: pytest.approx(0.0, abs=0.001) for name in ("blend", "bvh", "fbx", "glb")
    }


@each_blender
def test_the_page_makes_its_list_and_keys_it_on_a_rig(command, tmp_path):
    """Both commands of docs/batch.md and its list; the rig is one that the second makes; its file stays as it was."""
    here = "tests/blender/test_batch.py::test_the_page_makes_its_list_and_keys_it_on_a_rig"
    on_a_rig, on_new_ones = (words for block in elsewhere(here, "batch.md") for words in block.commands)
    (listed,) = (block.text for block in BLOCKS if (block.page, block.language) == ("batch.md", "csv"))
    (tmp_path / "prompts.csv").write_text(listed, encoding="utf-8")
    (tmp_path / "scripts").symlink_to(ROOT / "scripts")
    lengths = {"walk": 6.0, "sit": 10.0, "jump": 3.0}  # as the list has them; `sit` in three segments
    out, rig = tmp_path / "made", tmp_path / "hero.blend"
    code, said, rows = run(shown_command(command, on_new_ones), tmp_path, out)
    assert (code, said, {name: row["seconds"] for name, row in rows.items()}) == (0, [], lengths)
    assert {path.name for path in out.iterdir()} == {"summary.json"} | {f"{name}.blend" for name in lengths}
    (out / "jump.blend").rename(rig)
    before = rig.read_bytes()
    own = ["Reprise" if word == "Hero" else word for word in on_a_rig]  # as our armatures are called
    code, said, rows = run(shown_command(command, own), tmp_path, out)
    assert (code, said) == (0, [])
    assert {name: row["files"] for name, row in rows.items()} == {
        name: [f"{name}.blend", f"{name}.fbx"] for name in lengths
    }
    assert all((out / file).stat().st_size for row in rows.values() for file in row["files"])
    assert rig.read_bytes() == before
    code, said, _ = batch(command, tmp_path, "--rig", rig, "--armature", "Nobody")
    assert code == 2
    assert len(said) == 1 and "no armature 'Nobody'" in said[0] and "'Reprise'" in said[0]


@each_blender
def test_a_foreign_rig_is_keyed_and_one_that_cannot_be_is_refused(command, tmp_path):
    rig = tmp_path / "rigs.blend"
    report(script_command(command, HERE / "make_rig.py", rig), env=environment(tmp_path), cwd=tmp_path)
    before = rig.read_bytes()
    code, said, rows = batch(
        command, tmp_path, "--rig", rig, prompts="name,prompt,seconds\ntake,a person waves,2\n"
    )  # the only one that can be mapped needs no name
    assert (code, said) == (0, [])
    assert (rows["take"]["files"], rows["take"]["unkeyed"]) == (["take.blend"], [])
    assert rig.read_bytes() == before
    code, said, _ = batch(command, tmp_path, "--rig", rig, "--armature", "Animal")
    assert code == 2
    assert len(said) == 1 and "'Animal' cannot be mapped: No human figure was found" in said[0]


@each_blender
@pytest.mark.parametrize(
    ("prompts", "arguments", "sentence"),
    [
        (None, (), "prompts.csv' cannot be read"),
        ("title,text\na,b\n", (), "no column 'prompt'"),
        ("prompt\n", (), "no prompts"),
        ("prompt\na person walks\n", ("--formats", "blend,mp4"), "'mp4' is no format"),
        ("prompt\na person walks\n", ("--armature", "Reprise"), "--armature needs --rig"),
        ("prompt\na person walks\n", ("--rig", "nowhere.blend"), "no rig file 'nowhere.blend'"),
        ("prompt\na person walks\n", ("--rig", "prompts.csv"), "no .blend"),
        ("prompt\na person walks\n", ("--colour", "red"), "unrecognized arguments"),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(command, prompts, arguments, sentence, tmp_path):
    code, said, rows = batch(command, tmp_path, *arguments, prompts=prompts)
    assert code == 2
    assert len(said) == 1 and sentence in said[0]
    assert not rows


@each_blender
def test_a_missing_backend_is_one_line_and_exit_code_2(command, tmp_path):
    code, said, rows = batch(command, tmp_path, prompts="prompt\na person walks\n", python="/nowhere/python")
    assert (code, len(said), rows) == (2, 1, {})
    assert "/nowhere/python" in said[0]


@each_blender
def test_what_the_addon_installed_is_found(command, tmp_path):
    """In the folder that Blender gives an extension, as `addon/bridge/install` leaves it there."""
    backend = tmp_path / "extensions/.user/user_default/reprise/backend"
    made = backend / "env-key-0"
    (made / "bin").mkdir(parents=True)
    fake_python(tmp_path).rename(made / "bin/python")
    marker = {"key": "key", "version": "0", "build": "cpu", "python": "3.11", "size": 1}
    (made / "installed.json").write_text(json.dumps(marker))
    current = {"environment": made.name, "previous": "", "answered": True}
    (backend / "current.json").write_text(json.dumps(current))
    code, said, rows = batch(command, tmp_path, "--formats", "bvh", prompts="name,prompt\ndie,[crash]\n", python=" ")
    assert (code, said) == (1, [])
    assert "exit code 3" in rows["die"]["error"]  # the scripted server's, which is nowhere else to be found
