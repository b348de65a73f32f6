"""``python -m pyjetsim``."""

import sys

from pyjetsim.cli import main

sys.exit(main())
