"""What a model file is, by its first bytes: llama.cpp's own complaints help nobody who mistook one for another."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from bot.errors import ModelFileError

_MODEL, _MMPROJ = "LOOKSEE_MODEL__PATH", "LOOKSEE_MODEL__MMPROJ_PATH"
_VERSIONS = (2, 3)
_STRING, _ARRAY = 8, 9
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_LONGEST = 1 << 28  # bytes or items: more than that in one value is damage


def check_model_files(model: Path, mmproj: Path) -> None:
    """Raise ModelFileError, with the variable to change and what to put there, unless the two are a text model and a
    vision part. Their tensors are not looked at."""
    found = _architecture(model, _MODEL, "the text model")
    if found == "clip":
        raise ModelFileError(
            f"{_MODEL} points to {model}, which is a vision part (mmproj). Put the text model there, and the mmproj "
            f"file into {_MMPROJ}."
        )
    found = _architecture(mmproj, _MMPROJ, "the mmproj file of the same model")
    if found != "clip":
        raise ModelFileError(
            f"{_MMPROJ} points to {mmproj}, which is a text model ({found}). Put the mmproj file of the same model "
            f"there; its name usually begins with mmproj."
        )


def _architecture(path: Path, variable: str, wanted: str) -> str:
    try:
        with path.open("rb") as file:
            return _read_architecture(file, f"{variable} points to {path}", wanted)
    except FileNotFoundError:
        raise ModelFileError(
            f"{variable} points to {path}, which does not exist. Put the path of {wanted} there, a GGUF file."
        ) from None
    except OSError as error:
        raise ModelFileError(
            f"{variable} points to {path}, which cannot be read ({error.strerror}). Put the path of {wanted} there, a "
            f"GGUF file that this user may read."
        ) from None


def _read_architecture(file: BinaryIO, where: str, wanted: str) -> str:
    magic = file.read(4)
    if magic != b"GGUF":
        raise ModelFileError(f"{where}, which is {_looks_like(magic)}. Put the path of {wanted} there, a GGUF file.")
    try:
        version, _, pairs = struct.unpack("<IQQ", _exactly(file, 20))
        if version not in _VERSIONS:
            raise ModelFileError(f"{where}, a GGUF file of version {version}. Get {wanted} in GGUF version 3.")
        for _ in range(pairs):
            key = _string(file)
            (kind,) = struct.unpack("<I", _exactly(file, 4))
            if key == b"general.architecture" and kind == _STRING:
                return _string(file).decode("utf-8", "replace")
            _skip(file, kind)
    except EOFError:
        raise ModelFileError(f"{where}, which is damaged or was cut short. Download {wanted} again.") from None
    raise ModelFileError(f"{where}, a GGUF file that holds no model. Put the path of {wanted} there.")


def _looks_like(magic: bytes) -> str:
    if not magic:
        return "empty"
    if magic == b"vers":
        return "a Git LFS pointer instead of the file itself (run `git lfs pull`)"
    if magic[:1] == b"<":
        return "a web page, not a model (the download went wrong)"
    return "not a GGUF file"


def _exactly(file: BinaryIO, size: int) -> bytes:
    data = file.read(size) if size <= _LONGEST else b""
    if len(data) < size:
        raise EOFError
    return data


def _string(file: BinaryIO) -> bytes:
    (size,) = struct.unpack("<Q", _exactly(file, 8))
    return _exactly(file, size)


def _skip(file: BinaryIO, kind: int) -> None:
    if kind == _STRING:
        _string(file)
    elif kind == _ARRAY:
        item, count = struct.unpack("<IQ", _exactly(file, 12))
        if item == _STRING and count <= _LONGEST:
            for _ in range(count):
                _string(file)
        else:
            _exactly(file, count * _SIZES.get(item, _LONGEST + 1))
    else:
        _exactly(file, _SIZES.get(kind, _LONGEST + 1))
