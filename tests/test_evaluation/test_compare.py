"""Which answers are right."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation.compare import Verdict, judge, judge_json

EXACT = Verdict(exact=True, normalised=True)
NORMALISED = Verdict(exact=False, normalised=True)
WRONG = Verdict(exact=False, normalised=False)


@pytest.mark.parametrize(
    ("said", "accepted"),
    [
        ("The error code is **E-4127**.", "E-4127"),
        ("the ERROR code is “e-4127”!", "The error code is E-4127."),
        ("It says `E-4127`: try again", "E-4127"),
        ("错误代码是E-4127。", "E-4127"),
        ("错误代码是：E-4127，请重试", "E-4127"),
        ("错误代码是「E-4127」", "错误代码是 E-4127。"),
        ("请点击取消订单按钮。", "取消订单"),
        ("Ｅ－４１２７", "E-4127"),
        ("Total: $ 12.00.", "$ 12.00"),
        ("You pay (12.00 USD), today", "12.00 USD"),
        ("It is 1 234.00 in all", "1\u202f234.00"),
        ("时间是 12：30。", "12:30"),
        ("Payment failed.\nTry again", "Payment failed\n\nTry again"),
        ("The temperature is -5", "-5"),
        ("It's the “Don’t save” button", "Don't save"),
        ("No, I cannot see it.", "No"),
        ("**Yes**, there is one", "yes"),
        ("没有取消按钮。", "没有"),
        ("有，截图中可以看到。", "有"),
        ("Press No, thanks to go on", "No, thanks"),
    ],
)
def test_right_but_not_to_the_letter(said: str, accepted: str) -> None:
    assert judge(said, [accepted]) == NORMALISED


@pytest.mark.parametrize(
    ("said", "accepted"),
    [
        ("The code is 41275.", "4127"),
        ("The code is E-4127.", "4127"),
        ("The code is E-41277", "E-4127"),
        ("ERR_4127_B", "ERR_4127"),
        ("It costs 112.00.", "12.00"),
        ("It costs 12.005.", "12.00"),
        ("It costs 1,212.00", "12.00"),
        ("It costs 1 234.00", "234.00"),
        ("It costs 1\u00a0234.00", "234.00"),
        ("It costs 2，234.00", "234.00"),
        ("You get -12.00", "12.00"),
        ("You get −12.00", "12.00"),
        ("It has reached 50%", "50"),
        ("at 112：30", "12:30"),
        ("a canceled order", "cancel"),
        ("E-4127 or the like", "The error code is E-4127."),
        ("There is no such button.", "No"),
        ("Nothing of the kind.", "No"),
        ("No. 12 is the order.", "No"),
        ("I cannot say yes.", "Yes"),
        ("没有。", "有"),
        ("截图中有。", "有"),
        ("有没有按钮？", "有"),
        ("对不起，我看不清。", "对"),
        ("不是。", "是"),
        ("", "E-4127"),
        ("...", "E-4127"),
        ("anything", "..."),
        ("", "**"),
    ],
)
def test_wrong(said: str, accepted: str) -> None:
    assert judge(said, [accepted]) == WRONG


def test_one_of_several_will_do() -> None:
    assert judge(" 12.00 USD\n", ["$ 12.00", "12.00 USD"]) == EXACT
    assert judge("It is 12.00 usd.", ["$ 12.00", "12.00 USD"]) == NORMALISED
    assert judge("It is 12.00.", ["$ 12.00", "12.00 USD"]) == WRONG


TEXTS = st.text(st.one_of(st.characters(), st.sampled_from("0123456789.,-% 有没，。：*`“”")), max_size=30)


@given(TEXTS)
def test_a_text_is_right_when_it_is_the_answer(text: str) -> None:
    assert judge(f" {text}\n", [text]) == EXACT


@given(st.from_regex(r"[A-Z]{1,4}-[0-9]{3,6}", fullmatch=True), st.from_regex(r"[A-Z0-9]{1,3}", fullmatch=True))
def test_a_code_with_something_more_is_another_code(code: str, more: str) -> None:
    sentence = "The error code is {}."
    assert judge(sentence.format(code), [code]) == NORMALISED
    assert judge(sentence.format(code + more), [code]) == WRONG
    assert judge(sentence.format(more + code), [code]) == WRONG


@given(st.decimals(0, 100_000, places=2), st.decimals(0, 100_000, places=2))
def test_an_amount_is_no_other_amount(left: object, right: object) -> None:
    for template in ("The total is {:,}.", "总额是{:,}。", "**{:,} USD**"):
        assert judge(template.format(left), [f"{right:,}"]).normalised is (f"{left:,}" == f"{right:,}")


TICKET = {"code": "E-4127", "amounts": ["12.00"], "count": 1, "paid": True, "note": None}


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, EXACT),
        ({"code": "e-4127."}, Verdict(exact=False, normalised=True)),
        ({"count": 1.0}, EXACT),
        ({"code": "The code is E-4127"}, Verdict(exact=False, normalised=False, fields=("code",))),
        ({"count": True}, Verdict(exact=False, normalised=False, fields=("count",))),
        ({"paid": 1, "note": ""}, Verdict(exact=False, normalised=False, fields=("paid", "note"))),
        ({"amounts": ["12.00", "1.00"]}, Verdict(exact=False, normalised=False, fields=("amounts",))),
        ({"more": 1}, Verdict(exact=False, normalised=False, fields=("more",))),
    ],
)
def test_json_is_compared_field_by_field(change: dict[str, Any], verdict: Verdict) -> None:
    assert judge_json(json.dumps({**TICKET, **change}), [TICKET]) == verdict


def test_json_in_another_order_is_the_same() -> None:
    assert judge_json(json.dumps(dict(reversed(TICKET.items()))), [TICKET]) == EXACT


@pytest.mark.parametrize("said", ["", "{", "E-4127", "[" * 100_000, "[]", "null"])
def test_what_is_no_such_json_is_wrong(said: str) -> None:
    assert not judge_json(said, [TICKET]).normalised


def test_one_of_several_values_will_do() -> None:
    assert judge_json('["a"]', [["b"], ["a"]]) == EXACT
