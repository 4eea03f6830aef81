"""Request in, Motion out: the engines behind one interface."""

from __future__ import annotations

from pathlib import Path

from reprise_core.contract import ENGINES
from reprise_core.errors import RepriseError

from .base import Engine

DEVICES = ("auto", "cpu", "cuda", "mps")


def check_engine(name: str) -> None:
    """Raises `RepriseError('bad_engine')` unless there is such an engine."""
    if name not in ENGINES:
        raise RepriseError("bad_engine", f"There is no engine '{name}'.", f"Use one of: {', '.join(ENGINES)}.")


def check_choices(device: str = "auto", precision: str | None = None, mixture: str | None = None) -> None:
    """Raises `RepriseError` unless this machine has the device, and there are such a precision and mixture.

    Nothing is loaded for it; where nothing is chosen, not even torch, which takes seconds to import.
    """
    if device not in ("auto", "cpu"):
        _device(device)
    if precision:
        from .remodiffuse import check_precision

        check_precision(precision)
    if mixture:
        from .remodiffuse import check_mixture

        check_mixture(mixture)


def load(
    engine: str = "remodiffuse",
    *,
    checkpoint: Path | None = None,
    library: Path | None = None,
    retriever: Path | None = None,
    device: str = "auto",
    precision: str | None = None,
    mixture: str | None = None,
    compiled: bool = False,
) -> Engine:
    """A ready engine; without `checkpoint`, `library` and `retriever`, the shipped weights and starter library.

    `precision` (fp32 if not given), `mixture` (the checkpoint's choice if not given) and `compiled` are remodiffuse's:
    see `ReMoDiffuse`. Raises `RepriseError` for an unknown engine or device, a missing or foreign checkpoint or
    library, a library made for another text encoder, and for choices that the engine does not have.
    """
    check_engine(engine)
    import torch

    from reprise import assets, text
    from reprise.models.checkpoint import load_checkpoint
    from reprise.models.remomask_checkpoint import load_remomask

    from .remodiffuse import ReMoDiffuse
    from .remomask import ReMoMask

    chosen = torch.device(_device(device))
    path = checkpoint or _shipped(engine)
    files = (library or assets.LIBRARY, chosen, retriever or assets.RETRIEVER)
    if engine == "remomask":
        if precision or mixture or compiled:
            sentence = "The engine remomask has one precision and no mixture to choose, and is not compiled."
            raise RepriseError("bad_option", sentence, "Leave these options out, or use remodiffuse.")
        masked = load_remomask(path, str(chosen))
        return ReMoMask(masked, text.load(masked.encoder), *files)
    loaded = load_checkpoint(path, str(chosen))
    diffusing = ReMoDiffuse(loaded, text.load(loaded.encoder), *files, precision or "fp32", compiled)
    return diffusing.mixed(mixture) if mixture else diffusing


def _shipped(engine: str) -> Path:
    """The weights that come along; raises `RepriseError('no_weights')` where this installation lacks them."""
    from reprise import assets

    path = assets.CHECKPOINTS[engine]
    if not path.is_file():
        there = [name for name, other in assets.CHECKPOINTS.items() if other.is_file()]
        others = f"Choose another engine ({', '.join(there)}), or install" if there else "Install"
        sentence = f"The weights of the engine {engine} are not installed: {path} is missing."
        raise RepriseError("no_weights", sentence, f"{others} Reprise again.")
    return path


def best_device() -> str:
    """What `auto` means on this machine."""
    there = _devices()
    return next(device for device in ("cuda", "mps", "cpu") if there[device])


def _devices() -> dict[str, bool]:
    import torch

    return {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}


def _device(name: str) -> str:
    if name == "auto":
        return best_device()
    there = _devices()
    if not there.get(name, False):
        what = f"There is no device '{name}' on this machine." if name in DEVICES else f"There is no device '{name}'."
        raise RepriseError("bad_device", what, f"Use one of: auto, {', '.join(key for key in there if there[key])}.")
    return name
