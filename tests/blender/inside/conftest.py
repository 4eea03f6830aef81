"""`pytest tests/blender/inside` in a Python that has bpy."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
