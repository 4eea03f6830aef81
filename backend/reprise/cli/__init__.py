"""The command line: each module parses for one command, calls what does the work, and prints.

Nothing heavy is imported before a command runs, so that `reprise --help` and every wrong option answer at once.
"""
