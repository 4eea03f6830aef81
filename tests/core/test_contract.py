"""What a request may be, where that is more than one value's range."""

import pytest

from reprise_core.contract import MAX_SEED, Request
from reprise_core.errors import RepriseError


def test_the_last_take_has_a_seed_that_can_be_asked_for_again():
    request = Request("walks", seed=MAX_SEED - 2, count=3)
    assert Request("walks", seed=request.seed + request.count - 1).seed == MAX_SEED
    with pytest.raises(RepriseError, match=f"seed is {MAX_SEED - 1}. It must be .* to {MAX_SEED - 2}"):
        Request("walks", seed=MAX_SEED - 1, count=3)
