"""What the user can do: each operator a few lines over `session`."""
