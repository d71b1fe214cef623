"""The bot's CommonMark as HTML that is safe to put on the page: no raw HTML, no link, no picture, no inline style."""

from __future__ import annotations

import html
from collections.abc import MutableMapping, Sequence
from typing import Any, TypeAlias

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

_Env: TypeAlias = MutableMapping[str, Any]


class _Renderer(RendererHTML):
    """Writes the target of a link or picture out as text: what a model writes must not lead anybody anywhere."""

    def link_open(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: _Env) -> str:
        token = tokens[index]
        target = "" if token.markup == "autolink" else str(token.attrGet("href") or "")
        env.setdefault("targets", []).append(target)
        return ""

    def link_close(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: _Env) -> str:
        target = env["targets"].pop()
        return f" ({html.escape(target)})" if target else ""

    def image(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: _Env) -> str:
        token = tokens[index]
        return f"{html.escape(token.content)} ({html.escape(str(token.attrGet('src') or ''))})"


_MARKDOWN = MarkdownIt(
    "commonmark", {"html": False, "linkify": False, "maxNesting": 20}, renderer_cls=_Renderer
).enable(["table", "strikethrough"])


def to_html(text: str) -> str:
    """CommonMark (and tables) as HTML. Pure; never raises on any text."""
    tokens = _MARKDOWN.parse(text)
    for token in tokens:
        # A table's alignment comes as an inline style, which the page's content security policy forbids.
        token.attrs.pop("style", None)
    return str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))
