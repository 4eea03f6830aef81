"""What the user sees. Drawing reads state and does nothing else."""
