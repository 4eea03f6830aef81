"""What ships with the package: weights and the starter library, each with a card beside it."""

from pathlib import Path

CHECKPOINT = Path(__file__).with_name("remodiffuse-small.safetensors")
CHECKPOINTS = {"remodiffuse": CHECKPOINT, "remomask": Path(__file__).with_name("remomask-small.safetensors")}
CONTRASTIVE = Path(__file__).with_name("contrastive-small.safetensors")  # evaluates and searches; generates nothing
RETRIEVER = Path(__file__).with_name("retriever-small.safetensors")
LIBRARY = Path(__file__).with_name("starter-library.sqlite")
