"""`python -m reprise` is the command `reprise`."""

import sys

from reprise.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
