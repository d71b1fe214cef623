"""A decoding process that something has taken over: it says one of `LIES` when it gets a picture.

``python -m tests.test_images.liar NUMBER SECONDS``"""

from __future__ import annotations

import contextlib
import json
import pickle
import socket
import struct
import sys
from pathlib import Path

from bot.decoding.frames import READY


class _Mischief:
    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (Path("unpickled"),))


def frame(value: object) -> bytes:
    """A reply with its length."""
    text = json.dumps(value).encode()
    return struct.pack(">I", len(text)) + text


LIES = {
    "nothing": b"",
    "half a length": b"\x00",
    "a long reply": struct.pack(">I", 2**32 - 1) + b"[" * 100_000,
    "deep": struct.pack(">I", 4000) + b"[" * 4000,
    "no JSON": struct.pack(">I", 4) + b"\xff\x00{}",
    "a pickle": (lambda data: struct.pack(">I", len(data)) + data)(pickle.dumps(_Mischief())),
    "far too wide": frame({"width": 1 << 20, "height": 1 << 20}) + bytes(100_000),
    "too many": frame({"width": 4096, "height": 4096}) + bytes(4096 * 4096 * 3),
    "no patches": frame({"width": 33, "height": 32}) + bytes(33 * 32 * 3),
    "negative": frame({"width": -32, "height": -32}) + bytes(32 * 32 * 3),
    "no numbers": frame({"width": "32", "height": 32.0}) + bytes(32 * 32 * 3),
    "truths": frame({"width": True, "height": True}) + bytes(3),
    "more than pixels": frame({"width": 32, "height": 32, "media_type": "text/html"}) + bytes(32 * 32 * 3),
    "another error": frame({"SystemExit": "x"}),
    "no words": frame({"broken": {"a": 1}}),
    "two refusals": frame({"broken": "x", "dimensions": "x"}),
    "a list": frame([1, 2]),
    "half the pixels": frame({"width": 64, "height": 64}) + bytes(64 * 64),
}


def main() -> None:
    """Be ready, wait for a picture, lie."""
    end = socket.socket(fileno=0)
    end.sendall(READY)
    end.recv(1 << 20)
    with contextlib.suppress(ConnectionError):
        end.sendall(list(LIES.values())[int(sys.argv[1])])


if __name__ == "__main__":
    main()
