"""The bot's CommonMark as HTML that is safe to put on the page: no raw HTML, no picture, no inline style, and no link
but to hosts that the settings allow."""

from __future__ import annotations

import html
from collections.abc import MutableMapping, Sequence
from typing import Any, TypeAlias

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from bot.spoken import Links

_Env: TypeAlias = MutableMapping[str, Any]


class _Renderer(RendererHTML):
    """Writes the target of a link or picture out as text: what a model writes must not lead anybody anywhere, unless
    the operator trusts the place."""

    def text(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: _Env) -> str:
        text, links = tokens[index].content, _links(env)
        if env.get("opened"):  # within a link or its label
            return html.escape(text)
        made, done = [], 0
        for start, end in links.live(text):
            made += [html.escape(text[done:start]), _open(text[start:end]), html.escape(text[start:end]), "</a>"]
            done = end
        return "".join(made) + html.escape(text[done:])

    def link_open(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: _Env) -> str:
        target = str(tokens[index].attrGet("href") or "")
        label = "".join(token.content for token in _label(tokens, index))
        live = _links(env).allows(target)
        # A label that looks like an address of its own may be a false one: then both are shown.
        written = "" if label == target or (live and not _links(env).joints(label)) else target
        env.setdefault("opened", []).append((live, written))
        return _open(target) if live else ""

    def link_close(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: _Env) -> str:
        live, written = env["opened"].pop()
        return ("</a>" if live else "") + (f" ({html.escape(written)})" if written else "")

    def image(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: _Env) -> str:
        token = tokens[index]
        return f"{html.escape(token.content)} ({html.escape(str(token.attrGet('src') or ''))})"


def _links(env: _Env) -> Links:
    links = env["links"]
    assert isinstance(links, Links)  # noqa: S101 - for the type checker: `to_html` put it there
    return links


def _open(target: str) -> str:
    return f'<a href="{html.escape(target)}" target="_blank" rel="noopener noreferrer nofollow">'


def _label(tokens: Sequence[Token], index: int) -> Sequence[Token]:
    close = next(at for at in range(index, len(tokens)) if tokens[at].type == "link_close")
    return tokens[index:close]


_MARKDOWN = MarkdownIt(
    "commonmark", {"html": False, "linkify": False, "maxNesting": 20}, renderer_cls=_Renderer
).enable(["table", "strikethrough"])


def to_html(text: str, links: Links) -> str:
    """CommonMark (and tables) as HTML, with those links that `links` allows. Pure; never raises on any text."""
    tokens = _MARKDOWN.parse(text)
    for token in tokens:
        # A table's alignment comes as an inline style, which the page's content security policy forbids.
        token.attrs.pop("style", None)
    return str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {"links": links}))
