"""babycat's numbers for what decodes. This library has one decoder for each format, which 0 and 1 stand for."""

DEFAULT_DECODING_BACKEND = 0
DECODING_BACKEND_SYMPHONIA = 1
DECODING_BACKEND_FFMPEG = 2
"""Not there: asking for it raises :class:`~ondes.exceptions.FeatureNotCompiled`."""
