"""What ships with the package: the default weights and the starter library (both with a card beside them)."""

from pathlib import Path

CHECKPOINT = Path(__file__).with_name("remodiffuse-small.safetensors")
CHECKPOINTS = {"remodiffuse": CHECKPOINT, "remomask": Path(__file__).with_name("remomask-small.safetensors")}
RETRIEVER = Path(__file__).with_name("retriever-small.safetensors")
LIBRARY = Path(__file__).with_name("starter-library.sqlite")
