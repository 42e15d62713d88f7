"""How well a rate is converted, by babycat's numbers; docs/RESAMPLING.md has the measurements.

The names say what babycat uses. Here they choose among the qualities of this
library, and keep their order: 1 is the best, 2 the fastest, 3 in between.
"""

DEFAULT_RESAMPLE_MODE = 0
"""``balanced``."""
RESAMPLE_MODE_LIBSAMPLERATE = 1
"""``best``."""
RESAMPLE_MODE_BABYCAT_LANCZOS = 2
"""``fast``."""
RESAMPLE_MODE_BABYCAT_SINC = 3
"""``balanced``."""
