"""Motion as pictures: contact sheets (PNG) and films (MP4) of a figure made of capsules."""
