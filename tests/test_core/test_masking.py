"""What is left out of texts, and what stays readable."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.masking import Masking, luhn

ALL = Masking(cards=True, emails=True, phones=True)

CARDS = [
    "4111111111111111",
    "4111 1111 1111 1111",
    "4111-1111-1111-1111",
    "5555555555554444",
    "2223003122003222",
    "3782 822463 10005",
    "3056 930902 5904",
    "6011111111111117",
    "3530111333300000",
    "6222 0212 3456 7890 128",
    "6222021234567890128",
    "４１１１１１１１１１１１１１１１",
]
EMAILS = [
    "ann@example.com",
    "ann.b+shop@mail.example.co.uk",
    "müller@beispiel.de",
    "12345678@qq.com",
    "ann＠example.com",
]
PHONES = [
    "13800138000",
    "138 0013 8000",
    "138-0013-8000",
    "+86 138 0013 8000",
    "+8613800138000",
    "86-13800138000",
    "008613800138000",
    "１３８００１３８０００",
    "010-12345678",
    "0755-26001234-801",
    "(010) 12345678",
    "+1 (415) 555-2671",
    "+14155552671",
    "(415) 555-2671",
    "415-555-2671",
    "+44 20 7946 0958",
    "020 7946 0958",
    "07700 900123",
    "+49 30 901820",
]
AROUND = ["{}", "It is {}, thanks", "我的是{}谢谢", "号码：{}。", "({})", "a\n{}\nb", "«{}»!"]


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("number", CARDS)
def test_card_numbers_are_masked_but_for_their_end(number: str, around: str) -> None:
    said = Masking(cards=True).question(around.format(number))
    assert said != around.format(number)
    assert sum(c.isdigit() for c in said) == 4
    before, _, after = around.partition("{}")
    assert said.startswith(before)
    assert said.endswith(after)


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("address", EMAILS)
def test_addresses_are_masked(address: str, around: str) -> None:
    said = Masking(emails=True).question(around.format(address))
    assert said in (around.format("[e-mail address]"), around.format("[邮箱地址]"))


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("number", PHONES)
def test_phone_numbers_are_masked(number: str, around: str) -> None:
    said = Masking(phones=True).question(around.format(number))
    assert said in (around.format("[phone number]"), around.format("[电话号码]"))


@pytest.mark.parametrize(
    "text",
    [
        "Order 4127-1111-0000-2345 has not arrived",
        "my order number is 1234567890123456",
        "Amazon order 113-1234567-1234567",
        "订单号 202611270012345678 什么时候发货？",
        "订单号：13800138000",
        "运单号SF1380013800012，麻烦查一下",
        "快递单号 773112345678901",
        "微信交易单号 4200001234202611271234567890",
        "淘宝订单3520412345678901234",
        "tracking 1Z999AA10123456784, DHL 00340434161094015902",
        "Error E-4127, 0x80070057, ERR_CONNECTION_RESET (-101)",
        "错误码 40163，代码 0x8007000E",
        "Windows 10.0.22631.4460, Chrome 131.0.6778.86",
        "2026-11-27 03:19:37, 27.11.2026, 20261127031937",
        "192.168.100.200, 10.0.0.1:8080, fe80::1ff:fe23:4567:890a",
        "$1,234.56, 12 345,67 €, ¥13800.00, +123456789.50, UTC+08:00",
        "EAN 4006381333931, ISBN 978-3-16-148410-0, IBAN DE89 3704 0044 0532 0130 00",
        "serial C02XK1ABJGH5, SN 138001380001, IMEI 490154203237518",
        "logo@2x.png and @ann, see foo@1.2.3, git log @{1}",
        "ticket 415-555-2671",
        "id 0f8fad5b-d9cb-469f-a165-70867728950e",
        "1380013800", "138001380001", "A13800138000B", "400-820-8820", "12345",
        "+1234567", "1 + 12345678901 = 12345678902", "(1) 2345",
    ],
)  # fmt: skip
def test_what_questions_are_about_stays_readable(text: str) -> None:
    assert ALL.question(text) == text


def test_several_in_one_text_each_by_its_own_setting() -> None:
    text = "I am ann@example.com, 13800138000, card 4111 1111 1111 1111 123"
    assert ALL.question(text) == "I am [e-mail address], [phone number], card [card number …1111] 123"
    assert Masking(cards=True).question(text).startswith("I am ann@example.com, 13800138000, card [")
    assert Masking(emails=True).question(text).endswith("4111 1111 1111 1111 123")
    assert Masking().question(text) == text


def test_of_an_answer_only_cards_are_masked() -> None:
    said = ALL.answer("Write to help@acme.example or call +1 415 555 2671; the card is 4111111111111111.")
    assert said == "Write to help@acme.example or call +1 415 555 2671; the card is [card number …1111]."
    assert Masking(phones=True).answer("4111111111111111") == "4111111111111111"


def check_digit(body: str) -> str:
    return next(d for d in "0123456789" if luhn(body + d))


@given(st.text(alphabet="0123456789", min_size=12, max_size=12), st.sampled_from(["", " ", "-"]))
def test_every_visa_number_is_masked(rest: str, between: str) -> None:
    body = "400" + rest
    number = body + check_digit(body)
    written = between.join(number[at : at + 4] for at in range(0, 16, 4))
    assert ALL.question(f"card {written}.") == f"card [card number …{number[-4:]}]."


@given(st.integers(0, 8), st.text(alphabet="0123456789", min_size=15, max_size=15))
def test_a_wrong_check_digit_is_no_card(off: int, rest: str) -> None:
    body = "4" + rest[:14]
    wrong = str((int(check_digit(body)) + 1 + off) % 10)
    assert Masking(cards=True).question(f"no {body}{wrong}") == f"no {body}{wrong}"


@given(st.integers(3, 9), st.text(alphabet="0123456789", min_size=9, max_size=9))
def test_every_mobile_of_the_mainland_is_masked(second: int, rest: str) -> None:
    assert Masking(phones=True).question(f"电话1{second}{rest}") == "电话[电话号码]"


@settings(max_examples=300)
@given(st.text(max_size=200) | st.text(alphabet="0123456789+-. ()@a邮_\n", max_size=120))
def test_masking_is_total_and_needs_no_second_time(text: str) -> None:
    once = ALL.question(text)
    assert ALL.question(once) == once
    assert once.count("\n") == text.count("\n")


@given(st.text(alphabet="abcdefg 中文字,.!?\n", max_size=200))
def test_plain_words_are_not_touched(text: str) -> None:
    assert ALL.question(text) == text


def test_long_texts_take_no_time() -> None:
    for unit in ("1", "1 ", "1-", "a@", "a.", "+1 ", "(0", "4111 ", "13 "):
        text = unit * (50_000 // len(unit))
        assert len(ALL.question(text)) <= len(text) + 30 * len(text)
