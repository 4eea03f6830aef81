"""A recipe trains all in order, goes on where it stopped, and says what is wrong with it."""

import json

import pytest

from reprise import text
from reprise.cli.main import main
from reprise.data import dataset as datasets
from reprise.models.checkpoint import load_checkpoint
from reprise.training import config, recipe
from reprise_core.errors import RepriseError


class Commands:
    """Runs `python -m reprise ...` in this process; fails once where it is told to."""

    def __init__(self, failing=()):
        self.ran, self.failing = [], list(failing)

    def __call__(self, command):
        arguments = list(command[command.index("reprise") + 1 :])
        self.ran.append(arguments[1])
        if arguments[1] in self.failing:
            self.failing.remove(arguments[1])
            return 2
        return main(arguments)


def test_everything_is_trained_in_order_and_goes_on(tmp_path, dataset, encoder, monkeypatch):
    monkeypatch.setattr(datasets, "load", lambda folder: dataset)
    monkeypatch.setattr(text, "load", lambda name: encoder)
    commands = Commands(failing=["mixture"])
    given = (tmp_path, tmp_path / "runs", "tiny", 1, commands)
    with pytest.raises(RepriseError, match="Training mixture ended with exit code 2"):
        recipe.train_all(*given)
    checkpoints = recipe.train_all(*given)
    assert commands.ran == ["contrastive", "diffusion", "mixture", "mixture"]
    assert load_checkpoint(checkpoints[-1]).mixture["searched"]
    assert recipe.train_all(*given) == checkpoints
    assert len(commands.ran) == 4


def test_a_stopped_training_is_resumed_and_gpus_share_the_batches(tmp_path):
    ran = []
    own = tmp_path / "runs/diffusion"
    own.mkdir(parents=True)
    (own / "training.safetensors").write_bytes(b"x")
    file = tmp_path / "recipe.json"
    file.write_text(json.dumps([{"train": "diffusion", "set": ["steps=9"]}, {"train": "rvq", "config": "tiny"}]))
    recipe.train_all(tmp_path / "d", tmp_path / "runs", str(file), 4, lambda command: ran.append(command) or 0)
    assert ran[0][1:5] == ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=4"]
    assert ran[0][5:9] == ["-m", "reprise", "train", "diffusion"]
    assert "--resume" in ran[0] and "--config" not in ran[0] and ran[0][-1] == "steps=9"
    assert ran[1][1:5] == ["-m", "reprise", "train", "rvq"]
    assert ran[1][-2:] == ["--config", "tiny"]


@pytest.mark.parametrize("name", ["default", "paper"])
def test_packaged_recipes_name_trainings_and_configs_that_are_there(name, capsys):

    for stage in recipe.read_recipe(name):
        assert main(["train", stage.train, "--help"]) == 0
        base = {folder: kind for kind, folder in config._FOLDERS.items()}[stage.train]
        config.load_config(stage.config, stage.set, base())
    capsys.readouterr()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[{", "cannot be read"),
        ('[{"tarin": "rvq"}]', "unexpected keyword argument 'tarin'"),
        ('[{"train": "mixture", "files": {"checkpoint": "diffusion"}}]', "mixture before diffusion"),
    ],
)
def test_a_bad_recipe_is_named(tmp_path, content, message):
    file = tmp_path / "recipe.json"
    file.write_text(content)
    with pytest.raises(RepriseError, match=message):
        recipe.read_recipe(str(file))
    with pytest.raises(RepriseError, match="no recipe 'none'"):
        recipe.read_recipe("none")
