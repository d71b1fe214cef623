import hashlib
import random
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageCms, PngImagePlugin

from bot.errors import (
    PictureBrokenError,
    PictureDimensionsError,
    PictureError,
    PictureTooLargeError,
    PictureUnsupportedError,
)
from bot.images import HUGE, MAX_STORED, Limits, prepare, refuse
from bot.messages import Attachment
from tests.test_images.samples import (
    BLUE,
    DEFAULTS,
    GREEN,
    RED,
    YELLOW,
    corners,
    near,
    noise,
    open_again,
    quarters,
    save,
    screenshot,
)

COLOURS = [RED, GREEN, BLUE, YELLOW]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("JPEG", {"quality": 95}),
        ("JPEG", {"quality": 95, "progressive": True}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"quality": 90}),
        ("GIF", {}),
        ("GIF", {"interlace": True}),
    ],
)
def test_accepts_what_it_should_with_its_colours_in_place(kind: str, options: dict[str, Any]) -> None:
    picture = quarters()
    image = prepare(save(picture, kind, **options), name="a", limits=DEFAULTS)
    again = open_again(image.data)
    assert again.size == (image.ref.width, image.ref.height) == (320, 192)
    assert again.mode == "RGB"
    assert all(near(*pair) for pair in zip(corners(again, (320, 192)), COLOURS, strict=True))
    assert image.ref.sha256 == hashlib.sha256(image.data).hexdigest()
    assert image.media_type == "image/png"


def test_the_same_bytes_give_the_same_hash() -> None:
    data = save(screenshot(), "PNG")
    assert prepare(data, limits=DEFAULTS) == prepare(data, name="other", limits=DEFAULTS)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_comes_out_upright(kind: str, orientation: int) -> None:
    """The file holds the picture as a camera would have stored it, with the tag that says how to hold it."""
    stored_as = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    picture = quarters((320, 160))
    for step in stored_as.get(orientation, []):
        picture = picture.transpose(step)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options: dict[str, Any] = {"lossless": True} if kind == "WEBP" else {"quality": 95} if kind == "JPEG" else {}
    image = prepare(save(picture, kind, exif=exif, **options), limits=DEFAULTS)
    assert (image.ref.width, image.ref.height) == (320, 160)
    assert all(near(*pair) for pair in zip(corners(open_again(image.data), (320, 160)), COLOURS, strict=True))


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("exif", [b"", b"II*\x00\xff\xff\xff\xff", b"\xff" * 40])
def test_a_damaged_exif_block_costs_nobody_the_picture(exif: bytes) -> None:
    image = prepare(save(quarters(), "JPEG", exif=b"Exif\x00\x00" + exif), limits=DEFAULTS)
    assert (image.ref.width, image.ref.height) == (320, 192)


def test_an_orientation_that_does_not_exist_is_ignored() -> None:
    exif = Image.Exif()
    exif[0x0112] = 4711
    assert prepare(save(quarters(), "JPEG", exif=exif), limits=DEFAULTS).ref.width == 320


def test_transparent_parts_become_white_and_half_transparent_ones_mix() -> None:
    picture = Image.new("RGBA", (96, 32), (0, 0, 0, 0))
    picture.paste((0, 0, 0, 128), (32, 0, 64, 32))
    picture.paste((200, 0, 0, 255), (64, 0, 96, 32))
    again = open_again(prepare(save(picture, "PNG"), limits=DEFAULTS).data)
    assert [again.getpixel((x, 16)) for x in (16, 80)] == [(255, 255, 255), (200, 0, 0)]
    middle = again.getpixel((48, 16))
    assert isinstance(middle, tuple)
    assert near(middle, (127, 127, 127), 1)


def test_scaling_a_transparent_picture_leaves_no_dark_fringe() -> None:
    picture = Image.new("RGBA", (2000, 2000), (0, 0, 0, 0))  # invisible black round visible white
    picture.paste((255, 255, 255, 255), (501, 501, 1499, 1499))
    again = open_again(prepare(save(picture, "PNG"), limits=DEFAULTS).data)
    assert again.getextrema() == ((255, 255),) * 3


def _palette(transparent: bool) -> bytes:
    picture = quarters((64, 64)).quantize(8)
    return save(picture, "PNG", **({"transparency": picture.getpixel((0, 0))} if transparent else {}))


def test_palettes_with_and_without_transparency() -> None:
    plain = open_again(prepare(_palette(False), limits=DEFAULTS).data)
    holed = open_again(prepare(_palette(True), limits=DEFAULTS).data)
    assert all(near(*pair) for pair in zip(corners(plain, (64, 64)), COLOURS, strict=True))
    assert corners(holed, (64, 64))[0] == (255, 255, 255)
    assert near(corners(holed, (64, 64))[3], YELLOW)


@pytest.mark.parametrize(("mode", "colour"), [("1", 0), ("L", 40), ("RGB", (10, 20, 30))])
def test_a_single_transparent_colour(mode: str, colour: Any) -> None:
    data = save(Image.new(mode, (32, 32), colour), "PNG", transparency=colour)
    assert open_again(prepare(data, limits=DEFAULTS).data).getpixel((5, 5)) == (255, 255, 255)


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    ramp = Image.frombytes("I;16", (64, 32), struct.pack("<64H", *range(0, 65_536, 1024)) * 32)
    again = open_again(prepare(save(ramp, "PNG"), limits=DEFAULTS).data)
    values = [again.getpixel((x, 4)) for x in (0, 16, 32, 63)]
    assert all(
        isinstance(value, tuple) and near(value, (want,) * 3, 2)
        for value, want in zip(values, (0, 64, 128, 251), strict=True)
    )


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_png_mode(mode: str) -> None:
    picture = quarters((64, 64)).convert(mode)
    again = open_again(prepare(save(picture, "PNG"), limits=DEFAULTS).data)
    assert ImageChops.difference(again, picture.convert("RGB")).getbbox() is None


def test_cmyk_is_neither_inverted_nor_swapped() -> None:
    again = open_again(prepare(save(quarters().convert("CMYK"), "JPEG", quality=95), limits=DEFAULTS).data)
    assert all(near(*pair, 25) for pair in zip(corners(again, (320, 192)), COLOURS, strict=True))


def test_the_first_frame_of_an_animation_counts() -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in COLOURS]
    for kind, options in (("GIF", {}), ("WEBP", {"lossless": True}), ("PNG", {})):
        data = save(frames[0], kind, save_all=True, append_images=frames[1:], duration=100, **options)
        pixel = open_again(prepare(data, limits=DEFAULTS).data).getpixel((9, 9))
        assert isinstance(pixel, tuple)
        assert near(pixel, RED), kind


def test_an_mpo_of_a_phone_is_its_first_picture() -> None:
    data = save(quarters(), "MPO", save_all=True, append_images=[Image.new("RGB", (320, 192), "white")], quality=95)
    assert open_again(data).format == "MPO"
    again = open_again(prepare(data, limits=DEFAULTS).data)
    assert all(near(*pair) for pair in zip(corners(again, (320, 192)), COLOURS, strict=True))


def test_no_metadata_is_left() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[1] = "N"
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", "SecretComment")
    texts.add_itxt("XML:com.adobe.xmp", "<x>SecretXmp</x>")
    for data in (
        save(quarters(), "PNG", exif=exif, icc_profile=icc, pnginfo=texts),
        save(quarters(), "JPEG", exif=exif, icc_profile=icc, comment=b"SecretComment", xmp=b"<x>SecretXmp</x>"),
        save(quarters(), "JPEG", exif=exif) + b"SecretTail",
        save(quarters(), "WEBP", exif=exif, icc_profile=icc, xmp=b"<x>SecretXmp</x>"),
    ):
        assert b"Secret" in data
        image = prepare(data, limits=DEFAULTS)
        again = open_again(image.data)
        assert b"Secret" not in image.data
        assert not again.getexif()
        assert not again.info.keys() & {"icc_profile", "exif", "xmp", "comment", "Comment"}


def test_noise_is_stored_within_a_megabyte_even_at_the_highest_setting() -> None:
    data = save(noise((2048, 2048)), "PNG")
    image = prepare(data, limits=Limits(20_000_000, 4096, 4096))
    assert len(image.data) <= MAX_STORED
    assert image.media_type == "image/jpeg"
    assert (image.ref.width, image.ref.height) == (2048, 2048) == open_again(image.data).size


def test_a_photograph_too_big_for_png_keeps_its_colours_as_jpeg() -> None:
    picture = Image.blend(quarters((1024, 768)), noise((1024, 768)), 0.2)
    image = prepare(save(picture, "PNG"), limits=DEFAULTS)
    assert image.media_type == "image/jpeg"
    difference = ImageChops.difference(open_again(image.data), picture).convert("L")
    histogram = difference.histogram()
    assert sum(value * count for value, count in enumerate(histogram)) / sum(histogram) < 8


# --- what is refused -------------------------------------------------------------------------------------------


def test_too_many_bytes_are_refused_before_anything_else() -> None:
    with pytest.raises(PictureTooLargeError) as caught:
        prepare(b"x" * 101, name="big.png", limits=Limits(100, 768, 2048))
    assert (caught.value.name, caught.value.limit) == ("big.png", 100)


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("IMG_1.HEIC", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "HEIC"),
        ("photo.png", b"%PDF-1.7", "PDF"),
        ("page.png", b"<!DOCTYPE html><title>Sign in</title>", "HTML"),
        ("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        ("clip.jpg", b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2", "MP4"),
        ("a.tif", save(quarters((32, 32)), "TIFF"), "TIFF"),
        ("a.bmp", save(quarters((32, 32)), "BMP"), "BMP"),
        ("a.ico", save(quarters((32, 32)), "ICO"), "ICO"),
        ("a.avif", save(quarters((32, 32)), "AVIF"), "AVIF"),
        ("drawing.xyz", b"\x00\x01\x02\x03\x04\x05", "XYZ"),
    ],
)
def test_other_kinds_are_refused_by_name(name: str, data: bytes, kind: str) -> None:
    with pytest.raises(PictureUnsupportedError) as caught:
        prepare(data, name=name, limits=DEFAULTS)
    assert (caught.value.kind, caught.value.name) == (kind, name)


@pytest.mark.parametrize("name", ["", "photo", "photo.png", "photo.jpg"])
@pytest.mark.parametrize("data", [b"", b"\x00", b"\x89PNX\r\n\x1a\n" + bytes(50)])
def test_bytes_of_no_kind_under_a_pictures_name_are_a_broken_picture(name: str, data: bytes) -> None:
    with pytest.raises(PictureBrokenError):
        prepare(data, name=name, limits=DEFAULTS)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_half_a_file_is_refused(kind: str) -> None:
    data = save(noise((200, 200)), kind)
    with pytest.raises(PictureBrokenError) as caught:
        prepare(data[: len(data) // 2], name="cut", limits=DEFAULTS)
    assert caught.value.name == "cut"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_damaged_files_are_refused_or_usable_and_nothing_else(kind: str) -> None:
    whole = save(Image.blend(quarters((96, 64)), noise((96, 64)), 0.3), kind)
    draw = random.Random(kind)
    refused = 0
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(draw.randint(1, 8)):
            data[min(int(draw.expovariate(1 / 60)), len(data) - 1)] ^= 1 << draw.randrange(8)
        try:
            image = prepare(bytes(data), limits=DEFAULTS)
        except PictureError:
            refused += 1
        else:
            assert open_again(image.data).size == (image.ref.width, image.ref.height)
    assert refused > 20


def _png_header(width: int, height: int) -> bytes:
    """A valid PNG of one pixel whose header promises `width` x `height`."""
    data = save(Image.new("RGB", (1, 1)), "PNG")
    header = b"IHDR" + struct.pack(">II", width, height) + data[24:29]
    return data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]


@pytest.mark.parametrize(
    ("width", "height"), [(52_800, 44), (44, 52_800), (60_000, 60_000), (20_000, 20_000), (9_000, 6_000), (2_000, 1)]
)
def test_bombs_and_impossible_proportions_are_refused_by_their_header(width: int, height: int) -> None:
    with pytest.raises(PictureDimensionsError):
        prepare(_png_header(width, height), name="bomb", limits=DEFAULTS)


def test_a_long_scrolling_screenshot_is_not_out_of_proportion() -> None:
    image = prepare(save(Image.new("RGB", (1080, 20_000), "white"), "PNG"), limits=DEFAULTS)
    assert image.ref.width * image.ref.height <= 2048 * 1024


def test_huge_pictures_in_many_threads_all_come_out() -> None:
    """They take turns: each leaves the door open for the next, the broken one too."""
    huge = save(Image.new("L", (4000, 4000), 7), "PNG")
    assert HUGE < 4000 * 4000

    def attempt(data: bytes) -> str:
        try:
            return prepare(data, limits=DEFAULTS).media_type
        except PictureBrokenError:
            return "broken"

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(attempt, [huge, huge[: len(huge) // 2], huge, huge[:-40], huge], timeout=60))
    assert results == ["image/png", "broken", "image/png", "broken", "image/png"]


@pytest.mark.parametrize(
    ("attachment", "kind"),
    [
        (Attachment(name="a.mp4", media_type="video/mp4"), "MP4"),
        (Attachment(name="", media_type="audio/ogg; codecs=opus"), "OGG"),
        (Attachment(name="a.pdf", media_type="application/pdf"), "PDF"),
        (Attachment(name="note.txt", media_type="text/plain"), "TXT"),
        (Attachment(name="a.md", media_type="text/x-unheard-of"), "MD"),
        (Attachment(name="", media_type="application/x-thing"), "THING"),
        (Attachment(name="a.<script>", media_type="application/x-<b>"), "SCRIPT"),
    ],
)
def test_what_claims_to_be_no_picture_is_not_downloaded(attachment: Attachment, kind: str) -> None:
    error = refuse(attachment, DEFAULTS)
    assert isinstance(error, PictureUnsupportedError)
    assert (error.kind, error.name) == (kind, attachment.name)


@pytest.mark.parametrize("media_type", ["image/png", "image/heic", "IMAGE/JPEG", "", "application/octet-stream"])
def test_what_may_be_a_picture_is_looked_at(media_type: str) -> None:
    assert refuse(Attachment(name="a", media_type=media_type, size=20_000_000), DEFAULTS) is None


def test_what_is_announced_as_too_large_is_not_downloaded() -> None:
    error = refuse(Attachment(name="a.png", media_type="image/png", size=20_000_001), DEFAULTS)
    assert isinstance(error, PictureTooLargeError)
    assert (error.name, error.limit) == ("a.png", 20_000_000)
