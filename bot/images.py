"""Untrusted bytes -> a bounded, upright RGB picture without metadata.

Synchronous: some hundred milliseconds of CPU time a picture, so the caller runs it off the event loop, in as many
threads as it likes. Huge pictures take turns: one takes up to 220 MB of memory meanwhile, and 38 bytes of WebP can hold
one. Strangers' pictures are decoded in a process of their own (`bot.decoding`), with the same result.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import math
import mimetypes
import re
import threading
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from PIL import ExifTags
from PIL import Image as Pillow

from bot.errors import (
    PictureBrokenError,
    PictureDimensionsError,
    PictureError,
    PictureTooLargeError,
    PictureUnsupportedError,
)
from bot.messages import Attachment, Image, ImageRef
from bot.sniff import HEAD, identify

ACCEPTED: Final = ("PNG", "JPEG", "WEBP", "GIF")
PATCH: Final = 32
"""Pixels along the side of one image token: pictures whose sides are multiples of it are not resampled by the model."""
MAX_PIXELS: Final = 50_000_000
HUGE: Final = 12_000_000
"""Pixels above which pictures are decoded one at a time."""
MAX_SIDE: Final = 40_000
MAX_ASPECT: Final = 40
MAX_STORED: Final = 1_000_000
"""Most bytes of a prepared picture's file."""

_DECODERS_MEMORY = 220_000_000
"""Most bytes that a decoder may need; 256 MB have room for it and for what is done with the pixels then."""
_WEBP_PIXEL = 16
"""Bytes that WebP's decoder and what it hands over take for each pixel."""
_BAND = 1_000_000
"""Pixels of a huge picture that are scaled at a time, but for the rows that neighbouring bands share."""

_huge_ones = threading.Lock()
_WHITE = (255, 255, 255)
_QUALITIES = (95, 90, 80, 65, 45, 25, 10, 3)
_UPRIGHT = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}
# Without the machine's own tables, so that a file has the same name everywhere.
_TYPES = mimetypes.MimeTypes(filenames=())


@dataclass(frozen=True, slots=True)
class Limits:
    """`max_bytes` of a file as it arrives; `short_side` (pixels) and `max_tokens` (32x32 pixels each) once prepared."""

    max_bytes: int
    short_side: int
    max_tokens: int


def refuse(attachment: Attachment, limits: Limits) -> PictureError | None:
    """Why an attachment is not worth downloading by what the platform says of it; None if it has to be looked at.

    Whatever claims to be a picture is downloaded, because the bytes decide.
    """
    if attachment.size is not None and attachment.size > limits.max_bytes:
        return PictureTooLargeError(name=attachment.name, limit=limits.max_bytes)
    media_type = attachment.media_type.partition(";")[0].strip().lower()
    if not media_type or media_type.startswith("image/") or media_type == "application/octet-stream":
        return None
    extension = _TYPES.guess_extension(media_type) or PurePath(attachment.name).suffix
    kind = extension.removeprefix(".") or media_type.rpartition("/")[2].removeprefix("x-")
    return PictureUnsupportedError(f"claims to be {media_type}", name=attachment.name, kind=_plain(kind))


def prepare(data: bytes, *, name: str = "", limits: Limits) -> Image:
    """Decode a customer's file and make of it what the model sees and the store keeps.

    The result's sides are multiples of 32. It is scaled down to the limits, never up, its proportions exact: what is
    missing to the next multiple of 32 is white, at the right and below. Raises PictureTooLargeError,
    PictureUnsupportedError, PictureDimensionsError or PictureBrokenError, and nothing else.
    """
    kind = accepted(data, name=name, limits=limits)
    try:
        return finished(decode(data, kind, limits))
    except PictureError as error:
        error.name = name
        raise


def accepted(data: bytes, *, name: str, limits: Limits) -> str:
    """The format of a file, one of `ACCEPTED`, by its first bytes alone. Raises PictureTooLargeError,
    PictureUnsupportedError or PictureBrokenError."""
    if len(data) > limits.max_bytes:
        raise PictureTooLargeError(name=name, limit=limits.max_bytes)
    kind = identify(data[:HEAD])
    if kind not in ACCEPTED:
        raise _unsupported(kind, name)
    return kind


def decode(data: bytes, kind: str, limits: Limits) -> Pillow.Image:
    """What the model sees of a file of one of the accepted formats. Raises PictureDimensionsError or
    PictureBrokenError, and nothing else."""
    try:
        return _decode(data, kind, limits)
    except PictureError:
        raise
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning) as error:
        raise PictureDimensionsError(str(error)) from error
    except MemoryError as error:
        raise PictureDimensionsError("it takes too much memory") from error
    except Exception as error:  # decoders fail with SyntaxError, struct.error, EOFError and others
        raise PictureBrokenError(f"{kind}: {error!r}") from error


def finished(picture: Pillow.Image) -> Image:
    """What the store keeps of a decoded picture. Raises PictureBrokenError."""
    try:
        media_type, stored = _encode(picture)
    except Exception as error:
        raise PictureBrokenError(f"not stored: {error!r}") from error
    return Image(ImageRef(hashlib.sha256(stored).hexdigest(), picture.width, picture.height), media_type, stored)


def fit(width: int, height: int, limits: Limits) -> tuple[int, int]:
    """The largest size, not above `width` x `height` pixels and in the same proportions, that keeps the limits once
    both sides are padded to multiples of 32."""
    short_side = max(limits.short_side // PATCH, 1) * PATCH
    scale = min(1.0, short_side / min(width, height), PATCH * math.sqrt(limits.max_tokens / (width * height)))
    while True:
        # The smallest nudge, so that a scale made from a whole number of patches gives just that.
        size = max(1, math.floor(width * scale + 1e-6)), max(1, math.floor(height * scale + 1e-6))
        columns, rows = _patches(size[0]), _patches(size[1])
        if columns * rows <= limits.max_tokens or columns == rows == 1:
            return size
        # Padding made it too many tokens: on to the next smaller scale at which a side needs one patch less.
        scale = max((columns - 1) * PATCH / width, (rows - 1) * PATCH / height)


def _patches(pixels: int) -> int:
    return -(-pixels // PATCH)


def _unsupported(kind: str, name: str) -> PictureError:
    """The error for bytes that are none of the accepted formats; unrecognised bytes go by the name's extension."""
    kind = kind or _plain(PurePath(name).suffix.removeprefix("."))
    if kind in (*ACCEPTED, "JPG", ""):
        return PictureBrokenError("no known file signature", name=name)
    return PictureUnsupportedError(f"{kind} is not accepted", name=name, kind=kind)


def _plain(kind: str) -> str:
    """A kind taken from a claim, as harmless text."""
    return re.sub(r"[^0-9A-Za-z]", "", kind)[:12].upper()


def _decode(data: bytes, kind: str, limits: Limits) -> Pillow.Image:
    with Pillow.open(io.BytesIO(data), formats=[kind]) as opened:
        # An MPO is a JPEG with further pictures behind it (phones put depth and HDR maps there): the first one counts.
        if opened.format != kind and (kind, opened.format) != ("JPEG", "MPO"):
            raise PictureBrokenError(f"{kind} turned out to be {opened.format}")
        width, height = opened.size
        if not _in_proportion(width, height) or _decoders_memory(opened, kind) > _DECODERS_MEMORY:
            raise PictureDimensionsError(f"{width} x {height} pixels")
        with _huge_ones if width * height > HUGE else contextlib.nullcontext():
            return _render(opened, fit(width, height, limits))


def _decoders_memory(opened: Pillow.Image, kind: str) -> int:
    """Bytes that a decoder will take beside the picture's own pixels, where they are many, from the file's header."""
    pixels = opened.width * opened.height
    if kind == "WEBP":
        return pixels * _WEBP_PIXEL
    if kind == "JPEG" and "progressive" in opened.info:
        # It holds the coefficients of the whole picture, two bytes each, however much the result is scaled down.
        samples = [int(across * down) for _, across, down, _ in getattr(opened, "layer", ())]
        return 2 * pixels * sum(samples) // max(samples, default=1)
    return 0


def _render(opened: Pillow.Image, size: tuple[int, int]) -> Pillow.Image:
    """The first frame, scaled to `size`, upright, on white, padded to multiples of `PATCH`."""
    # A JPEG decodes straight to a half, a quarter or an eighth; twice the size leaves Lanczos enough to work with.
    opened.draft(None, (2 * size[0], 2 * size[1]))
    opened.load()
    turn = _UPRIGHT.get(_orientation(opened))
    colours = _scaled_in_bands(opened, size) if opened.width * opened.height > HUGE else _scaled(opened, size)
    if turn is not None:
        colours = colours.transpose(turn)
    canvas = Pillow.new("RGB", (_patches(colours.width) * PATCH, _patches(colours.height) * PATCH), _WHITE)
    canvas.paste(colours, mask=colours if colours.mode == "RGBA" else None)
    return canvas


def _scaled(
    picture: Pillow.Image, size: tuple[int, int], box: tuple[float, float, float, float] | None = None
) -> Pillow.Image:
    """The colours of `picture`, or of the part of it in `box`, at `size`."""
    colours = _straight_colours(picture)
    return colours if colours.size == size else colours.resize(size, Pillow.Resampling.LANCZOS, box)


def _scaled_in_bands(picture: Pillow.Image, size: tuple[int, int]) -> Pillow.Image:
    """The same as `_scaled` but for rounding, some rows at a time: 50 million pixels of a palette take four times the
    memory as colours."""
    scale = picture.height / size[1]
    margin = math.ceil(3 * scale) + 1  # as far as the filter looks
    rows = max(1, int(_BAND / (picture.width * scale)))
    bands = []
    for top in range(0, size[1], rows):
        bottom = min(top + rows, size[1])
        first = max(0, int(top * scale) - margin)
        last = min(picture.height, math.ceil(bottom * scale) + margin)
        band = picture.crop((0, first, picture.width, last))
        box = (0, top * scale - first, picture.width, min(bottom * scale, picture.height) - first)
        bands.append((top, _scaled(band, (size[0], bottom - top), box)))
    whole = Pillow.new(bands[0][1].mode, size)
    for top, scaled in bands:
        whole.paste(scaled, (0, top))
    return whole


def _in_proportion(width: int, height: int) -> bool:
    short, long = min(width, height), max(width, height)
    return short > 0 and width * height <= MAX_PIXELS and long <= MAX_SIDE and long <= MAX_ASPECT * max(short, PATCH)


def _orientation(picture: Pillow.Image) -> int:
    try:
        return int(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # noqa: BLE001 - a damaged EXIF block does no harm to the pixels
        return 1


def _straight_colours(picture: Pillow.Image) -> Pillow.Image:
    """The first frame as RGB, or as RGBA if anything in it is transparent."""
    if picture.mode.startswith("I"):
        # Pillow clips 16 bits at 255 instead of scaling them, which turns nearly everything white.
        return picture.point(lambda value: value / 257).convert("L").convert("RGB")
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    return picture if picture.mode == mode else picture.convert(mode)


def _encode(picture: Pillow.Image) -> tuple[str, bytes]:
    """Media type and file: lossless if that fits, since compression noise costs legibility, or else the best JPEG."""
    stored = _save(picture, "PNG")
    if len(stored) <= MAX_STORED:
        return "image/png", stored
    for quality in _QUALITIES:
        # Without chroma subsampling, which smears coloured text.
        stored = _save(picture, "JPEG", quality=quality, subsampling=0)
        if len(stored) <= MAX_STORED:
            return "image/jpeg", stored
    raise ValueError(f"{picture.width} x {picture.height} pixels do not fit {MAX_STORED} bytes")


def _save(picture: Pillow.Image, kind: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()
