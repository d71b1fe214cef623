import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from bot import images
from bot.images import HUGE, PATCH, Limits, fit, prepare
from tests.test_images.samples import DEFAULTS, open_again, save, screenshot

SIDES = st.integers(1, 40_000)
LIMITS = st.builds(
    Limits, max_bytes=st.just(20_000_000), short_side=st.integers(64, 4096), max_tokens=st.integers(16, 4096)
)


def padded(side: int) -> int:
    return -(-side // PATCH) * PATCH


def tokens(size: tuple[int, int]) -> int:
    return padded(size[0]) * padded(size[1]) // PATCH**2


@given(width=SIDES, height=SIDES, limits=LIMITS)
def test_limits_hold_nothing_grows_and_proportions_stay(width: int, height: int, limits: Limits) -> None:
    size = fit(width, height, limits)
    assert 1 <= size[0] <= width
    assert 1 <= size[1] <= height
    assert padded(min(size)) <= limits.short_side or min(size) <= PATCH
    assert tokens(size) <= limits.max_tokens or padded(max(size)) == PATCH
    # Each side is within a pixel of the same scale.
    assert abs(size[0] * height - size[1] * width) <= width + height


@given(width=st.integers(32, 8_000), height=st.integers(32, 8_000), limits=LIMITS)
def test_no_larger_size_would_do(width: int, height: int, limits: Limits) -> None:
    """One patch more along either side, at the same proportions, would break a limit or enlarge the picture."""
    size = fit(width, height, limits)
    if size == (width, height):
        return
    short_side = limits.short_side // PATCH * PATCH
    scale = min(
        (padded(size[0]) + 1) / width if padded(size[0]) < width else 1.0,
        (padded(size[1]) + 1) / height if padded(size[1]) < height else 1.0,
    )
    larger = int(width * scale + 1), int(height * scale + 1)
    assert tokens(larger) > limits.max_tokens or min(larger) > short_side or scale >= 1


@settings(max_examples=25, deadline=None)
@given(width=st.integers(1, 400), height=st.integers(1, 400), limits=LIMITS)
def test_prepared_sides_are_multiples_of_a_patch(width: int, height: int, limits: Limits) -> None:
    ratio = max(width, height) / max(min(width, height), PATCH)
    image = prepare(save(Image.new("RGB", (width, height), "navy"), "PNG"), limits=limits)
    assert ratio <= 40
    assert image.ref.width % PATCH == image.ref.height % PATCH == 0
    assert image.ref.width * image.ref.height // PATCH**2 <= limits.max_tokens
    again = open_again(image.data)
    assert again.size == (image.ref.width, image.ref.height)
    assert again.getpixel((0, 0)) == (0, 0, 128)


def test_what_fits_is_not_resampled_at_all() -> None:
    picture = screenshot((1000, 700), line=20)
    again = open_again(prepare(save(picture, "PNG"), limits=DEFAULTS).data)
    assert again.size == (1024, 704)
    assert ImageChops.difference(again.crop((0, 0, 1000, 700)), picture).getbbox() is None
    assert again.crop((1000, 0, 1024, 704)).getextrema() == ((255, 255),) * 3


def test_a_tiny_picture_is_padded_to_one_patch() -> None:
    image = prepare(save(Image.new("RGB", (10, 10), "red"), "PNG"), limits=DEFAULTS)
    assert (image.ref.width, image.ref.height) == (32, 32)


def test_the_usual_screenshots() -> None:
    assert fit(768, 768, DEFAULTS) == (768, 768)
    assert fit(1920, 1080, DEFAULTS) == (1365, 768)
    assert fit(1170, 2532, DEFAULTS) == (768, 1662)
    assert fit(1170, 2532, Limits(20_000_000, 1170, 2048)) == (975, 2112)


def test_text_on_a_tall_phone_screenshot_keeps_its_share_of_the_picture() -> None:
    """Rows of text stay apart, at the same relative height, and as dark on their ground as before."""
    picture = screenshot()
    again = open_again(prepare(save(picture, "PNG"), limits=DEFAULTS).data)
    width, height = fit(1170, 2532, DEFAULTS)
    before, after = _lines(picture), _lines(again.crop((0, 0, width, height)))
    assert len(before) == len(after) > 15
    scale = height / 2532
    for (top, bottom), (new_top, new_bottom) in zip(before, after, strict=True):
        assert abs(new_top - top * scale) <= 2
        assert abs((new_bottom - new_top) - (bottom - top) * scale) <= 3
        assert new_bottom - new_top >= 16
    darkest, lightest = again.convert("L").getextrema()
    assert isinstance(darkest, int)
    assert darkest < 40
    assert lightest == 255


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P"])
@pytest.mark.parametrize("size", [(3001, 4507), (1080, 15_000), (15_000, 1080)])
def test_a_huge_picture_in_bands_is_the_same_as_whole(size: tuple[int, int], mode: str) -> None:
    """Without black and white, where the order of the two passes of the filter makes a difference."""
    assert size[0] * size[1] > HUGE
    picture = screenshot(size).convert("L").point(lambda value: 90 + value // 3).convert(mode)
    fitted = fit(*size, DEFAULTS)
    whole, banded = images._scaled(picture, fitted), images._scaled_in_bands(picture, fitted)
    assert (whole.size, whole.mode) == (banded.size, banded.mode)
    extrema = ImageChops.difference(whole.convert("RGB"), banded.convert("RGB")).getextrema()
    assert max(most for _, most in extrema) <= 2  # type: ignore[misc]


def _lines(picture: Image.Image) -> list[tuple[int, int]]:
    """Where each line of dark text begins and ends, in pixels from the top."""
    dark = picture.convert("L").point(lambda value: 255 if value < 160 else 0)
    marks = [dark.crop((0, y, dark.width, y + 1)).getbbox() is not None for y in range(dark.height)]
    starts = [y for y in range(1, len(marks)) if marks[y] and not marks[y - 1]]
    ends = [y for y in range(1, len(marks)) if not marks[y] and marks[y - 1]]
    return list(zip(starts, ends, strict=True))
