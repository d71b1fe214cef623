"""Hostile answers on each platform: nothing in them acts, nothing leads away, everything fits.

What a platform makes of a text is judged here by other means than those by which it was made harmless: parsers of
Markdown and HTML, and what the platforms' documentation says about addresses, mentions and commands.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from adapters.slack import render as slack
from adapters.slack import text as slack_text
from adapters.telegram import render as telegram
from adapters.telegram.payload import Payload
from adapters.terminal import TerminalAdapter
from adapters.web.markup import to_html
from bot.messages import Outgoing, Reply
from bot.spoken import Links, printable
from tests.fakes.slack_blocks import check_blocks
from tests.fakes.telegram_rules import check_text
from tests.test_hostile.replies import FRAGMENTS, SHOP, replies

COUNT = int(os.environ.get("HOSTILE_COUNT", "2000"))
"""Answers on each platform; all 10,000 take a minute of one core."""
LINKS = Links([SHOP])
NONE = Links()
# What looks like an address to a program that looks for them: a scheme, or a name with a dot before letters.
ADDRESS = re.compile(
    r"[A-Za-z0-9.+-]+://[^\s<>|]*|(?<![\w.-])(?:[\w-]+\.)+[^\W\d_][\w-]*(?:/[^\s<>|]*)?|(?:\d+\.){3}\d+"
)
SLACK_MENTION = re.compile(r"<[@#][A-Za-z0-9]|<!(?!doctype)[a-z]|@(?:channel|here|everyone)\b", re.IGNORECASE)
TAGS = frozenset(
    "p br hr strong em s code pre blockquote ul ol li h1 h2 h3 h4 h5 h6 table thead tbody tr th td a".split()  # noqa: SIM905
)


def trusted(address: str) -> bool:
    """Whether whoever follows this address comes to the shop."""
    scheme, _, rest = address.partition("://") if "://" in address else ("http", "", address)
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    host = re.sub(r":\d+$", "", authority.rstrip(".,;!?)]'\"*_~`>"))
    return scheme.lower() in ("http", "https") and (host == SHOP or host.endswith("." + SHOP)) and host.isascii()


def expect_no_address(text: str) -> None:
    """Nothing in a text that anybody would make a link of, but for the shop's."""
    for found in ADDRESS.finditer(text):
        if not re.match(rf"@{SHOP}(?![\w.-])", text[found.end() :]):  # its mail
            assert trusted(found[0].strip("*_~`'\"")), (found[0], text)


def expect_harmless_markdown(markdown: str) -> None:
    """What Slack's Markdown blocks show."""

    def inside(tokens: list[Token]) -> Iterator[Token]:
        for token in tokens:
            yield token
            yield from inside(token.children or [])

    assert not SLACK_MENTION.search(markdown), markdown
    for token in inside(MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).parse(markdown)):
        for name in ("href", "src"):
            if address := token.attrGet(name):
                assert trusted(str(address)), (address, markdown)
        if token.type in ("text", "code_inline", "fence", "code_block"):
            expect_no_address(token.content)
            assert not SLACK_MENTION.search(token.content), markdown


def expect_harmless_mrkdwn(text: str) -> None:
    """What Slack shows where there are no blocks: there, whatever stands in angle brackets acts."""
    for found in re.finditer(r"<([^<>|]*)(?:\|[^<>]*)?>|<", text):
        assert trusted(found[1] or ""), text
    shown = re.sub(r"<[^<>]*>", " ", text)
    expect_no_address(shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    assert not re.search(r"(?<![\w])@(?:channel|here|everyone)\b", shown, re.IGNORECASE), text


def slack_shows(text: str) -> None:
    for part in slack.render(Reply(text, rateable=True), LINKS):
        payload = json.loads(part)
        check_blocks(payload["blocks"])
        assert len(payload["blocks"][0]["text"].encode("utf-16-le", "surrogatepass")) // 2 <= slack_text.BLOCK_LIMIT
        assert len(payload["text"]) <= slack_text.UPDATE_LIMIT
        expect_harmless_markdown(payload["blocks"][0]["text"])
        expect_harmless_mrkdwn(payload["text"])
        expect_harmless_mrkdwn(slack.as_text(payload))


def telegram_shows(text: str) -> None:
    for part in telegram.render(Reply(text, rateable=True), LINKS):
        payload = Payload.parse(part)
        entities = list(payload.entities)
        check_text(payload.text, entities)
        assert len(entities) <= 100
        expect_nothing_found(payload.text, [e for e in entities if e["type"] in ("code", "pre")])
        for entity in entities:
            assert entity["type"] != "text_link" or trusted(entity["url"]), text
        check_text(telegram.plain(payload), [])
        expect_nothing_found(telegram.plain(payload))
    check_text(telegram.live(text, LINKS), [], empty=True)
    expect_nothing_found(telegram.live(text, LINKS))


def expect_nothing_found(shown: str, code: Sequence[dict[str, Any]] = ()) -> None:
    """Nothing that Telegram makes a link, a mention or a command of by itself; it makes none in code."""
    units = shown.encode("utf-16-le")
    spans = [
        [len(units[: 2 * at].decode("utf-16-le")) for at in (e["offset"], e["offset"] + e["length"])] for e in code
    ]
    for found in re.finditer(rf"(?P<address>{ADDRESS.pattern})|(?<!\w)@\w|(?<![\w/.])/[A-Za-z0-9_]", shown):
        if any(start < found.end() and found.start() < end for start, end in spans):
            continue
        assert found["address"], (found[0], shown)
        if not re.match(rf"@{SHOP}(?![\w.-])", shown[found.end() :]):  # its mail
            assert trusted(found[0].strip("*_~`'\"")), (found[0], shown)


class Page(HTMLParser):
    """What a browser makes of the page's HTML."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        given = dict(attrs)
        if tag == "a":
            assert given.pop("target") == "_blank"
            assert "noopener" in str(given.pop("rel"))
            assert trusted(str(given.pop("href")))
        allowed = {"code": {"class"}, "ol": {"start"}}.get(tag, set())
        assert set(given) <= allowed, given

    handle_startendtag = handle_starttag

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    handle_pi = unknown_decl = handle_comment


def page_shows(text: str) -> None:
    page = Page()
    page.feed(to_html(text, LINKS))
    page.close()
    assert "<a" not in to_html(text, NONE)


SHOWS = {"slack": slack_shows, "telegram": telegram_shows, "page": page_shows}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("platform", SHOWS)
def test_hostile_answers(platform: str) -> None:
    for text in replies(COUNT, seed=4711):
        SHOWS[platform](printable(text))


@given(st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=6), max_size=30).map("".join))
def test_hostile_answers_that_hypothesis_finds(text: str) -> None:
    for show in SHOWS.values():
        show(printable(text))


def test_printable_text_moves_nothing_and_hides_nothing() -> None:
    for text in replies(2000, seed=1):
        kept = printable(text)
        assert all(c in "\n\t" or c >= " " for c in kept)
        assert not re.search("[\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f]", kept)
        kept.encode()
    assert printable("汉字 🙂 e\u0301\tx\n") == "汉字 🙂 e\u0301\tx\n"


async def test_a_terminal_gets_no_control_sequence_of_the_models() -> None:
    out: list[str] = []
    terminal = TerminalAdapter(out.append, live=True)
    for text in replies(300, seed=2):
        said = printable(text)
        terminal.show(said)
        (payload,) = terminal.render(Reply(said, rateable=True))
        await terminal.send(Outgoing(1, terminal.chat, payload))
    assert all(c in "\n\t" or c >= " " for c in "".join(out))
    assert "\x9b" not in "".join(out)


def test_the_judges_can_fail() -> None:
    for text in ("see evil.test", "https://shop.example@evil.test/", "https://shop.example.evil.test", "1.2.3.4"):
        with pytest.raises(AssertionError):
            expect_no_address(text)
    for markdown in ("[x](https://evil.test)", "<https://evil.test>", "<!channel>", "evil&#46;test"):
        with pytest.raises(AssertionError):
            expect_harmless_markdown(markdown)
    for found in ("/ban all", "@durov", "a evil.test"):
        with pytest.raises(AssertionError):
            expect_nothing_found(found)
    for html in ("<script>", "<p onclick=x>", "<a href='https://evil.test' target=_blank rel=noopener>"):
        with pytest.raises(AssertionError):
            Page().feed(html)


def test_what_is_allowed_stays_a_link() -> None:
    text = "[returns](https://shop.example/r), https://www.shop.example/x and help@shop.example"
    (payload,) = slack.render(Reply(text, rateable=True), LINKS)
    assert json.loads(payload)["blocks"][0]["text"] == text
    (payload,) = telegram.render(Reply(text, rateable=True), LINKS)
    sent = Payload.parse(payload)
    assert sent.text == "returns, https://www.shop.example/x and help@shop.example"
    assert [entity["url"] for entity in sent.entities] == ["https://shop.example/r"]
    assert to_html(text, LINKS).count("<a href=") == 2
