"""The error that reaches a person says the same after it has crossed to another process."""

import pickle

from reprise_core.errors import RepriseError


def test_a_pickled_error_says_the_same():
    error = RepriseError("bad_seed", "seed is -1.", "Use 0 or more.")
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.to_json(), str(copy)) == (RepriseError, error.to_json(), str(error))
