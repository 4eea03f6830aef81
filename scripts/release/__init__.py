"""Makes what is released: the wheel `reprise`, the extension's zip and the index of an extension repository.

The same commit gives the same bytes, whenever and wherever it is built.
"""
