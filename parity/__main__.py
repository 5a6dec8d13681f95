"""`python -m parity`, where the command is not installed."""

import sys

from parity.cli import main

__all__: list[str] = []

sys.exit(main())
