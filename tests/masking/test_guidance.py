"""Guidance: what a scale of nothing is, that both forms agree, and what is computed."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.diffusion.mixture import apply_strengths
from reprise.masking.guidance import Guidance, guided

LOGITS = torch.randn(4, 3, 6, 5, generator=torch.Generator().manual_seed(0))  # of the branches, as in BRANCHES


def branch_logits(use_text, use_references):
    return LOGITS[torch.where(use_text, 0, 2) + torch.where(use_references, 0, 1)]


def logits(weights):
    return guided(weights, branch_logits, torch.device("cpu"))[0]


def test_no_scale_is_the_conditional_model():
    assert logits(Guidance(0.0, 0.0).weights()).equal(LOGITS[0])


@settings(deadline=None)
@given(st.floats(0, 10))
def test_one_scale_is_the_papers_formula(s):
    expected = (1 + s) * LOGITS[0] - s * LOGITS[3]
    torch.testing.assert_close(logits(Guidance(s, s).weights()), expected, atol=1e-4, rtol=1e-4)


@settings(deadline=None)
@given(st.floats(0, 10), st.floats(0, 10))
def test_two_scales_go_from_nothing_to_text_to_both(text, references):
    both, only_text, _, none = LOGITS
    expected = none + (1 + text) * (only_text - none) + (1 + references) * (both - only_text)
    torch.testing.assert_close(logits(Guidance(text, references).weights()), expected, atol=1e-4, rtol=1e-4)


@settings(deadline=None)
@given(st.floats(0, 10), st.floats(0, 10))
def test_strength_nothing_removes_a_condition_exactly(text, references):
    weights = Guidance(text, references).weights()
    nothing = apply_strengths(weights, 0.0, 0.0)
    assert nothing[:3].tolist() == [0, 0, 0]
    assert abs(nothing[3] - 1) < 1e-12
    without_text, without_references = apply_strengths(weights, 0.0, 1.0), apply_strengths(weights, 1.0, 0.0)
    assert without_text[[0, 1]].tolist() == [0, 0]
    assert without_references[[0, 2]].tolist() == [0, 0]
    np.testing.assert_allclose((without_text.sum(), without_references.sum()), 1.0)


def test_only_branches_with_a_weight_are_computed():
    seen = []

    def told(use_text, use_references):
        seen.append(list(zip(use_text.tolist(), use_references.tolist(), strict=True)))
        return branch_logits(use_text, use_references)

    for weights in (Guidance(0.0, 0.0).weights(), Guidance(3.0, 3.0).weights(), Guidance(3.0, 1.0).weights()):
        guided(weights, told, torch.device("cpu"))
    everything, nothing = (True, True), (False, False)
    assert seen == [[everything], [everything, nothing], [everything, (True, False), nothing]]
