"""What a network in training makes of a few captions, as a picture."""

from __future__ import annotations

import io

import numpy as np
import torch
from matplotlib import image
from numpy.typing import NDArray

from reprise.diffusion.mixture import Mixture
from reprise.diffusion.schedule import spaced_timesteps
from reprise.features.fusion import decode_generated
from reprise.models.inference import InferenceTransformer
from reprise.models.semantics_modulated_transformer import SemanticsModulatedTransformer
from reprise.rendering import contact_sheet

from .examples import Examples
from .prompted import Prompted, prompted, sampled

_PROMPTS, _STEPS = 6, 50


def sampled_sheet(network: SemanticsModulatedTransformer, mixture: Mixture, examples: Examples) -> NDArray[np.uint8]:
    """Pixels (H, W, 3) of motions for captions spread evenly over the training set: the same ones at every call."""
    dataset = examples.motions.dataset
    own = np.flatnonzero(~examples.motions.mirrored)
    rows = own[np.linspace(0, len(own) - 1, min(_PROMPTS, len(own))).astype(np.intp)]
    was_training, device = network.training, network.reference_in.weight.device
    network.eval()
    with torch.autocast(device.type, enabled=False):
        prompts = prompted(network, examples, rows, seed=0)
        x0 = sampled(InferenceTransformer(network), prompts, mixture, spaced_timesteps(_STEPS)).cpu().numpy()
    network.train(was_training)
    lengths = prompts.mask.sum(dim=1).tolist()
    motions = [
        (caption, decode_generated(one[:length] * dataset.std + dataset.mean, dataset.std))
        for caption, one, length in zip(_captions(examples, prompts), x0, lengths, strict=True)
    ]
    pixels = image.imread(io.BytesIO(contact_sheet.sheets(motions)))
    return (pixels[..., :3] * 255).astype(np.uint8)


def _captions(examples: Examples, prompts: Prompted) -> list[str]:
    """The words that were asked for; a segment's captions stand in the order of its rows of the text features."""
    segments = (examples.motions.dataset.segments[int(examples.motions.rows[row])] for row in prompts.rows)
    places = (list(examples.captions[row]).index(one) for row, one in zip(prompts.rows, prompts.captions, strict=True))
    return [segment.captions[place] for segment, place in zip(segments, places, strict=True)]
