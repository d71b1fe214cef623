"""What the model says, made harmless."""

from __future__ import annotations

import pytest

from bot.spoken import JOINER, Links, name_of, outside, parted, printable

SHOP = Links(["shop.example", "10.0.0.5"])


@pytest.mark.parametrize(
    "address",
    [
        "https://shop.example",
        "http://shop.example:8080/a_b?c=d#e",
        "HTTPS://WWW.Shop.Example/",
        "https://shop.example/https://evil.test",
        "http://10.0.0.5/x",
    ],
)
def test_what_may_be_a_link(address: str) -> None:
    assert SHOP.allows(address)
    assert not Links().allows(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "shop.example",
        "ftp://shop.example/",
        "javascript:alert(1)//https://shop.example/",
        "https://shop.example@evil.test/",
        "https://shop.example:80@evil.test/",
        "https://shop.example.evil.test/",
        "https://notshop.example/",
        "https://shop.example\\@evil.test/",
        "https://shop.example?x@evil.test",
        "https://shop.example#@evil.test",
        "https://shop.example%2eevil.test/",
        "https://shop.exampl\u0435/",
        "https://shop.example\n.evil.test/",
        "https://110.0.0.5/",
        "//shop.example/",
    ],
)
def test_what_may_not(address: str) -> None:
    assert not SHOP.allows(address)


PARTED = {
    "Pay 12.00 for v1.2.3, e.g. now.": "Pay 12.00 for v1.2.3, e.|g. now.",
    "see evil.test": "see evil.|test",
    "https://evil.test/a.b": "https:|//evil.|test/a.|b",
    "https://shop.example/a.b and https://shop.example.": "https://shop.example/a.b and https://shop.example.",
    "https://shop.example.evil.test": "https:|//shop.|example.|evil.|test",
    "https://shop.example).evil.test": "https:|//shop.|example).|evil.|test",
    "看https://shop.example/y。看": "看https://shop.example/y。看",
    "https://shop.example，evil": "https:|//shop.|example，evil",
    "help@shop.example, a@evil.test": "help@shop.example, a@evil.|test",
    "1.2.3.4 1.2.3": "1.|2.3.4 1.2.3",
    "https\\://evil\\.test": "https\\:|//evil\\.|test",
    "https://shop.example/_evil.test_": "https://shop.example/_evil.|test_",
    "https://shop.example/a&gt;evil.test": "https://shop.example/a&gt;evil.|test",
}


@pytest.mark.parametrize("text", PARTED)
def test_texts_are_parted_where_an_address_would_go_on(text: str) -> None:
    assert SHOP.inert(text) == PARTED[text].replace("|", JOINER)
    assert SHOP.inert(SHOP.inert(text)) == SHOP.inert(text)


def test_places_and_spans() -> None:
    assert parted("abc", [2, 1]) == f"a{JOINER}b{JOINER}c"
    assert parted("", []) == ""
    assert outside([0, 1, 2, 3, 4], [(2, 4), (0, 2)]) == [0, 2, 4]


def test_control_characters_go() -> None:
    assert printable("a\x1b[31m\tb\r\n\u202ec\u2066\ud800\x85") == "a[31m\tb\nc"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Anna\u202egnp.exe", "Annagnp.exe"),
        ("An\u200b\u2060na\u00ad \u200f\ufeffB\u061c", "Anna B"),
        ("A\nB\x0bC\u2028D\x07", "A B C D"),
        ("\u3164\u2800 \u115f", ""),
        ("\u200d\ufe0f", ""),
        ("\u0639\u0644\u06cc\u200c\u0631\u0636\u0627", "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627"),
        ("👩\u200d💻 ❤\ufe0f", "👩\u200d💻 ❤\ufe0f"),
        ("张三 José", "张三 José"),
    ],
)
def test_a_name_is_what_can_be_seen_of_it(name: str, shown: str) -> None:
    assert name_of(name) == shown
