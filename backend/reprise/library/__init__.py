"""The motion library (one SQLite file) and hybrid retrieval from it.

`store.Library` reads one, `writing` makes and changes one, `from_dataset` and `from_motions` fill one, `retrieval`
ranks its clips.
"""
