"""A network whose layers run through torch.compile."""

from __future__ import annotations

import os
import shutil

from reprise_core.errors import RepriseError

from .semantics_modulated_transformer import SemanticsModulatedTransformer

_COMPILERS = ("g++", "clang++", "cl")  # of which torch takes what it finds


def require_compiler() -> None:
    """Raises `RepriseError` where torch would find no C++ compiler, after minutes and in pages."""
    named = os.environ.get("CXX")
    if not any(map(shutil.which, (named,) if named else _COMPILERS)):
        sentence = f"Compiling needs a C++ compiler, and there is none ({named or ', '.join(_COMPILERS)})."
        raise RepriseError("no_compiler", sentence, "Install one, or leave compile out.")


def compile_layers(network: SemanticsModulatedTransformer) -> None:
    """Each layer on its own: those of one kind share their code, so that more of them take no longer to compile.

    The objective as a whole holds every layer again for each group of references, and takes a quarter of an hour.
    """
    for layer in (*network.reference_layers, *network.layers):
        layer.compile(dynamic=True)
