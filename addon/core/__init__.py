"""What both sides share: the contract, the skeleton, Motion and its maths. NumPy and the standard library only."""
