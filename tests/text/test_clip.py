import numpy as np
import pytest

from reprise import text
from reprise_core.errors import RepriseError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A CLIP of ViT-B/32's layout with tiny random weights and a byte-level vocabulary without merges."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import CLIPConfig, CLIPModel

    folder = tmp_path_factory.mktemp("clip")
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: index for index, token in enumerate([*alphabet, "<|startoftext|>", "<|endoftext|>"])}
    start, end = vocabulary["<|startoftext|>"], vocabulary["<|endoftext|>"]
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<|startoftext|> $A <|endoftext|>", special_tokens=[("<|startoftext|>", start), ("<|endoftext|>", end)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    tower = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = CLIPConfig(
        text_config=tower
        | {"vocab_size": len(vocabulary), "bos_token_id": start, "eos_token_id": end, "projection_dim": 16},
        vision_config=tower | {"image_size": 32, "patch_size": 32, "projection_dim": 16},
        projection_dim=16,
    )
    torch.manual_seed(0)
    CLIPModel(config).save_pretrained(folder)
    return folder


def test_agrees_with_transformers_own_text_features(folder):
    import torch
    from transformers import CLIPModel

    encoder = text.load(str(folder))
    features = encoder.encode(["walk", "a person jumps"])
    assert features.tokens.shape == (2, 77, 16)
    assert features.mask.sum(axis=1).tolist() == [4 + 2, 14 + 2]

    model = CLIPModel.from_pretrained(folder).eval()
    for row, sentence in enumerate(["walk", "a person jumps"]):
        ids = torch.tensor([encoder._tokenizer.encode(sentence).ids])
        with torch.no_grad():
            output = model.text_model(ids)
            pooled = torch.nn.functional.normalize(model.text_projection(output.pooler_output), dim=-1)[0]
        np.testing.assert_allclose(features.tokens[row, : ids.shape[1]], output.last_hidden_state[0], atol=1e-5)
        np.testing.assert_allclose(features.sentence[row], pooled, atol=1e-5)
        assert not features.tokens[row, ids.shape[1] :].any()


def test_another_size_has_another_name(folder):
    assert text.load(str(folder)).name == "clip-16x2x2x16"


def test_long_text_is_cut_before_the_end_of_text(folder):
    features = text.load(str(folder)).encode(["x" * 200])
    assert features.mask.all()


def test_incomplete_folder(folder, tmp_path):
    (tmp_path / "config.json").write_bytes((folder / "config.json").read_bytes())
    with pytest.raises(RepriseError, match=r"holds no tokenizer\.json"):
        text.load(str(tmp_path))


def test_broken_weights(folder, tmp_path):
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(RepriseError) as error:
        text.load(str(tmp_path))
    assert error.value.code == "bad_weights"
