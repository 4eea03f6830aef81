"""A process of a training for the tests: DATA OUT; with the made-up encoder, alone or under torchrun."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
from conftest import WordEncoder

from reprise import text
from reprise.training import diffusion

text.load = lambda name="": WordEncoder()
data, out = map(Path, sys.argv[1:])
diffusion.train(data, out, "tiny", ["composed=2"])
