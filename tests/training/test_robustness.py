"""What goes wrong in the middle of a training: one clear sentence, and the last good checkpoint is whole."""

import resource

import pytest
import torch
from safetensors.torch import load_file

from reprise import text
from reprise.cli.main import main
from reprise.data import dataset as datasets
from reprise.models.checkpoint import load_checkpoint
from reprise.training import diffusion, loop
from reprise.training.objective import DiffusionObjective
from reprise_core.errors import RepriseError


@pytest.fixture
def made(dataset, encoder, monkeypatch):
    monkeypatch.setattr(datasets, "load", lambda folder: dataset)
    monkeypatch.setattr(text, "load", lambda name: encoder)


@pytest.fixture
def saved(made, tmp_path):  # noqa: ARG001
    """A run of four steps, and its files' bytes."""
    out = tmp_path / "run"
    diffusion.train(out, out, "tiny", ["steps=4"])
    return out, files(out)


def files(out):
    return {name: (out / name).read_bytes() for name in ("model.safetensors", "training.safetensors")}


def resume(out, *overrides):
    return diffusion.train(out, out, None, list(overrides), resume=True)


def spoilt(monkeypatch, at, spoil):
    """The objective does something else at its call number `at`."""
    real, calls = DiffusionObjective.forward, []

    def forward(self, batch):
        calls.append(batch)
        loss = real(self, batch)
        return spoil(self, loss) if len(calls) == at else loss

    monkeypatch.setattr(DiffusionObjective, "forward", forward)


def out_of_memory(_objective, _loss):
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")


def no_number(_objective, loss):
    return loss * float("nan")


def spoilt_weights(objective, loss):
    with torch.no_grad():
        next(objective.network.parameters()).fill_(float("inf"))
    return loss


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (no_number, r"The loss is nan at step 6"),
        (spoilt_weights, r"The (loss is nan|weights are no numbers) at step 6"),
        (out_of_memory, r"There is not enough memory for this training. Lower batch, which is 4"),
    ],
)
def test_a_spoilt_step_is_never_saved(saved, monkeypatch, spoil, message):
    out, before = saved
    spoilt(monkeypatch, 2, spoil)
    with pytest.raises(RepriseError, match=message):
        resume(out, "steps=12", "save_every=6", "log_every=50")
    assert files(out) == before
    monkeypatch.undo()


def test_a_full_disk_leaves_the_last_checkpoint_whole(saved):
    out, before = saved
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before["training.safetensors"]) // 2, hard))
    try:
        with pytest.raises(RepriseError, match=r"run's files in .* cannot be written \(File too large\)") as told:
            resume(out, "steps=6")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "go on with --resume" in told.value.hint
    assert files(out) == before
    assert not [path for path in out.iterdir() if path.name.endswith(".part")]
    resume(out, "steps=6")
    assert load_checkpoint(out / "model.safetensors").step == 6


@pytest.mark.parametrize("override", ["network.latent=16", "network.layers=1", "network.layers=3"])
def test_a_state_of_another_size_is_refused(saved, override):
    out, before = saved
    with pytest.raises(RepriseError, match=r"does not fit this config \("):
        resume(out, "steps=6", override)
    assert files(out) == before


def test_a_damaged_state_is_refused(saved):
    out, before = saved
    (out / "training.safetensors").write_bytes(before["training.safetensors"][:-100])
    with pytest.raises(RepriseError, match="does not fit this config"):
        resume(out, "steps=6")
    assert load_file(out / "model.safetensors")


@pytest.mark.usefixtures("made")
def test_a_run_that_saved_nothing_may_begin_again(tmp_path, monkeypatch):
    spoilt(monkeypatch, 1, out_of_memory)
    with pytest.raises(RepriseError, match="not enough memory"):
        diffusion.train(tmp_path, tmp_path / "run", "tiny", ["steps=2"])
    diffusion.train(tmp_path, tmp_path / "run", "tiny", ["steps=2"])
    assert (tmp_path / "run" / loop.STATE).is_file()


@pytest.mark.parametrize("layout", ["empty", "humanml3d", "old"])
def test_a_data_folder_of_another_layout_is_one_line(tmp_path, capsys, layout):
    data = tmp_path / "data"
    data.mkdir()
    if layout == "humanml3d":
        for name in ("new_joint_vecs", "texts"):
            (data / name).mkdir()
        (data / "train.txt").write_text("000001\n")
    if layout == "old":
        (data / "dataset.json").write_text('{"format": 1, "fps": 20}')
    assert main(["train", "diffusion", "--data", str(data), "--out", str(tmp_path / "run"), "--config", "tiny"]) == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 1
    assert str(data) in told[0] and "reprise data build" in told[0]
    assert not (tmp_path / "run").exists()
