import io

import pytest
from PIL import Image as Pillow
from PIL import ImageDraw

from bot.images import Limits, prepare
from bot.incidents import Incident, Look
from bot.looks import MOST_DIFFERENT, alike, codes_in, look_of, recognise, spelled
from tests.screenshots import dialog

LIMITS = Limits(max_bytes=10_000_000, short_side=768, max_tokens=2048)

PAYMENT = dialog().data
SHOTS = {
    "payment": PAYMENT,
    "login": dialog("E-2001", title="Login failed", message="Wrong password.", button="Back").data,
    "network": dialog("E-9999", title="Network error", message="Please check the connection.", colour="green").data,
}


def look(data: bytes, words: str = "") -> Look:
    return look_of(prepare(data, name="", limits=LIMITS), words)


def saved(picture: Pillow.Image, kind: str = "PNG", **options: int) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def opened(data: bytes) -> Pillow.Image:
    return Pillow.open(io.BytesIO(data)).convert("RGB")


def compressed(data: bytes) -> bytes:
    return saved(opened(data), "JPEG", quality=50)


def scaled(data: bytes) -> bytes:
    picture = opened(data)
    return saved(picture.resize((picture.width * 3 // 4, picture.height * 3 // 4)))


def later(data: bytes) -> bytes:
    """With another status bar."""
    picture = opened(data)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, picture.width, picture.height // 25), fill=(240, 240, 240))
    draw.text((10, 2), "12:34", fill=(0, 0, 0))
    return saved(picture)


def with_order(data: bytes) -> bytes:
    """With words of this customer's own."""
    picture = opened(data)
    ImageDraw.Draw(picture).text((picture.width // 2, picture.height // 2), "order 99887766", fill=(0, 0, 0))
    return saved(picture)


@pytest.mark.parametrize("shot", SHOTS.values(), ids=SHOTS)
@pytest.mark.parametrize("change", [compressed, scaled, later, with_order])
def test_the_same_screenshot_of_another_customer_is_known_again(shot: bytes, change: object) -> None:
    assert callable(change)
    assert alike(look(shot), look(change(shot)))


def test_another_dialog_of_the_same_app_is_not_taken_for_it() -> None:
    looks = [look(shot) for shot in SHOTS.values()]
    assert [alike(one, other) for one in looks for other in looks] == [one is other for one in looks for other in looks]


def test_what_looks_the_same_is_told_apart_by_its_code() -> None:
    one, other = look(PAYMENT, "it says E-4127"), look(PAYMENT, "it says E-4128")
    assert not alike(one, other)
    assert alike(one, look(PAYMENT))
    assert alike(one, look(PAYMENT, "E-4127 and E-4128"))


def test_so_many_bits_may_differ() -> None:
    def with_bits(count: int) -> Look:
        return Look(f"{(1 << count) - 1:064x}")

    assert alike(Look("0" * 64), with_bits(MOST_DIFFERENT))
    assert not alike(Look("0" * 64), with_bits(MOST_DIFFERENT + 1))


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("What does E-4127 mean?", {"E4127"}),
        ("e4127 / E 4127", {"E4127"}),
        ("error: 503, then HTTP 404", {"ERROR503", "HTTP404"}),
        ("报错 0x80070005，错误码：10086", {"0X80070005", "错误码10086"}),
        ("ERR_SSL_1024 and PAY-TIMEOUT-17", {"ERRSSL1024", "PAYTIMEOUT17"}),
        ("my order of 2024, 3 items, 12:30, $49.99", set()),
        ("orders TB20240917, AB123456 and SF-20240917", set()),
        ("", set()),
    ],
)
def test_error_codes_in_words(words: str, codes: set[str]) -> None:
    assert codes_in(words) == codes


def test_codes_are_spelled_as_most_people_do() -> None:
    words = [
        "e4127 and E-4127",
        "E-4127?",
        "ERR_SSL_1024",
        "错误码： 10086",
        "error: 503",
        "error 503",
        "Error 503 error 503",
    ]
    codes = {"E4127", "ERRSSL1024", "错误码10086", "ERROR503", "GONE1"}
    assert spelled(codes, words) == ["E-4127", "error 503", "ERR_SSL_1024", "GONE1", "错误码： 10086"]


def test_of_several_that_look_the_same_the_one_with_the_code_is_meant() -> None:
    same = "0" * 64
    known = [Incident(1, Look(same)), Incident(2, Look(same, frozenset({"E1"}))), Incident(3, Look("f" * 64))]
    assert recognise(Look(same, frozenset({"E1"})), known) == 2
    assert recognise(Look(same), known) == 1
    assert recognise(Look("0" * 32 + "f" * 32), known) == 0
