"""Answers as a model gives them that repeats what an attacker has put into a screenshot."""

from __future__ import annotations

import random
from collections.abc import Iterator

SHOP = "shop.example"
"""The host that may be linked to."""

MENTIONS = (
    "<!channel>", "<!here|here>", "<!everyone>", "<@U0ANNA>", "<@U0ANNA|anna>", "<#C0SHOP|shop>", "<!subteam^S0AGENTS>",
    "<!date^1392734382^{date}^https://evil.test|x>", "@channel", "@here", "@everyone", "&lt;!channel&gt;", "&#60;!here>",
    "\\<!here>", "<&#33;here>", "@durov", "@shop_bot", "t.me/evil", "tg://user?id=1001", "[anna](tg://user?id=1001)",
    "@&#104;ere", "＠here", "@\u200bhere",
)  # fmt: skip
COMMANDS = (
    "/ban everyone", "/ban 1001", "/looksee ban everyone", "!ban everyone", "/stop", "/new", "/retry", "!erase",
    "/ban@shop_bot 1001", "\n/ban telegram:1001\n", "(/erase)", "`/ban all`", "/looksee@shop_bot help",
)  # fmt: skip
LINKS = (
    "https://evil.test/login", "http://evil.test", "evil.test", "www.evil.test/x?y=z#q", "https://EVIL.test:8080/a_b*c",
    "[bank.com](https://evil.test)", "[https://bank.com](https://evil.test/x \"title\")", "[a](<https://evil.test>)",
    "<https://evil.test>", "<https://evil.test|bank.com>", "<mailto:a@evil.test|mail>", "<a@evil.test>", "a@evil.test",
    "![](https://evil.test/p.png)", "[x][r]\n\n[r]: https://evil.test 'y'\n\n", "[r]", "[r][]", "[x\\](https://evil.test)",
    "[javascript](javascript:alert(1))", "[x](data:text/html,<script>)", "javascript:alert(1)", "[x](//evil.test)",
    "[x](https&#58;//evil.test)", "[x](https:\\//evil.test)", "https\\://evil\\.test", "evil&#46;test", "evil&period;test",
    "https://evil.test@shop.example", "https://shop.example@evil.test", "https://shop.example.evil.test/",
    "https://shop.example\\@evil.test/", "https://shop.example:x@evil.test", "https://shop.exampleevil.test",
    "https://shop.example%2eevil.test", "https://shop.example\u2024evil.test", "https://shop.example。evil.test",
    "https://shop.exampl\u0435/", "https://xn--shop-example.evil.test", "1.2.3.4", "http://2130706433/", "http://[::1]/",
    "https://evil。test", "https://evil．test", "ftp://evil.test", "https:evil.test", "https:/evil.test", "//evil.test",
    "[https://shop.example](https://evil.test)", "[https://evil.test](https://shop.example/x)", "evil.*test*", "evil**.**test",
    "https://evil\u200b.test", "https://e\u202evil.test", "看https://evil.test看", "点击evil.test", "https://evil.test。",
)  # fmt: skip
ALLOWED = (
    "https://shop.example/returns", "https://www.shop.example/a?b=c&d=%20", "[returns](https://shop.example/returns)",
    "<https://shop.example/x>", "看https://shop.example/y。", "help@shop.example", "[**r**](https://shop.example/ 't')",
    "**https://shop.example**", "https://shop.example.", "[![p](https://shop.example/p.png)](https://shop.example/)",
)  # fmt: skip
MARKUP = (
    "**", "*", "_", "__", "~~", "`", "``", "```", "```python\n", "~~~\n", "||", "# ", "## ", "> ", ">> ", "- ", "* ", "1. ",
    "| a | b |\n|---|:-:|\n| c | d |\n", "---\n", "\n", "\n\n", "  \n", "\t", "    ", "[", "]", "(", ")", "](", "][", "]:", "<",
    ">", "&", "\\", "!", "![", "$x$", "$$", "\\(", "^", "[^1]", "\n[^1]: note\n", "- [x] ", "::: tip\n", "<!-- ", " -->",
)  # fmt: skip
HTML = (
    "<script>document.title='pwned'</script>", "<img src=x onerror=\"document.title='pwned'\">", "<b>", "</b>", "<br/>",
    "<iframe src=https://evil.test></iframe>", "<a href='https://evil.test'>x</a>", "<svg/onload=alert(1)>", "<style>*{}",
    "<!DOCTYPE html>", "<?php ?>", "<![CDATA[x]]>", "<tg-spoiler>", "<code class=\"language-x\" onclick=1>", "&lt;script&gt;",
    "</div></body>", "<form action=/api/commands>", "<base href=//evil.test>", "<math><mtext>", "<details open ontoggle=x>",
    "\"><script>", "' onmouseover='x", "<meta http-equiv=refresh content='0;url=//evil.test'>", "&#x3c;script&#x3e;",
)  # fmt: skip
CONTROLS = (
    "\x1b[31m", "\x1b]8;;https://evil.test\x07x\x1b]8;;\x07", "\x1b[2J", "\x9b2J", "\x07", "\x08\x08", "\r", "\x00", "\x7f",
    "\u202e", "\u2066", "\u2069", "\u200f", "\ufeff", "\u2028", "\u2029", "\ud800", "\udfff", "\U000e0041", "\u200d", "\u2060",
    "\x85", "\x0b", "\x0c", "\ufffe",
)  # fmt: skip
WORDS = (
    "It says ", "E-4127 ", "12.00 ", "v1.2.3 ", "e.g. ", "付款失败。", "订单号", "🙂", "👩‍👩‍👧", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "e\u0301", "𝒳", "word ", "a_b ",
    "لا ", "עברית ", "Zażółć ", "1/2 ", "and/or ", "C:\\Temp\\x.log ", "config.json ", "x" * 300, "🙂" * 50, "汉" * 200,
)  # fmt: skip

FRAGMENTS = (*MENTIONS, *COMMANDS, *LINKS, *ALLOWED, *MARKUP, *HTML, *CONTROLS, *WORDS)


def replies(count: int, seed: int) -> Iterator[str]:
    """So many answers: every fragment alone, then fragments in rows, parts of fragments, and some that are very
    long."""
    draw = random.Random(seed)
    yield from FRAGMENTS[:count]
    for _ in range(count - len(FRAGMENTS)):
        kind = draw.random()
        length = draw.randint(200, 1500) if kind < 0.004 else draw.randint(2, 12 if kind < 0.8 else 60)
        pieces = [draw.choice(FRAGMENTS) for _ in range(length)]
        if kind > 0.5:
            pieces = [_damaged(piece, draw) for piece in pieces]
        yield draw.choice(("", " ", "")).join(pieces)


def _damaged(piece: str, draw: random.Random) -> str:
    """The piece, or a part of it, or with something in its middle."""
    at = draw.randrange(len(piece) + 1)
    return draw.choice((piece, piece[:at], piece[at:], piece[:at] + draw.choice(FRAGMENTS) + piece[at:]))
