"""The motion library (one SQLite file) and hybrid retrieval from it.

schema, connections     the tables and their versions; opening the file to read or to change it
store                   `Library`: reading; `current` for programs that run on while others write
rows, writing, adding   clips into tables: a library whole, or bit by bit; `sources` says from what
contributing, own       clips from a service's users, into their own library
captioning, encoding    editing captions; sentence features and pictures; `reference_features` of networks
selection, search       which clips are meant; finding them by words and meaning
exporting, merging      a folder of files and back; one library into another
verify                  everything that is damaged
retrieval               ranks clips by Equation 4 (`index`, `equation4`, `ranking`, `filters`, `faiss_search`)
"""
