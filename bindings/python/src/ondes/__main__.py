"""``python -m ondes`` is the command ``ondes``."""

import sys

from .cli import main

sys.exit(main())
