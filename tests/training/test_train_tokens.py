"""The trainings on token maps: exact resume, the condition that rows see, and what the maps are."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from reprise import text
from reprise.data import dataset as datasets
from reprise.models.masked_transformer import MaskedTransformer
from reprise.models.residual_transformer import ResidualTransformer
from reprise.models.rvq import ResidualVQ2D
from reprise.models.rvq_checkpoint import RVQCheckpoint, load_rvq, save_rvq
from reprise.models.token_checkpoint import content_of_codes, load_tokens
from reprise.training import masked, residual, tokens
from reprise.training.batches import rows_of_step
from reprise.training.config import MaskedTraining, ResidualTraining, RVQTraining, load_config
from reprise.training.examples import build_examples
from reprise.training.masked import MaskedObjective
from reprise.training.residual import ResidualObjective
from reprise.training.token_batches import masked_batch, part, residual_batch
from reprise.training.token_maps import token_maps
from reprise_core.errors import RepriseError

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def codes(dataset, tmp_path_factory):
    """An RVQ that never learnt anything: its codes are codes all the same."""
    torch.manual_seed(0)
    network = ResidualVQ2D(load_config("tiny", [], RVQTraining()).network)
    torch.nn.init.normal_(network.codebooks)
    path = tmp_path_factory.mktemp("rvq") / "model.safetensors"
    save_rvq(RVQCheckpoint(network, torch.from_numpy(dataset.mean), torch.from_numpy(dataset.std), 0), path)
    return path


@pytest.fixture
def made(dataset, encoder, monkeypatch):
    monkeypatch.setattr(datasets, "load", lambda folder: dataset)
    monkeypatch.setattr(text, "load", lambda name: encoder)


@pytest.fixture(scope="module")
def examples(dataset, encoder):
    return build_examples(dataset, "train", encoder, references=2, mirror=True, composed=0, seed=0)


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("kind", [masked, residual])
def test_killed_and_resumed_is_the_same_run(kind, codes, tmp_path, monkeypatch):
    def run(name, *, resume=False):
        out = tmp_path / name
        return kind.train(
            out, out, None if resume else "tiny", [] if resume else [f"rvq={codes}", "network.dropout=0.1"], resume
        )

    whole = load_file(run("whole"))
    real, calls = tokens.part, []

    def dies_at_thirteen(*arguments):
        calls.append(arguments)
        if len(calls) == 14:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(tokens, "part", dies_at_thirteen)
    with pytest.raises(KeyboardInterrupt):
        run("part")
    monkeypatch.setattr(tokens, "part", real)
    resumed = load_file(run("part", resume=True))
    assert whole.keys() == resumed.keys()
    for name, weights in whole.items():
        torch.testing.assert_close(resumed[name], weights, atol=1e-3, rtol=1e-3)
    kept = {masked: MaskedTransformer, residual: ResidualTransformer}[kind]
    checkpoint = load_tokens(kept, tmp_path / "part/model.safetensors")
    assert (checkpoint.step, checkpoint.codes) == (20, content_of_codes(load_rvq(codes).network))
    assert json.loads((tmp_path / "part/config.json").read_text())["rvq"] == str(codes)


@pytest.fixture(scope="module")
def maps(examples, codes):
    return token_maps(examples, load_rvq(codes), versions=3, crop=1.0, seed=0)


def test_version_0_is_what_the_rvq_gives_the_motion_alone(examples, codes, maps):
    network = load_rvq(codes).network
    for motion in (0, 5, len(examples.motions) - 1):
        features = torch.from_numpy(examples.motions[motion])[None]
        alone = network.encode(features, torch.ones(features.shape[:2], dtype=torch.bool))[0].numpy()
        np.testing.assert_array_equal(maps.of(motion), alone)
        cropped = [len(maps.of(motion, version)) for version in (1, 2)]
        assert all(0.7 * len(alone) <= length <= len(alone) for length in cropped)
    again = token_maps(examples, load_rvq(codes), versions=3, crop=1.0, seed=0)  # this time from the cache
    np.testing.assert_array_equal(again.codes, maps.codes)


def test_rows_see_the_conditions_as_often_as_the_settings_say(examples, maps):
    settings = replace(
        load_config("tiny", [], MaskedTraining()),
        batch=16, drop_condition=0.3, drop_text=0.2, drop_references=0.1,
    )  # fmt: skip
    seen = [masked_batch(examples, maps, settings, step).conditions for step in range(120)]
    text, references = (torch.cat([getattr(each, name) for each in seen]) for name in ("use_text", "use_references"))
    shares = [
        (a & b).float().mean().item() for a, b in ((~text, ~references), (~text, references), (text, ~references))
    ]
    np.testing.assert_allclose(shares, (0.3, 0.2, 0.1), atol=4 * 0.5 / np.sqrt(len(text)))


def test_no_row_is_given_its_own_recording(examples, maps):
    """The references of a batch are maps of other recordings."""
    settings = replace(load_config("tiny", [], MaskedTraining()), batch=16)
    given = masked_batch(examples, maps, settings, 0).conditions.references
    names = {maps.of(i)[..., 0].tobytes(): examples.recordings[i] for i in range(len(examples.motions))}
    rows = rows_of_step(examples.lengths, settings.batch, settings.seed, 0)
    assert len(names) == len(examples.motions)  # no two motions have the same codes
    for row, found, mask in zip(rows, given.codes.numpy(), given.mask.numpy(), strict=True):
        for reference, seen in zip(found, mask, strict=True):
            assert not examples.recordings[row] & names[reference[seen].tobytes()]


@pytest.mark.parametrize("kind", ["masked", "residual"])
def test_the_parts_of_a_batch_make_up_the_whole(kind, examples, maps):
    """What data parallelism relies on: the mean of the parts' losses is the whole batch's."""
    base = {"masked": MaskedTraining(), "residual": ResidualTraining()}[kind]
    settings = load_config("tiny", [], base)
    torch.manual_seed(0)
    if isinstance(settings, ResidualTraining):
        batch, objective = (
            residual_batch(examples, maps, settings, 3),
            ResidualObjective(ResidualTransformer(settings.network)),
        )
    else:
        batch, objective = (
            masked_batch(examples, maps, settings, 3),
            MaskedObjective(MaskedTransformer(settings.network)),
        )
    parts = [objective(part(batch, i, 2, CPU)) for i in range(2)]
    torch.testing.assert_close(sum(parts) / 2, objective(batch))


@pytest.mark.usefixtures("made")
def test_a_network_of_other_sizes_than_the_rvqs_is_refused(codes, tmp_path):
    with pytest.raises(RepriseError, match=r"64 codes, the RVQ .* has 32") as refused:
        masked.train(tmp_path, tmp_path / "run", "tiny", [f"rvq={codes}", "network.codes=64"])
    assert "network.codes=32" in refused.value.hint
