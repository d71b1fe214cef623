"""Files as somebody would make them who means harm, and as bad connections make them."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from PIL import Image

from tests.test_images.samples import noise, quarters, save

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, 0x8000_0000)
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG, its checksum right."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *chunks: bytes, depth: int = 8, colour: int = 2, interlaced: bool = False) -> bytes:
    """A PNG of these chunks, whatever they are."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    return SIGNATURE + chunk(b"IHDR", header) + b"".join(chunks) + chunk(b"IEND", b"")


def interlaced(picture: Image.Image) -> bytes:
    """An interlaced PNG, which Pillow reads but does not write."""
    rows = bytearray()
    for left, top, across, down in _ADAM7:
        for y in range(top, picture.height, down):
            pixels = [picture.getpixel((x, y)) for x in range(left, picture.width, across)]
            if pixels:
                rows += b"\x00" + b"".join(bytes(pixel) for pixel in pixels)  # type: ignore[arg-type]
    return png(*picture.size, chunk(b"IDAT", zlib.compress(bytes(rows))), interlaced=True)


def slow_jpeg(size: tuple[int, int], scans: int) -> bytes:
    """A progressive JPEG that refines itself `scans` times: its few bytes keep a decoder busy as long as one likes."""
    data = save(Image.new("L", size, 7), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * scans + data[-2:]


def originals() -> dict[str, bytes]:
    """Good files of every sort, from which bad ones are made."""
    picture = Image.blend(quarters((72, 48)), noise((72, 48)), 0.2)
    frames = {"save_all": True, "append_images": [quarters((72, 48)), noise((72, 48))]}
    found = {f"PNG {mode}": save(picture.convert(mode), "PNG") for mode in ("1", "L", "LA", "P", "RGB", "RGBA")}
    found["PNG 16 bits"] = save(Image.frombytes("I;16", (72, 48), random.Random(2).randbytes(72 * 48 * 2)), "PNG")
    found["PNG transparent palette"] = save(picture.quantize(8), "PNG", transparency=3)
    found["PNG interlaced"] = interlaced(picture)
    found["PNG animated"] = save(picture, "PNG", **frames)
    found["PNG 16 bits a colour"] = png(
        72, 48, chunk(b"IDAT", zlib.compress((b"\x00" + b"\x80\x01" * 216) * 48)), depth=16
    )
    turned = Image.Exif()
    turned[0x0112] = 6
    found["PNG turned"] = save(picture, "PNG", exif=turned)
    found["WEBP turned"] = save(picture, "WEBP", exif=turned)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        found[f"JPEG turned {orientation}"] = save(picture, "JPEG", exif=exif, quality=80)
    found["JPEG progressive"] = save(picture, "JPEG", progressive=True)
    found["JPEG CMYK"] = save(picture.convert("CMYK"), "JPEG")
    found["JPEG grey"] = save(picture.convert("L"), "JPEG")
    found["JPEG with others behind it"] = save(picture, "MPO", **frames)
    webp: dict[str, dict[str, Any]] = {"lossy": {"quality": 60}, "lossless": {"lossless": True}, "animated": frames}
    found |= {f"WEBP {name}": save(picture, "WEBP", **options) for name, options in webp.items()}
    found["WEBP transparent"] = save(picture.convert("RGBA"), "WEBP", exact=True, lossless=True)
    found["GIF"] = save(picture, "GIF")
    found["GIF interlaced"] = save(picture, "GIF", interlace=True)
    found["GIF animated"] = save(picture, "GIF", duration=50, disposal=2, **frames)
    found["GIF transparent"] = save(picture.quantize(8), "GIF", transparency=0)
    return found


def bombs() -> dict[str, bytes]:
    """Few bytes that promise, or hold, very much."""
    nothing = chunk(b"IDAT", zlib.compress(b"\x00" * 100))
    row = zlib.compress(b"\x00" * 40_000_000, 9)
    gif = bytearray(save(quarters((64, 64)), "GIF"))
    gif[6:10] = struct.pack("<HH", 65_535, 65_535)
    jpeg = bytearray(save(quarters((64, 64)), "JPEG"))
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = struct.pack(">HH", 65_535, 65_535)
    canvas = struct.pack("<I", 16_383 - 1)[:3]
    extended = b"VP8X" + struct.pack("<I", 10) + b"\x10\x00\x00\x00" + 2 * canvas
    inner = save(quarters((64, 64)), "WEBP", lossless=True)[12:]
    found = {f"PNG {w} x {h}": png(w, h, nothing) for w, h in ((65_535, 65_535), (2**31 - 1, 1), (0, 0), (1, 40_001))}
    found["PNG of 49 million pixels, all there"] = save(Image.new("RGBA", (7000, 7000)), "PNG", compress_level=1)
    found["PNG of 49 million pixels, missing"] = png(7000, 7000, nothing, colour=6)
    found["PNG with more than its pixels"] = png(64, 64, chunk(b"IDAT", row))
    found["PNG with a long text"] = png(64, 64, chunk(b"zTXt", b"a\x00\x00" + row), nothing)
    found["PNG with a long profile"] = png(64, 64, chunk(b"iCCP", b"a\x00\x00" + row), nothing)
    found["PNG of many empty chunks"] = png(64, 64, *([chunk(b"IDAT", b"")] * 50_000))
    many = [Image.new("P", (64, 64), number % 256) for number in range(2000)]
    found["GIF of many frames"] = save(many[0], "GIF", save_all=True, append_images=many[1:], optimize=False)
    found["PNG as long as it may be, and as narrow"] = save(Image.new("RGB", (10_000, 320)), "PNG")
    found["PNG with a PDF behind it"] = save(quarters((64, 64)), "PNG") + b"%PDF-1.7\n" * 1000
    found["PDF with a PNG in it"] = b"%PDF-1.7\n" + save(quarters((64, 64)), "PNG")
    found["page with a GIF's beginning"] = b"GIF89a<script>alert(1)</script>" + b"\x00" * 500
    found["GIF of a wide screen"] = bytes(gif)
    found["JPEG of a wide frame"] = bytes(jpeg)
    found["JPEG of many coefficients"] = save(Image.new("RGB", (8000, 6000)), "JPEG", progressive=True, subsampling=0)
    found["WEBP of a wide canvas"] = b"RIFF" + struct.pack("<I", 4 + len(extended + inner)) + b"WEBP" + extended + inner
    found["WEBP of 16 million pixels"] = save(Image.new("RGB", (4000, 4000)), "WEBP", method=0)
    return found


def _cut(data: bytes, draw: random.Random) -> bytes:
    return data[: draw.randrange(len(data))]


def _flip(data: bytes, draw: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 5, 30))):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def _header(data: bytes, draw: random.Random) -> bytes:
    """A number near the beginning becomes another, most often an extreme one."""
    changed = bytearray(data)
    for _ in range(draw.randint(1, 3)):
        width, at = draw.choice((1, 2, 4)), draw.randrange(4, min(120, len(data) - 4))
        value = draw.choice((*_EXTREMES, draw.randrange(1 << 32))) & ((1 << 8 * width) - 1)
        changed[at : at + width] = value.to_bytes(width, draw.choice(("big", "little")))
    return bytes(changed)


def _shuffled(data: bytes, draw: random.Random) -> bytes:
    """A piece is doubled, gone, or somewhere else."""
    first, last = sorted(draw.randrange(4, len(data)) for _ in range(2))
    piece, at = data[first:last], draw.randrange(4, len(data))
    rest = data[:first] + data[last:]
    return draw.choice((rest, data[:at] + piece + data[at:], rest[:at] + piece + rest[at:]))


def _checksums(data: bytes) -> bytes:
    """A PNG with the checksums that its chunks ought to have: without them damage is noticed at once."""
    if not data.startswith(SIGNATURE):
        return data
    made, at = bytearray(SIGNATURE), len(SIGNATURE)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        made += chunk(data[at + 4 : at + 8], data[at + 8 : at + 8 + min(length, len(data))])
        at += 12 + length
    return bytes(made)


_DAMAGE: tuple[Callable[[bytes, random.Random], bytes], ...] = (_cut, _flip, _flip, _header, _header, _shuffled)


def damaged(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """So many bad files, each with the name of what it was; some are two at once, one behind or inside another."""
    draw, good = random.Random(seed), originals()
    names, others = list(good), [b"%PDF-1.7\n", b"<html><script>", b"PK\x03\x04", b"GIF89a", b"\xff\xd8\xff", SIGNATURE]
    for number in range(count):
        name = names[number % len(names)]
        data = draw.choice(_DAMAGE)(good[name], draw)
        if draw.random() < 0.1:  # polyglots
            other = draw.choice((*others, good[draw.choice(names)]))
            at = draw.choice((0, len(data), draw.randrange(len(data) + 1)))
            data = data[:at] + other + data[at:]
        yield name, _checksums(data) if draw.random() < 0.7 else data
