"""What people typed, shown by each renderer as they typed it."""

from __future__ import annotations

import html
import json
import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from adapters.slack.render import render as for_slack
from adapters.telegram.render import render as for_telegram
from adapters.web.markup import to_html
from bot.messages import Reply
from bot.spoken import ANYWHERE, JOINER, Links
from bot.verbatim import as_name, shortened, verbatim

AUTHOR = "Ann"
_GITHUBS = MarkdownIt("gfm-like", {"linkify": False})
"""As near as there is to what Slack makes of its Markdown blocks."""


def blanks(text: str) -> str:
    """A text but for what no screen shows: how many blanks and empty lines there are, and word joiners."""
    text = re.sub(r"[ \t\u00a0]+", " ", text.replace(JOINER, ""))
    return re.sub(r" ?\n[ \n]*", "\n", text).strip("\n ")


def on_page(markup: str) -> str:
    """What is read on a page; any other tag than those of paragraphs, line ends and links stays in it."""
    lines = re.sub(r"<br ?/?>|</p>", "\n", markup)
    return blanks(html.unescape(re.sub(r"<p>|</?a\b[^>]*>", "", lines)))


def on_telegram(reply: Reply) -> str:
    text = blanks("\n".join(json.loads(payload)["text"] for payload in for_telegram(reply, Links())))
    return text.removeprefix(f"{AUTHOR}:").lstrip()


def on_slack(reply: Reply) -> str:
    shown = [block["text"] for payload in for_slack(reply, Links()) for block in json.loads(payload)["blocks"]]
    return on_page(_GITHUBS.render("\n\n".join(shown).removeprefix(f"**{AUTHOR}:**")))


def shown_everywhere(text: str, *, quotes: bool) -> list[str]:
    markdown = verbatim(text)
    reply = Reply(markdown, author="" if quotes else AUTHOR, quotes=quotes)
    return [on_telegram(reply), on_page(to_html(markdown, Links() if quotes else ANYWHERE)), on_slack(reply)]


SYNTAX = (
    *"\\*_`~[]()#>|<&!+-=.:;$'\"/@{}^\n \t012aB中，🌸",
    *(
        "||",
        "~~",
        "```",
        "~~~",
        "1. ",
        "2) ",
        "- ",
        "+ ",
        "# ",
        "> ",
        "---",
        "===",
        "|-|",
        "| a | b |\n",
        "- [ ] ",
        "[^1]",
    ),
    *(
        "&lt;",
        "&#42;",
        "&copy;",
        "&amp;",
        "<b>",
        "<!--",
        "</p>",
        "![a](b)",
        "[a](b)",
        "[a]: b\n",
        "<https://a.example>",
    ),
    *("$x$", "$$", r"\(", r"\)", r"\[", r"\]", r"\alpha", r"\frac{1}{2}", "<@U1>", "@channel", "/forget"),
    *("http://a.example/x_y~z?q=1&b=2", "https://shop.example", "a_b@c.example", "\n\n", "    "),
)
PIECES = st.sampled_from(SYNTAX) | st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), max_size=5)
TYPED = st.lists(PIECES, min_size=1, max_size=14).map("".join).filter(blanks)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@example("Please dial *100*1# now", False)
@example(r"The folder is \\server\share\_new", False)
@example("Your code is __init__ and 5*6*7", True)
@example("Line one\nline two\n\n1986. A great year\n# 12 is your number\n- 5\n+ 6\n===\n---", False)
@example("a | b\n-|-\n1 | 2", False)
@example("from $5 to $6, ||at|| ~~most~~", False)
@given(TYPED, st.booleans())
def test_what_was_typed_is_shown_as_it_was_typed(text: str, quotes: bool) -> None:
    assert shown_everywhere(text, quotes=quotes) == [blanks(text)] * 3


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(TYPED)
def test_a_name_can_be_emphasised_before_chinese(text: str) -> None:
    name = " ".join(text.split())
    shown = blanks(on_telegram(Reply(f"**{as_name(name)}**已接手。")))
    assert shown == f"{blanks(name)}已接手。"


@pytest.mark.parametrize("address", ["https://shop.example/a_b?c=1&d=2#e", "http://10.0.0.1:8080/x~y"])
def test_addresses_stay_links(address: str) -> None:
    markdown = verbatim(f"*See* {address} (_now_)")
    assert address in markdown
    assert f'<a href="{html.escape(address)}"' in to_html(markdown, ANYWHERE)


def test_code_keeps_its_indentation() -> None:
    assert (
        verbatim("if x:\n    y()\n\treturn") == "if x:  \n\u00a0\u00a0\u00a0\u00a0y()  \n\u00a0\u00a0\u00a0\u00a0return"
    )


@pytest.mark.parametrize(("text", "most", "shown"), [("a" * 5, 5, "aaaaa"), ("a" * 6, 5, "aaaa…")])
def test_a_text_is_shortened_to_so_many_characters(text: str, most: int, shown: str) -> None:
    assert shortened(text, most) == shown


@given(TYPED, st.integers(2, 30))
def test_no_cut_falls_into_an_escape(text: str, most: int) -> None:
    cut = shortened(verbatim(text), most)
    assert len(cut) <= most
    assert not re.search(r"(?<!\\)(?:\\\\)*\\…", cut)
