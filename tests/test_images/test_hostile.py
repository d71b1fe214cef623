"""Hostile pictures through the processes that decode them: each becomes a picture or a complaint, within its limits."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.decoding.pool import MEMORY, SECONDS
from bot.errors import PictureDimensionsError, PictureUnsupportedError
from bot.messages import Image
from tests.test_images.hostile import bombs, damaged, originals
from tests.test_images.outcomes import Outcomes
from tests.test_images.samples import DEFAULTS

COUNT = 10_000
AT_ONCE = 8
PATIENCE = 120.0
"""Seconds of a clock for each file: others may want the processor, too."""


@pytest.mark.timeout(600)
async def test_ten_thousand_damaged_files() -> None:
    outcomes = Outcomes(PATIENCE)
    await outcomes.run(damaged(COUNT, seed=4711), AT_ONCE)
    outcomes.check()
    assert len(outcomes.results) == COUNT
    assert outcomes.lost == []
    assert outcomes.most_memory <= MEMORY + DEFAULTS.max_bytes
    # The files are neither all beyond hope nor all harmless.
    kinds = Counter(type(result) for _, result in outcomes.results)
    assert kinds[Image] > COUNT // 10
    assert kinds.total() - kinds[Image] > COUNT // 10
    assert kinds[PictureDimensionsError] > COUNT // 200
    usable = {name for name, result in outcomes.results if isinstance(result, Image)}
    assert usable == set(originals())


async def test_what_they_are_made_of_is_good() -> None:
    outcomes = Outcomes(PATIENCE)
    await outcomes.run(originals().items(), 2)
    outcomes.check()
    assert [result for _, result in outcomes.results if not isinstance(result, Image)] == []


async def test_bombs() -> None:
    outcomes = Outcomes(PATIENCE)
    await outcomes.run(bombs().items(), 1)
    outcomes.check()
    assert outcomes.lost == []
    assert outcomes.busiest < SECONDS
    assert outcomes.most_memory <= MEMORY + DEFAULTS.max_bytes
    found = dict(outcomes.results)
    assert {name for name, result in found.items() if isinstance(result, Image)} == {
        "PNG of 49 million pixels, all there",
        "PNG with more than its pixels",
        "PNG as long as it may be, and as narrow",
        "PNG with a PDF behind it",
        "GIF of many frames",
    }
    assert isinstance(found["PDF with a PNG in it"], PictureUnsupportedError)
    for name in (
        "PNG 65535 x 65535",
        "PNG 2147483647 x 1",
        "PNG 1 x 40001",
        "JPEG of a wide frame",
        "JPEG of many coefficients",
        "WEBP of 16 million pixels",
    ):
        assert isinstance(found[name], PictureDimensionsError), name
