"""The arrays in an official SMPL pickle, without running what a pickle may run.

The SMPL and SMPL-H models are Python 2 pickles of NumPy arrays, a SciPy sparse matrix and arrays wrapped by chumpy, a
library that no longer installs. A pickle can name any function and have it called, so only makers of arrays and inert
stand-ins are handed out here; a file that names anything else is refused.
"""

from __future__ import annotations

import io
import pickle
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprise_core.errors import RepriseError


class _Inert:
    """Takes the place of a chumpy or SciPy object: keeps the state that the pickle gives it and does nothing."""

    state: Mapping[str, Any] = {}

    def __setstate__(self, state: object) -> None:
        self.state = state if isinstance(state, dict) else {}


class _Wrapped(_Inert):
    """chumpy.ch.Ch: an array, as `x`."""


class _Selected(_Inert):
    """chumpy.reordering.Select: elements `idxs` of the flattened `a`, as `preferred_shape`."""


class _Compressed(_Inert):
    """A SciPy matrix in compressed columns or rows."""


class _ByColumn(_Compressed): ...


class _ByRow(_Compressed): ...


class _Computed(_Inert):
    """Any other chumpy object: a result that is computed from others, which no body model's own data is."""


def _reconstructor(made: type, *_: object) -> object:
    """What `copyreg._reconstructor` does, for stand-ins only."""
    if not issubclass(made, _Inert):
        raise pickle.UnpicklingError(f"it reconstructs {made.__name__}")
    return made()


# What NumPy's own pickles name makes its arrays; asked of it, since the modules are private and have moved.
_ALLOWED: dict[tuple[str, str], Any] = {
    (module, name): made
    for modules, name, made in (
        (("numpy",), "ndarray", np.ndarray),
        (("numpy",), "dtype", np.dtype),
        (("numpy.core.multiarray", "numpy._core.multiarray"), "_reconstruct", np.zeros(0).__reduce__()[0]),
        (("numpy.core.multiarray", "numpy._core.multiarray"), "scalar", np.float64(0).__reduce__()[0]),
        (("numpy.core.numeric", "numpy._core.numeric"), "_frombuffer", np.zeros(0).__reduce_ex__(5)[0]),
        (("_codecs",), "encode", lambda text, encoding: text.encode("latin1")),  # bytes in protocol 2
        (("copy_reg", "copyreg"), "_reconstructor", _reconstructor),
        (("__builtin__", "builtins"), "object", object),
        (("__builtin__", "builtins"), "set", set),
        (("collections",), "OrderedDict", OrderedDict),
        (("chumpy.ch", "chumpy"), "Ch", _Wrapped),
        (("chumpy.reordering",), "Select", _Selected),
        (("scipy.sparse.csc", "scipy.sparse._csc"), "csc_matrix", _ByColumn),
        (("scipy.sparse.csr", "scipy.sparse._csr"), "csr_matrix", _ByRow),
    )
    for module in modules
}


class _ArraysOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _ALLOWED:
            return _ALLOWED[module, name]
        if module.split(".", maxsplit=1)[0] == "chumpy":
            return _Computed
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")


def read_pickled_arrays(data: bytes, name: str, wanted: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """The `wanted` arrays of a pickled body model; sparse ones dense.

    Raises `RepriseError` naming the file for a pickle that asks for anything but arrays, is broken, or lacks one.
    """
    try:
        content = _ArraysOnly(io.BytesIO(data), encoding="latin1").load()
        if not isinstance(content, dict):
            raise pickle.UnpicklingError("it holds no table of arrays")
        return {key: _array(content[key]) for key in wanted}
    except KeyError as error:
        raise RepriseError("bad_body_model", f"'{name}' has no array {error}.", "It is no SMPL body model.") from error
    except Exception as error:  # a broken pickle may raise whatever the makers of arrays raise
        raise RepriseError(
            "bad_body_model",
            f"'{name}' is no body model that can be read safely ({error}).",
            "Use the model files as their site gives them, .npz where there is one.",
        ) from error


def _array(value: object) -> NDArray[Any]:
    match value:
        case np.ndarray():
            return value
        case _Wrapped():
            return np.asarray(value.state["x"])
        case _Selected():
            return _array(value.state["a"]).ravel()[value.state["idxs"]].reshape(value.state["preferred_shape"])
        case _Compressed():
            return _dense(value)
    raise pickle.UnpicklingError(f"it holds a {type(value).__name__.lstrip('_').lower()} where an array belongs")


def _dense(matrix: _Compressed) -> NDArray[Any]:
    from scipy.sparse import csc_matrix, csr_matrix

    state = matrix.state
    parts = (state["data"], state["indices"], state["indptr"])
    made = csc_matrix if isinstance(matrix, _ByColumn) else csr_matrix
    return made(parts, shape=state.get("_shape", state.get("shape"))).toarray()
