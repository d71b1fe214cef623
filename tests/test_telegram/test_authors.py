"""Whose words they are: a colleague's, the customer's, or the bot's own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from adapters.telegram.payload import Payload
from adapters.telegram.render import CAPTION_LIMIT, render
from bot.messages import ImageRef, Reply
from bot.spoken import JOINER, Links
from tests.fakes.telegram_rules import check_caption, check_text, units

LINKS = Links(["shop.example"])
SAID = "See https://elsewhere.example/a, [there](https://else.example/b), ask @colleague, /take"


def only(reply: Reply) -> Payload:
    (payload,) = map(Payload.parse, render(reply, LINKS))
    return payload


def marked(payload: Payload, kind: str) -> list[str]:
    raw = payload.text.encode("utf-16-le")
    found = (entity for entity in payload.entities if entity["type"] == kind)
    return [raw[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le") for e in found]


def test_a_colleagues_name_is_in_front_and_their_links_work() -> None:
    payload = only(Reply(f"**So:** {SAID}", author="Bo 🙂"))
    assert payload.text == "Bo 🙂: So: See https://elsewhere.example/a, there, ask @colleague, /take"
    assert marked(payload, "bold") == ["Bo 🙂", "So:"]
    assert [entity["url"] for entity in payload.entities if entity["type"] == "text_link"] == ["https://else.example/b"]
    assert only(Reply("好的", "zh", author="小博")).text == "小博：好的"


def test_a_name_can_do_nothing() -> None:
    payload = only(Reply("Hi", author="@all /take\nhttps://evil.example " + "x" * 90))
    assert payload.text.endswith("…: Hi")
    assert "\n" not in payload.text
    assert f"@{JOINER}all /{JOINER}take https:{JOINER}//" in payload.text
    assert [only(Reply("Hi", author=name)).text for name in ("A\u202enna\u200b", "\u3164")] == ["Anna: Hi", "Hi"]


def test_what_is_quoted_does_nothing_by_itself() -> None:
    quoted, own = only(Reply(f"**Ada:** {SAID}", quotes=True)), only(Reply(SAID))
    assert f"/{JOINER}take" in quoted.text
    assert f"@{JOINER}colleague" in quoted.text
    assert f"https:{JOINER}//" in quoted.text
    assert not [entity for entity in quoted.entities if entity["type"] == "text_link"]
    assert marked(quoted, "bold") == ["Ada:"]
    assert own.text.endswith("/take")


@given(st.text(max_size=3000), st.text(max_size=90), st.booleans(), st.integers(0, 2))
def test_telegram_takes_every_part(text: str, author: str, quotes: bool, pictures: int) -> None:
    refs = tuple(ImageRef(str(number), 1, 1) for number in range(pictures))
    for payload in map(Payload.parse, render(Reply(text, author=author, quotes=quotes, pictures=refs), LINKS)):
        entities = list(payload.entities)
        if payload.picture is None:
            check_text(payload.text, entities)
        else:
            check_caption(payload.text, entities)
            assert units(payload.text) <= CAPTION_LIMIT
