import pytest

from bot.sniff import identify

KINDS = {
    "PNG": b"\x89PNG\r\n\x1a\n....",
    "JPEG": b"\xff\xd8\xff\xe0..JFIF",
    "GIF": b"GIF89a\x01\x00",
    "WEBP": b"RIFF\x24\x00\x00\x00WEBPVP8L",
    "AVI": b"RIFF\x24\x00\x00\x00AVI LIST",
    "WAV": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "HEIC": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
    "AVIF": b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf",
    "MP4": b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2",
    "MOV": b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ",
    "M4A": b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A isom",
    "WebM": b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm",
    "MKV": b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x88matroska",
    "PDF": b"%PDF-1.7\n%",
    "TIFF": b"MM\x00*\x00\x00\x00\x08",
    "BMP": b"BM\x36\x00\x0c\x00\x00\x00\x00\x00\x36\x00\x00\x00",
    "ICO": b"\x00\x00\x01\x00\x01\x00\x10\x10",
    "PSD": b"8BPS\x00\x01",
    "JPEG XL": b"\xff\x0a\xfa\x7f",
    "JPEG 2000": b"\x00\x00\x00\x0cjP  \r\n\x87\n",
    "MP3": b"\xff\xfb\x90\x64\x00",
    "OGG": b"OggS\x00\x02",
    "ZIP": b"PK\x03\x04\x14\x00\x00\x00photo.png",
    "DOCX": b"PK\x03\x04\x14\x00[Content_Types].xml....PK\x03\x04word/document.xml",
    "XLSX": b"PK\x03\x04\x14\x00[Content_Types].xml....PK\x03\x04xl/workbook.xml",
    "Office": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00",
    "SVG": b'<?xml version="1.0"?>\n<!-- logo -->\n<svg xmlns="http://www.w3.org/2000/svg"/>',
    "HTML": b"\xef\xbb\xbf\n<!DOCTYPE html><html><svg></svg>",
    "TXT": "BMW 的订单没有到\n".encode(),
    "": b"\x00\x01\x02\x03\x04\x05\x06\x07\x08",
}


@pytest.mark.parametrize("kind", KINDS)
def test_names_the_kind(kind: str) -> None:
    assert identify(KINDS[kind]) == kind


def test_utf8_text_is_text_even_if_the_head_ends_inside_a_character() -> None:
    assert identify(("a" + "退款" * 2000).encode()) == "TXT"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind])
def test_every_beginning_of_a_file_is_named_or_unknown(kind: str) -> None:
    for length in range(len(KINDS[kind])):
        assert isinstance(identify(KINDS[kind][:length]), str)


def test_nothing_is_nothing() -> None:
    assert identify(b"") == ""
