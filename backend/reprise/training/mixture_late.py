"""The late weights learnt end to end (ReMoDiffuse, section 3.4): Adam on the FID through the sampler's last steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from reprise.diffusion.mixture import Weights
from reprise.models.contrastive_checkpoint import ContrastiveCheckpoint
from reprise.models.semantics_modulated_transformer import SemanticsModulatedTransformer

from .frechet import Gaussian, frechet_distance
from .prompted import Prompted, sampled_from


@dataclass(frozen=True)
class Step:
    """One iteration: the weights (both, text, references), their FID, and its slopes."""

    weights: Weights
    fid: float
    slopes: Weights


@dataclass(frozen=True)
class LateObjective:
    """The FID of motions finished from `noisy` (x_t of each of the `prompts`) as a function of the late weights.

    `mean` and `std` (263,) are the generator's; `timesteps` the sampler's last ones.
    """

    network: SemanticsModulatedTransformer
    mean: Tensor
    std: Tensor
    contrastive: ContrastiveCheckpoint
    real: Gaussian
    prompts: Sequence[Prompted]
    noisy: Sequence[Tensor]
    timesteps: Sequence[int]

    def measured(self, weights: Weights) -> Step:
        """FID and slopes. The FID joins all motions, but an embedding depends on its own motion alone.

        So the slopes with respect to the embeddings come first, and each batch's part of the chain rule afterwards:
        memory holds one batch's graph, and the result is exact (Gao et al., 2021, cache gradients likewise).
        """
        with torch.no_grad():
            rows = torch.cat(
                [self._embedded(i, torch.tensor(weights, dtype=torch.float64)) for i in range(len(self.prompts))]
            )
        rows.requires_grad_()
        fid = frechet_distance(rows, self.real)
        slopes = torch.autograd.grad(fid, rows)[0].split([len(prompts.seeds) for prompts in self.prompts])
        leaf = torch.tensor(weights, dtype=torch.float64, requires_grad=True)
        for i, part in enumerate(slopes):
            torch.autograd.backward(self._embedded(i, leaf), part)
        assert leaf.grad is not None  # noqa: S101 -- there is a batch
        return Step(weights, float(fid.detach()), _three(leaf.grad))

    def _embedded(self, i: int, weights: Tensor) -> Tensor:
        prompts, noisy = self.prompts[i], self.noisy[i]
        four = torch.cat((weights, 1.0 - weights.sum(dim=0, keepdim=True))).to(noisy)
        x0 = sampled_from(self.network, prompts, noisy, four, self.timesteps)
        normalized = (x0 * self.std + self.mean - self.contrastive.mean) / self.contrastive.std
        return self.contrastive.network.motion(normalized, prompts.mask)


def learnt(
    objective: LateObjective,
    start: Weights,
    iterations: int,
    learning_rate: float,
    done: Sequence[Step],
    on_step: Callable[[Step], None],
) -> list[Step]:
    """All steps of Adam from `start`; `done` are those that a run before made, and are not computed again."""
    weights = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    adam = torch.optim.Adam([weights], learning_rate)
    steps = list(done[:iterations])
    for i in range(iterations):
        if i == len(steps):
            steps.append(objective.measured(_three(weights)))
            on_step(steps[i])
        weights.grad = torch.tensor(steps[i].slopes, dtype=torch.float64)
        adam.step()
    return steps


def _three(values: Tensor) -> Weights:
    both, text, references = values.tolist()
    return both, text, references
