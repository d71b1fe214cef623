"""Cards and lines of the log, in both languages."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from bot.cards import Cards, quoted, staff
from bot.cases import CardFacts, Case, CaseState, Cause, LogEntry, LogKind, Staff
from bot.messages import ChatKey

CHAT = ChatKey("telegram", "bot", "1")
CASE = Case(7, CHAT, CaseState.WAITING, Cause.RATED, "telegram:1", "Ann *B* [x](y)", "en", since=1_764_000_000.0)
ZH = Cards("zh", ZoneInfo("Asia/Shanghai"))


def line(text: str, kind: LogKind = LogKind.MOVED, actor: Staff = Staff("slack:T1/MIA", "Mia")) -> str:  # noqa: B008
    reply = ZH.entry(CASE, LogEntry(1, 7, kind, 0.0, actor, text))
    assert reply is not None
    return reply.text


def test_a_card_in_chinese_and_in_the_desks_time() -> None:
    card = ZH.card(CASE, CardFacts("怎么办？", answer="请重启", summary="死机"))
    assert card.text == (
        "**#7 · 等待人工**\n\nAnn \\*B\\* \\[x\\](y)\u2060（Telegram）· 两次回答没有帮助 · 自 2025-11-25 00:00 CST\n\n"
        "问题：\n\n> 怎么办？\n\n机器人的回答：\n\n> 请重启\n\n概要：\n\n> 死机"
    )
    assert [button.label for button in card.buttons] == ["接手", "关闭", "草拟回复", "提取信息"]
    assert ZH.title(CASE, CardFacts("怎么\n办？")) == "#7 Ann *B* [x](y): 怎么 办？"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("bot>waiting:model", "🔔 Ann \\*B\\* \\[x\\](y)\u2060正在等待人工：机器人无法解决。"),
        ("human>waiting:agent", "↩️ Mia已将会话放回队列。"),
        ("waiting>human:agent", "🙋 Mia已接手。"),
        ("closed>human:agent", "🔓 Mia重新打开了会话。"),
        ("human>bot:agent", "🤖 Mia已将会话交还机器人。"),
        ("waiting>closed:agent", "✅ 由Mia关闭。"),
    ],
)
def test_every_transition_has_a_line(text: str, says: str) -> None:
    assert line(text) == says


def test_what_did_not_arrive_is_told_in_the_rooms_language() -> None:
    late = "the customer has written nothing for 24 hours; until they do, only the owner can"
    assert line(late, LogKind.UNDELIVERED) == (
        "⚠️ Ann \\*B\\* \\[x\\](y)\u2060没有收到这条消息：客户已有 24 小时没有发言，在其再次发言之前只有商家本人可以发送"
    )
    assert line("the customer has blocked the bot", LogKind.UNDELIVERED).startswith(
        "⚠️ Ann \\*B\\* \\[x\\](y)\u2060屏蔽了机器人，"
    )
    assert line("Telegram cannot tell whether a message arrived", LogKind.IN_DOUBT) == (
        "⚠️ 无法确认Ann \\*B\\* \\[x\\](y)\u2060是否收到这条消息：Telegram 无法查询消息是否送达"
    )


def test_a_customer_who_begins_anew_has_not_closed_their_case_as_agents_do() -> None:
    said = line("waiting>closed:asked", actor=Staff("telegram:1", "Ann"))
    assert said == "🆕 Ann \\*B\\* \\[x\\](y)\u2060开始了新对话，此会话随之关闭。"


def test_nothing_unseen_or_turned_round_is_in_a_name() -> None:
    odd = replace(CASE, customer_name="Anna\u202e\u200bgnp", agent_name="M\u2066ia\u200f", agent="slack:T1/MIA")
    facts = CardFacts()
    assert "Annagnp（" in ZH.card(odd, facts).text
    assert ZH.title(odd, facts) == "#7 Annagnp"
    assert "Mia处理中" in ZH.card(replace(odd, state=CaseState.HUMAN), facts).text
    assert staff("slack:T1/MIA", "M\u202eia\u2800") == Staff("slack:T1/MIA", "Mia")
    assert "客户（" in ZH.card(replace(CASE, customer_name="\u3164\u200b"), facts).text


def test_who_has_no_name_is_called_by_their_key() -> None:
    assert line("waiting>human:agent", actor=Staff("slack:T1/MIA")) == "🙋 slack:T1/MIA已接手。"


def test_nothing_gets_out_of_a_quotation() -> None:
    assert quoted("```\n# x\n\n- y") == "> ```\n> # x\n> \n> - y"
    assert quoted("x" * 30, 10) == f"> {'x' * 9}…"


def test_a_case_of_an_earlier_conversation_offers_nothing_that_it_could_not_do() -> None:
    card = ZH.card(replace(CASE, current=False), CardFacts())
    assert "客户之后已开始新的对话。" in card.text
    assert [button.command for button in card.buttons] == ["extract"]
