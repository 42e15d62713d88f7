"""Audio files as ``pedalboard.io`` has them: the same names, arguments, shapes and exceptions.

>>> from ondes.io import AudioFile
>>> with AudioFile("song.mp3").resampled_to(22050) as file:
...     with AudioFile("out.flac", "w", file.samplerate, file.num_channels) as out:
...         while file.tell() < file.frames:
...             out.write(file.read(65536))

docs/PYTHON.md tells what is deliberately different.
"""

from ._audio_stream import AudioStream
from ._chain import Chain
from ._file import AudioFile
from ._formats import WriteableAudioFileFlag, get_supported_read_formats, get_supported_write_formats
from ._quality import Quality, Resample
from ._readable import ReadableAudioFile
from ._resampled import ResampledReadableAudioFile
from ._stream_resampler import StreamResampler
from ._writeable import WriteableAudioFile

__all__ = [
    "AudioFile",
    "AudioStream",
    "Chain",
    "Quality",
    "ReadableAudioFile",
    "Resample",
    "ResampledReadableAudioFile",
    "StreamResampler",
    "WriteableAudioFile",
    "WriteableAudioFileFlag",
    "get_supported_read_formats",
    "get_supported_write_formats",
]
