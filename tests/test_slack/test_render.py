"""What the bot says, as Slack takes it."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack import text as slack_text
from adapters.slack.render import as_text
from adapters.slack.render import render as rendered
from bot import texts
from bot.messages import Button, Language, Reply
from bot.spoken import Links
from tests.fakes.slack_blocks import check_blocks
from tests.sentences import filled

NONE = Links()
LIVE = re.compile(r"<[@#!][A-Za-z0-9]|@(channel|here|everyone)\b", re.IGNORECASE)

MARKUP = st.sampled_from(
    [
        *(
            "word ",
            "\n",
            "\n\n",
            "```",
            "```python\n",
            "~~~\n",
            "- ",
            "> ",
            "# ",
            "&lt;",
            "<",
            "&",
            "\\<",
            "`",
            "|",
            "😀",
        ),
        *("<!channel>", "<@U0ANNA>", "<!subteam^S1>", "&lt;!here&gt;", "@channel", "[x](<!here>)", "汉字"),
    ]
)
MARKDOWN = st.lists(MARKUP, max_size=400).map("".join)


def render(reply: Reply) -> tuple[str, ...]:
    return rendered(reply, NONE)


def test_answer() -> None:
    [payload] = [json.loads(part) for part in render(Reply("It says **404**.", rateable=True))]
    check_blocks(payload["blocks"])
    assert payload["blocks"][0] == {"type": "markdown", "text": "It says **404**."}
    assert payload["text"] == "It says *404*."
    assert "private" not in payload


@pytest.mark.parametrize("language", ["en", "zh"])
def test_thumbs_under_the_last_part_only(language: Language) -> None:
    parts = [json.loads(part) for part in render(Reply("word " * 5_000, language=language, rateable=True))]
    assert len(parts) == 3
    assert [len(part["blocks"]) for part in parts] == [1, 1, 2]
    buttons = parts[-1]["blocks"][1]["elements"][0]
    assert buttons["positive_button"]["text"]["text"] == texts.RATE_UP.say(language)
    assert buttons["negative_button"]["text"]["text"] == texts.RATE_DOWN.say(language)


def test_private_answer_carries_its_address() -> None:
    assert json.loads(render(Reply("x", private_to="address"))[0])["private"] == "address"


def test_an_agents_words_have_their_name_in_front_and_links_to_anywhere() -> None:
    said = Reply("See https://shop.example/faq or [the form](https://f.example/1), <!channel>", author="Ann_a* <@U1>")
    [payload] = map(json.loads, render(said))
    text = payload["blocks"][0]["text"]
    assert text.startswith("**Ann\\_a\\* \\<\u2060@U1\\>:**\n\n")
    assert "https://shop.example/faq or [the form](https://f.example/1)" in text
    assert not LIVE.search(text)
    assert not re.search(r"<[@!]", payload["text"])


def test_what_is_quoted_links_nowhere() -> None:
    links = Links(["shop.example"])
    text = "**look** at https://shop.example/x and [here](https://shop.example)"
    [open_text] = [json.loads(part)["blocks"][0]["text"] for part in rendered(Reply(text), links)]
    [quoted] = [json.loads(part)["blocks"][0]["text"] for part in rendered(Reply(text, quotes=True), links)]
    assert open_text == text
    assert quoted.startswith("**look** at https:\u2060//")
    assert "](" not in quoted


def test_what_the_service_says_in_code_can_be_copied() -> None:
    path = "/srv/data.d/exports/export-1.2.3.4/questions.jsonl"
    said = [text for text in filled(path) if path in "".join(re.findall("`([^`]*)`", text))]
    assert len(said) > 100
    for text in said:
        [payload] = map(json.loads, render(Reply(text)))
        shown = payload["blocks"][0]["text"]
        assert re.findall("`([^`]*)`", shown) == re.findall("`([^`]*)`", text)


@pytest.mark.parametrize("whose", [{"rateable": True}, {"quotes": True}, {"author": "Mia"}])
def test_what_others_say_in_code_is_no_mention_and_what_the_model_says_no_address(whose: dict[str, bool]) -> None:
    [payload] = map(json.loads, render(Reply("`evil.example` `<!channel>`", **whose)))  # type: ignore[arg-type]
    shown = payload["blocks"][0]["text"]
    assert "<!channel>" not in shown
    assert ("`evil.example`" in shown) == ("author" in whose)


def test_addresses_outside_of_code_are_parted_in_what_the_service_says_too() -> None:
    [payload] = map(
        json.loads, rendered(Reply("evil.example `a.txt` [x](https://shop.example/y)"), Links(["shop.example"]))
    )
    assert payload["blocks"][0]["text"] == "evil.\u2060example `a.txt` [x](https://shop.example/y)"


def test_buttons_stand_under_the_last_part_only() -> None:
    reply = Reply("word " * 5_000, rateable=True, buttons=(Button("Take", "take"), Button("Edit", "send", edits=True)))
    parts = [json.loads(part) for part in render(reply)]
    for part in parts:
        check_blocks(part["blocks"])
    assert [[block["type"] for block in part["blocks"]] for part in parts] == [
        ["markdown"],
        ["markdown"],
        ["markdown", "context_actions", "actions"],
    ]
    assert [element["action_id"] for element in parts[-1]["blocks"][2]["elements"]] == [
        "looksee_button_0",
        "looksee_edit_1",
    ]


@pytest.mark.parametrize("text", ["", " \n", "```\n"])
def test_even_nothing_is_one_message(text: str) -> None:
    [payload] = render(Reply(text))
    check_blocks(json.loads(payload)["blocks"])


@given(MARKDOWN)
def test_nothing_is_live(markdown: str) -> None:
    for part in render(Reply(markdown, rateable=True)):
        payload = json.loads(part)
        check_blocks(payload["blocks"])
        assert not LIVE.search(payload["blocks"][0]["text"])
        assert not re.search(r"<[@#!]", payload["text"])
        assert len(payload["text"]) <= slack_text.UPDATE_LIMIT
        assert not re.search(r"<[@#!]", as_text(payload))


def test_markup_that_is_no_mention_is_left_alone() -> None:
    text = "`<!DOCTYPE html><!-- x --><b>` a@here.example"
    assert slack_text.defuse(text, NONE) == text.replace("@here.", "@\u2060here.\u2060")
    assert slack_text.defuse("<!DOCTYPE html> if a<b", NONE) == "<!DOCTYPE html> if a<b"


@given(MARKDOWN, st.integers(600, 2_000))
def test_split_keeps_everything(markdown: str, limit: int) -> None:
    parts = slack_text.split(markdown, limit)
    assert parts
    for part in parts:
        assert len(part.encode("utf-16-le")) // 2 <= limit
        assert part.strip()
    without = re.sub(r"[`~\s…]|python", "", markdown)
    assert re.sub(r"[`~\s…]|python", "", "".join(parts)) == without


def test_split_prefers_paragraphs_then_lines_then_words() -> None:
    paragraph, line = "word " * 80, "a line of text\n" * 20
    assert slack_text.split(f"{paragraph}\n\n{line}", 700)[0] == paragraph.strip()
    assert slack_text.split(line * 4, 700)[0].endswith("a line of text")
    assert slack_text.split("word " * 300, 700)[0].endswith("word")
    assert len(slack_text.split("汉" * 1_500, 700)) == 3


def test_cut_code_stays_code() -> None:
    code = "".join(f"print({number})\n" for number in range(200))
    parts = slack_text.split(f"Run this:\n\n```python\n{code}```\nDone.", 700)
    assert len(parts) > 2
    for part in parts:
        assert part.count("```") == 2
    assert parts[1].startswith("```python\nprint(")
    assert parts[-1].endswith("Done.")


def test_endless_opening_line_of_a_fence_is_no_endless_loop() -> None:
    parts = slack_text.split("```" + "x" * 5_000, 600)
    assert "".join(re.findall("x+", "".join(parts))) == "x" * 5_000
