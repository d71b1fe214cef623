"""What kind of file some bytes are, by their first bytes: names, not decisions.

A table, because no library fits: the kept-up ones need Python 3.12 or libmagic on the machine. It covers the four
formats that are decoded, and what people send by mistake, under the name that they know it by.
"""

from __future__ import annotations

import codecs
import re

HEAD = 4096
"""As many bytes from the beginning of a file as `identify` looks at."""

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"GIF87a", "GIF"),
    (0, b"GIF89a", "GIF"),
    (0, b"%PDF-", "PDF"),
    (0, b"II*\x00", "TIFF"),
    (0, b"MM\x00*", "TIFF"),
    (0, b"II+\x00", "TIFF"),
    (0, b"MM\x00+", "TIFF"),
    (0, b"\x00\x00\x01\x00", "ICO"),
    (0, b"8BPS", "PSD"),
    (0, b"\xff\x0a", "JPEG XL"),
    (0, b"\x00\x00\x00\x0cJXL \r\n\x87\n", "JPEG XL"),
    (0, b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000"),
    (0, b"\x1aE\xdf\xa3", "MKV"),
    (0, b"FLV\x01", "FLV"),
    (0, b"\x00\x00\x01\xba", "MPEG"),
    (0, b"\x00\x00\x01\xb3", "MPEG"),
    (0, b"OggS", "OGG"),
    (0, b"fLaC", "FLAC"),
    (0, b"ID3", "MP3"),
    (0, b"#!AMR", "AMR"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office"),
    (0, b"{\\rtf", "RTF"),
    (0, b"%!PS", "PostScript"),
    (0, b"Rar!\x1a\x07", "RAR"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"\x1f\x8b", "GZIP"),
    (257, b"ustar", "TAR"),
    (0, b"MZ", "EXE"),
    (0, b"\x7fELF", "ELF"),
    (0, b"bplist00", "PLIST"),
    (0, b"\xff\xfe", "TXT"),
    (0, b"\xfe\xff", "TXT"),
)
_RIFF = {b"WEBP": "WEBP", b"AVI ": "AVI", b"WAVE": "WAV"}
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_ZIP_CONTENT = ((b"word/", "DOCX"), (b"xl/", "XLSX"), (b"ppt/", "PPTX"), (b"AndroidManifest.xml", "APK"))
_CONTROL = frozenset(range(0x20)) - frozenset(b"\t\n\f\r\x1b")


def identify(head: bytes) -> str:
    """The kind of file that begins with `head` (up to `HEAD` bytes): ``PNG``, ``JPEG``, ``WEBP`` and ``GIF`` are what
    Pillow calls them; other kinds have the name people know; "" means that nothing is recognised."""
    head = head[:HEAD]
    for offset, signature, kind in _SIGNATURES:
        if head.startswith(signature, offset):
            return _matroska(head) if kind == "MKV" else kind
    return _container(head) or _text(head)


def _matroska(head: bytes) -> str:
    return "WebM" if b"webm" in head[:64] else "MKV"


def _container(head: bytes) -> str:
    """Formats whose kind stands some bytes into the file."""
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        return _iso_media(head)
    if head[4:8] in (b"moov", b"mdat", b"wide", b"free") and len(head) >= 16:
        return "MOV"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return next((kind for mark, kind in _ZIP_CONTENT if mark in head), "ZIP")
    # Two letters alone would make a bitmap of any text about BMW: the reserved bytes are zero in a real one.
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return "BMP"
    if len(head) >= 4 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06:
        return "MP3"
    return ""


def _iso_media(head: bytes) -> str:
    """Kinds that share the ISO media container, by the brands in its first box."""
    length = min(int.from_bytes(head[:4], "big"), 256)
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, length, 4))]
    if not _AVIF_BRANDS.isdisjoint(brands):
        return "AVIF"
    if not _HEIC_BRANDS.isdisjoint(brands):
        return "HEIC"
    if brands[0] == b"qt  ":
        return "MOV"
    return "M4A" if brands[0].startswith(b"M4A") else "MP4"


def _text(head: bytes) -> str:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "HTML"
    if not start or not _CONTROL.isdisjoint(head):
        return ""
    try:
        # Incrementally, because the head may end in the middle of a character.
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return ""
    return "SVG" if re.search(rb"<svg[\s>]", start) else "TXT"
