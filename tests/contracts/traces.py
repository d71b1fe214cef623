"""Looking for what must not be found: words and bytes, in every form in which a file could hold them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

PIECE = 24
"""Bytes of a picture that tell it from everything else."""


def forms(text: str) -> dict[str, bytes]:
    """A text as UTF-8 and UTF-16, escaped as in JSON and in addresses, and in base64."""
    plain = text.encode()
    found = {
        "utf-8": plain,
        "utf-16-le": text.encode("utf-16-le"),
        "utf-16-be": text.encode("utf-16-be"),
        "json": json.dumps(text)[1:-1].encode(),
        "url": quote(text, safe="").encode(),
    }
    # Where it stands in something longer, its bytes begin at one of three places of a group of base64.
    for shift in range(3):
        inner = base64.b64encode(b"\0" * shift + plain)[(0, 2, 3)[shift] :].rstrip(b"=")
        found[f"base64+{shift}"] = inner[: len(inner) // 4 * 4 - 4] if len(inner) > 12 else inner
    return found


def pieces(data: bytes) -> dict[str, bytes]:
    """Parts of a picture, close enough to each other that no page of a database can hold one between two of them."""
    return {f"byte {at}": data[at : at + PIECE] for at in range(0, len(data) - PIECE, 100)}


def traces(folder: Path, words: Iterable[str] = (), pictures: Iterable[bytes] = ()) -> list[str]:
    """Where in the files under a folder any of it is."""
    wanted = [(f"{word!r} as {name}", form) for word in words for name, form in forms(word).items()]
    wanted += [
        (f"picture {n}, {name}", piece) for n, data in enumerate(pictures) for name, piece in pieces(data).items()
    ]
    return [
        f"{file.relative_to(folder)}: {what}"
        for file, content in _contents(folder)
        for what, form in wanted
        if form in content
    ]


def _contents(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            yield file, file.read_bytes()
