"""The token map: nothing is lost on the way into cells, codes do not depend on padding, codebooks learn as they say."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from reprise.features.representation import HUMANML3D, KIT_ML
from reprise.models import pose_map
from reprise.models.rvq import COLUMNS, ResidualVQ2D, RVQConfig
from reprise.models.rvq_checkpoint import RVQCheckpoint, load_rvq, save_rvq
from reprise.models.rvq_codebooks import NO_CODE, averaged, nearest_codes, residual_codes, revived, sum_of_codes
from reprise_core.errors import RepriseError
from reprise_core.skeleton import MIRROR

CONFIG = RVQConfig(codes=16, code_dimension=192, quantisers=4, width=192, blocks=1)


def trained_looking(config: RVQConfig = CONFIG) -> ResidualVQ2D:
    """A network whose every weight matters: nothing is left at the values that training starts from."""
    torch.manual_seed(0)
    network = ResidualVQ2D(config).eval().requires_grad_(False)
    for weight in network.parameters():
        weight += 0.02 * torch.randn_like(weight)
    for layer in range(config.quantisers):
        network.codebooks[layer].normal_(0.0, 0.5**layer)
    return network


@pytest.mark.parametrize("representation", [HUMANML3D, KIT_ML], ids=lambda r: r.name)
def test_the_pose_map_holds_every_feature_once(representation):
    places = pose_map.feature_of_place(representation)
    assert places.shape == (24, 12)
    assert sorted(places[places != pose_map.EMPTY]) == list(range(representation.features))
    features = np.arange(representation.features)
    assert np.array_equal(places.ravel()[pose_map.place_of_feature(representation)], features)


@pytest.mark.parametrize("representation", [HUMANML3D, KIT_ML], ids=lambda r: r.name)
def test_a_slot_is_one_joint(representation):
    """Positions, rotations and velocities of a slot belong to the same joint; only the root has no position."""
    for slot in pose_map.feature_of_place(representation):
        if (slot == pose_map.EMPTY).all():
            continue
        joint = (slot[9] - representation.velocities.start) // 3
        if joint:
            assert list(slot[:3]) == [representation.positions.start + 3 * (joint - 1) + i for i in range(3)]
            assert list(slot[3:9]) == [representation.rotations.start + 6 * (joint - 1) + i for i in range(6)]
        else:
            assert list(slot[:4]) == [0, 1, 2, 3]
            assert list(slot[4:9]) == [*range(representation.contacts.start, representation.contacts.stop), -1]


def test_columns_are_parts_of_the_body():
    """The mirror of a column is a column: left limbs against right ones, the trunk against itself."""
    places = pose_map.feature_of_place(HUMANML3D)
    joints = np.where(places[:, 9] < 0, -1, (places[:, 9] - HUMANML3D.velocities.start) // 3).reshape(6, 4)
    columns = {frozenset(column) for column in joints.tolist()}
    mirrored = {frozenset(MIRROR[j] if j >= 0 else -1 for j in column) for column in joints.tolist()}
    assert columns == mirrored


def test_before_training_cells_pass_without_loss():
    network = ResidualVQ2D(CONFIG).eval()
    features, mask = torch.randn(2, 21, 263), torch.ones(2, 21, dtype=torch.bool)
    back = network.from_latent(*network.latent(features, mask))
    torch.testing.assert_close(back[:, :21], features)


def test_a_clip_has_the_same_codes_alone_and_padded_in_a_batch():
    network = trained_looking()
    features, mask = torch.randn(3, 61, 263), torch.zeros(3, 61, dtype=torch.bool)
    lengths = (61, 45, 3)
    for row, frames in enumerate(lengths):
        mask[row, :frames] = True
    codes = network.encode(features, mask)
    assert codes.shape == (3, 16, COLUMNS, 4)
    made = network.decode(codes, 61)
    for row, frames in enumerate(lengths):
        alone = network.encode(features[row : row + 1, :frames], mask[row : row + 1, :frames])
        cells = -(-frames // 4)
        assert alone.shape[1] == cells
        assert alone[0].equal(codes[row, :cells])
        assert (codes[row, cells:] == NO_CODE).all()
        torch.testing.assert_close(network.decode(alone, frames)[0], made[row, :frames], atol=1e-4, rtol=1e-4)


def test_later_frames_change_codes_only_within_reach():
    """One block spans one cell to either side: a change at the end leaves the codes far before it alone."""
    network = trained_looking()
    features, mask = torch.randn(1, 64, 263), torch.ones(1, 64, dtype=torch.bool)
    other = features.clone()
    other[:, 60:] += 3.0
    one, two = network.encode(features, mask), network.encode(other, mask)
    assert one[:, :14].equal(two[:, :14])
    assert not one[:, 15].equal(two[:, 15])


def test_a_code_vector_is_quantised_to_itself():
    codebooks = torch.randn(3, 16, 8)
    assert nearest_codes(codebooks[0], codebooks[0]).equal(torch.arange(16))
    codebooks[1:, 0] = 0.0  # the finer layers can add nothing
    codes = residual_codes(codebooks[0], codebooks)
    assert codes[:, 0].equal(torch.arange(16))
    torch.testing.assert_close(sum_of_codes(codes, codebooks), codebooks[0])


def test_each_layer_shrinks_what_is_left():
    """With a zero vector among its codes, no layer can make any row worse; with many codes most get better."""
    torch.manual_seed(1)
    rows = torch.randn(200, 6)
    codebooks = torch.stack([torch.randn(64, 6) * scale for scale in (1.0, 0.6, 0.4, 0.25)])
    codebooks[:, 0] = 0.0
    codes = residual_codes(rows, codebooks)
    left = [(rows - sum_of_codes(codes[:, :q], codebooks)).norm(dim=1) for q in range(5)]
    for before, after in pairwise(left):
        assert (after <= before + 1e-6).all()
        assert after.mean() < 0.95 * before.mean()


def test_codes_are_the_nearest_by_direct_computation():
    torch.manual_seed(2)
    rows, codebooks = torch.randn(50, 8), torch.randn(2, 16, 8)
    codes = residual_codes(rows, codebooks)
    for row, (first, second) in zip(rows, codes.tolist(), strict=True):
        assert first == min(range(16), key=lambda k: (row - codebooks[0, k]).norm().item())
        rest = row - codebooks[0, first]
        assert second == min(range(16), key=lambda k: (rest - codebooks[1, k]).norm().item())


def test_lookup_sums_the_layers_and_leaves_out_what_has_no_code():
    network = trained_looking()
    codes = torch.randint(0, 16, (2, 3, COLUMNS, 4))
    by_hand = sum(network.codebooks[layer][codes[..., layer]] for layer in range(2))
    torch.testing.assert_close(network.lookup(codes[..., :2]), by_hand)
    codes[..., 2:] = NO_CODE
    torch.testing.assert_close(network.lookup(codes), by_hand)


def test_moving_averages_against_a_direct_computation():
    """Counts and sums kept apart over many steps, as van den Oord et al. write them."""
    torch.manual_seed(3)
    book, uses, decay = torch.randn(5, 4), torch.full((5,), 2.0), 0.9
    counts, sums = uses.clone().double(), (book * uses[:, None]).double()
    for _ in range(20):
        rows, codes = torch.randn(12, 4), torch.randint(0, 4, (12,))  # code 4 is never used
        book, uses = averaged(book, uses, rows, codes, decay)
        for k in range(5):
            mine = rows[codes == k].double()
            counts[k] = decay * counts[k] + (1 - decay) * len(mine)
            sums[k] = decay * sums[k] + (1 - decay) * mine.sum(dim=0)
    torch.testing.assert_close(uses.double(), counts, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(book.double(), sums / counts[:, None], atol=1e-5, rtol=1e-5)


def test_dead_codes_come_back_among_the_data():
    torch.manual_seed(4)
    rows = torch.randn(64, 3) + 10.0
    book, uses = torch.zeros(8, 3), torch.zeros(8)
    book[0], uses[0] = rows.mean(dim=0), 8.0
    candidates = torch.arange(8) * 5
    revived_book, revived_uses = revived(book, uses, rows, candidates, share=0.1)
    assert revived_book[0].equal(book[0])  # in use: left alone
    assert revived_book[1:].equal(rows[candidates[1:]])
    assert len(nearest_codes(rows, book).unique()) == 1
    assert len(nearest_codes(rows, revived_book).unique()) == 8
    assert (revived_uses == 8.0).all()
    again, _ = revived(revived_book, revived_uses, rows + 1.0, candidates, share=0.1)
    assert again.equal(revived_book)  # what was just revived gets its time


def test_moving_averages_and_revival_settle_on_well_separated_clusters():
    torch.manual_seed(5)
    centres = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]])
    book, uses = torch.zeros(4, 2), torch.zeros(4)
    for _ in range(300):
        rows = (centres[:, None] + 0.1 * torch.randn(4, 16, 2)).flatten(0, 1)
        book, uses = revived(book, uses, rows, torch.randint(0, 64, (4,)), share=0.2)
        book, uses = averaged(book, uses, rows, nearest_codes(rows, book), 0.95)
    assert torch.cdist(centres, book).min(dim=1).values.max() < 3.0


def test_a_checkpoint_comes_back_in_half_precision(tmp_path):
    network = trained_looking()
    mean, std = torch.randn(263), torch.rand(263) + 0.1
    save_rvq(RVQCheckpoint(network, mean, std, 7), tmp_path / "rvq.safetensors")
    back = load_rvq(tmp_path / "rvq.safetensors")
    assert (back.step, back.network.config) == (7, CONFIG)
    assert back.mean.equal(mean)
    assert back.std.equal(std)
    torch.testing.assert_close(back.network.codebooks, network.codebooks, atol=1e-3, rtol=1e-3)
    codes = torch.randint(0, 16, (1, 5, COLUMNS, 4))
    torch.testing.assert_close(back.network.decode(codes, 20), network.decode(codes, 20), atol=0.05, rtol=0.02)


def test_another_networks_file_is_refused(tmp_path):
    from reprise.models.contrastive import ContrastiveConfig, ContrastiveModel
    from reprise.models.contrastive_checkpoint import ContrastiveCheckpoint, save_contrastive

    network = ContrastiveModel(ContrastiveConfig(latent=32, feed_forward=32, embedding=8, text_dimension=16))
    path = tmp_path / "other.safetensors"
    save_contrastive(ContrastiveCheckpoint(network, torch.zeros(263), torch.ones(263), "words", 1), path)
    with pytest.raises(RepriseError, match="is reprise-contrastive-1, not reprise-rvq-1"):
        load_rvq(path)
