"""`inside/` is for Pythons that have bpy; elsewhere pytest must not collect it."""

import importlib.util
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
collect_ignore = [] if importlib.util.find_spec("bpy") else ["inside"]
