"""Makes, updates, repairs and removes the backend's environment. Standard library only; knows nothing of Blender."""
