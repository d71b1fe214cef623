"""The process that decodes strangers' pictures: ``python -m bot.decoding.worker MEMORY SECONDS``.

Its standard input is its end of a socket pair, over which it gets pictures, one at a time, and gives pixels back
(`bot.decoding.frames`). It ends when the bot is gone, be it killed, and the system ends it when a picture takes more
than MEMORY bytes (beside the file itself) or SECONDS, whether anybody waits for that picture or not.
"""

from __future__ import annotations

import contextlib
import math
import resource
import signal
import socket
import sys
import time
import warnings
from typing import BinaryIO

# Before the first picture, so that none waits for them. Other formats stay unknown here.
from PIL import (  # noqa: F401
    GifImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from bot.decoding.frames import LENGTH, READY, Task, refusal, result, task_from
from bot.errors import PictureBrokenError
from bot.images import decode

_GRACE = 2
"""Seconds beyond the limit that the bot keeps itself."""
_FILES = 32


def main() -> None:
    """Decode what comes, until nothing comes any more."""
    memory, seconds = int(sys.argv[1]), float(sys.argv[2])
    warnings.simplefilter("ignore")  # what a stranger's file is like is not for the log
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES, _FILES))
    end = socket.socket(fileno=0)
    with contextlib.suppress(ConnectionError), end.makefile("rb") as requests, end.makefile("wb") as replies:
        replies.write(READY)
        replies.flush()
        while head := requests.read(LENGTH.size):
            task = task_from(requests.read(*LENGTH.unpack(head)))
            _limit(memory + task.size, seconds)
            _serve(task, requests, replies)
            signal.alarm(0)


def _serve(task: Task, requests: BinaryIO, replies: BinaryIO) -> None:
    data = requests.read(task.size)
    if len(data) < task.size:  # the bot is gone
        return
    try:
        picture = decode(data, task.kind, task.limits)
    except PictureBrokenError as error:
        replies.write(refusal(error))
    else:
        replies.write(result(picture))
        replies.write(picture.tobytes())
    replies.flush()


def _limit(memory: int, seconds: float) -> None:
    """From here on, be ended for taking more. What is exceeded ends the process, but for memory: then an allocation
    fails, which the decoders report."""
    if sys.platform == "linux":  # elsewhere the address space has no limit that is kept
        _soften(resource.RLIMIT_AS, memory)
    _soften(resource.RLIMIT_CPU, math.ceil(time.process_time() + seconds))
    signal.alarm(math.ceil(seconds) + _GRACE)


def _soften(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


if __name__ == "__main__":
    main()
