"""Replies as Telegram's messages."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from telegramify_markdown import MessageEntity

from adapters.telegram.payload import Payload
from adapters.telegram.render import TEXT_LIMIT, cut_tail, plain, render, split
from bot.messages import Reply
from bot.spoken import Links
from tests.fakes.telegram_rules import check_text, units
from tests.sentences import filled

SHOP = Links(["example.org"])


def rendered(text: str, **fields: Any) -> list[Payload]:
    return [Payload.parse(payload) for payload in render(Reply(text, **fields), SHOP)]


def covered(payload: Payload, kind: str) -> list[str]:
    raw = payload.text.encode("utf-16-le")
    return [
        raw[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le")
        for e in payload.entities
        if e["type"] == kind
    ]


def test_markdown_becomes_entities() -> None:
    (payload,) = rendered("# 标题\n\n🙂 **bold** `code` and [a link](https://example.org)\n\n```py\nprint(1)\n```")
    assert payload.text == "标题\n\n🙂 bold code and a link\n\nprint(1)"
    assert covered(payload, "bold") == ["标题", "bold"]
    assert covered(payload, "code") == ["code"]
    assert covered(payload, "text_link") == ["a link"]
    assert covered(payload, "pre") == ["print(1)"]


def test_html_in_an_answer_stays_readable() -> None:
    (payload,) = rendered("The page has `<b>` in\n\n<div>an <em>error</em></div>\n\nand <unknown>.")
    assert payload.text == "The page has <b> in\n\n<div>an <em>error</em></div>\n\nand <unknown>."
    assert covered(payload, "code") == ["<b>"]


def test_other_links_are_text_with_their_address() -> None:
    (payload,) = rendered(
        "[one](foo) [two](javascript:alert(1)) [bank.com](https://evil.test/x) **🙂 [four](http://a.test)**"
    )
    shown = payload.text.replace("\u2060", "")
    assert shown == "one (foo) two (javascript:alert(1)) bank.com (https://evil.test/x) 🙂 four (http://a.test)"
    assert [entity["type"] for entity in payload.entities] == ["bold"]
    assert covered(payload, "bold")[0].startswith("🙂 four")
    assert "https:\u2060//evil.\u2060test/x" in payload.text


def test_a_link_with_a_false_label_shows_its_address() -> None:
    (payload,) = rendered("[bank.test](https://example.org/a) [here](https://example.org/b)")
    assert payload.text.replace("\u2060", "") == "bank.test (https://example.org/a) here"
    assert [entity["url"] for entity in payload.entities] == ["https://example.org/a", "https://example.org/b"]


def test_only_the_bots_own_sentences_have_commands_to_tap() -> None:
    said = "Send /help to @durov, or `/ban @durov`; 1/2 and https://example.org/a/b stay."
    (notice,), (answer,) = rendered(said), rendered(said, rateable=True)
    assert notice.text == said.replace("`", "").replace("@durov,", "@\u2060durov,")
    assert answer.text == notice.text.replace("/help", "/\u2060help")


def test_code_that_loses_its_marks_is_no_link_either() -> None:
    (payload,) = rendered("`see evil.test`", rateable=True)
    assert payload.text == "see evil.test"
    assert plain(payload) == "see evil.\u2060test"
    (words,) = rendered("**see**")
    assert plain(words) == "see"
    (long, *_) = rendered("`" + "a.b " * 1023 + "`")
    assert units(plain(long)) <= TEXT_LIMIT


def test_a_reply_always_has_a_message() -> None:
    for blank in ("", " \n ", "\u200b" * 0):
        assert [payload.text for payload in rendered(blank)] == ["…"]


def test_first_part_quotes_and_last_part_is_rated() -> None:
    parts = rendered("word " * 3000, rateable=True, reply_to="7")
    assert len(parts) == 4
    assert [part.reply_to for part in parts] == ["7", "", "", ""]
    assert [part.rateable for part in parts] == [False, False, False, True]


def test_payload_is_json() -> None:
    (payload,) = render(Reply("*hi*"), Links())
    assert json.loads(payload)["text"] == "hi"


def test_cuts_prefer_paragraphs_then_lines_then_sentences_then_words() -> None:
    def first(text: str) -> str:
        return split(text, [], 20)[0][0]

    assert first("aaaa bbbb.\n\ncc dd\nee ff gg hh") == "aaaa bbbb."
    assert first("aaaa bbbb cccc\ndd ee ff gg") == "aaaa bbbb cccc"
    assert first("aaaa bbbb cc. dd ee ff gg") == "aaaa bbbb cc."
    assert first("一二三四五六七八九十一二三。四五六七八九十") == "一二三四五六七八九十一二三。"
    assert first("aaaa bbbb cccc ddddddddd") == "aaaa bbbb cccc"
    assert first("x" * 30) == "x" * 20


def test_no_cut_inside_what_is_seen_as_one() -> None:
    family = "👨\u200d👩\u200d👧"
    parts = [text for text, _ in split("x" * 14 + family * 3, [], 20)]
    assert parts[0] == "x" * 14
    assert "".join(parts) == "x" * 14 + family * 3


def test_an_entity_goes_on_after_a_cut() -> None:
    text = "a" * 15 + "\n" + "b" * 15
    parts = split(text, [MessageEntity("pre", 10, 21, language="py")], 20)
    assert [(part, [(e.offset, e.length, e.language) for e in entities]) for part, entities in parts] == [
        ("a" * 15, [(10, 5, "py")]),
        ("b" * 15, [(0, 15, "py")]),
    ]


MARKDOWN = st.lists(
    st.sampled_from(
        [
            "word ",
            "🙂",
            "汉字。",
            "\n",
            "\n\n",
            "**",
            "`",
            "```\n",
            "- ",
            "# ",
            "> ",
            "<b>",
            "[x](http://a.b)",
            "||",
            "e\u0301",
        ]
    )
    | st.text(max_size=8),
    max_size=60,
).map("".join)


@given(MARKDOWN, st.sampled_from([1, 40, 400]))
def test_every_part_is_one_that_telegram_accepts(text: str, times: int) -> None:
    for payload in rendered(text * times):
        check_text(payload.text, list(payload.entities))
        assert units(payload.text) <= TEXT_LIMIT
        assert len(payload.entities) <= 100


@given(st.text(alphabet="ab .\n。🙂é\u0301", max_size=400), st.integers(4, 60), st.data())
def test_splitting_loses_nothing_but_white_space_at_the_cuts(text: str, limit: int, data: st.DataObject) -> None:
    total = units(text)
    spans = data.draw(st.lists(st.tuples(st.integers(0, total), st.integers(1, total + 1)), max_size=5))
    entities = [MessageEntity("bold", start, length) for start, length in spans]
    parts = split(text, entities, limit)
    assert "".join("".join(part.split()) for part, _ in parts) == "".join(text.split())
    for part, inside in parts:
        assert part.strip()
        assert units(part) <= limit
        assert all(e.offset >= 0 and e.length > 0 and e.offset + e.length <= units(part) for e in inside)
    marked = sum(e.length for _, inside in parts for e in inside)
    white = sum(c.isspace() for c in text)
    whole = sum(min(start + length, total) - start for start, length in spans)
    assert whole - white * len(spans) <= marked <= whole


@given(st.text(alphabet="ab🙂", max_size=60), st.integers(4, 20))
def test_tail_of_live_text(text: str, limit: int) -> None:
    shown = cut_tail(text, limit)
    assert units(shown) <= limit
    assert text.endswith(shown.removeprefix("…"))
    assert shown == text or shown.startswith("…")


def test_what_the_service_says_in_code_can_be_copied() -> None:
    path = "/srv/data.d/exports/export-1.2.3.4/questions.jsonl"
    for text in filled(path):
        code = re.findall("`([^`]*)`", text)
        if path in "".join(code):
            assert [shown for payload in rendered(text) for shown in covered(payload, "code")] == code
