"""Who asks for a person, and who does not."""

from __future__ import annotations

import time

import pytest

from bot.wishes import asks_for_person

WISHES = (
    # English: a word, or a few
    "human",
    "Human please",
    "HUMAN!!!",
    "agent!!",
    "agent agent agent",
    "a real person please",
    "real person",
    "live agent",
    "representative",
    "operator, please",
    "hello, human please",
    "talk to a human",
    "Talk to a person!",
    "speak to an agent now",
    "speak with a representative",
    "customer service agent please",
    "no bot, a human",
    "🙏 human 🙏",
    "**Human**",
    # English: said outright
    "I want to talk to a human",
    "i want to speak with a real person, not a bot",
    "I'd like to talk to someone",
    "I’d like to speak to somebody",
    "I need to speak to a manager... no, to an agent\nI need to speak to an agent",
    "Can I talk to a human?",
    "could I please speak to a real person",
    "can you connect me to an agent?",
    "Could you transfer me to customer support?",
    "please connect me with a human agent",
    "connect me to a human",
    "transfer me to an agent please",
    "get me a human",
    "give me a real person",
    "I need a human",
    "I want a real person to help me with this",
    "let me talk to a person",
    "put me through to a representative",
    "can a human look at this please",
    "could an agent help me",
    "is there a real person I can talk to?",
    "is there anybody I can speak to",
    "I want to talk to a human about my refund of order 4711",
    "I don't want to talk to a bot",
    "This does not help at all. I want to talk to a human.",
    "you are useless, get me a human",
    "What does this error mean?\nCan I speak to an agent?",
    "Is it possible to talk to a human?",
    "i wanna talk to a human",
    # Chinese: a word, or a few
    "人工",
    "人工！！！",
    "人工 人工 人工",
    "人工客服",
    "人工服务",
    "真人",
    "真人客服",
    "转人工",
    "轉人工",
    "请转人工",
    "转人工客服",
    "转接人工",
    "转人工服务，谢谢",
    "你好，人工客服",
    "找客服",
    "找人工",
    "有人工吗",
    "有人工客服吗？",
    "有没有人工客服",
    "有真人吗",
    # Chinese: said outright
    "我要找客服",
    "我要人工",
    "我要人工客服！",
    "我想找人工客服",
    "我想跟真人说话",
    "我要和人工客服沟通",
    "我需要人工服务",
    "帮我转人工",
    "帮我转接人工客服，谢谢",
    "能不能转人工？",
    "可以转人工吗",
    "怎么转人工",
    "麻烦转一下人工",
    "我要找真人",
    "我想联系客服",
    "可以找个真人客服吗",
    "能跟人工客服聊吗",
    "我不要机器人",
    "我不想跟机器人说话",
    "这没用，我要转人工",
    "这个报错是什么？\n我要找客服",
    "給我轉真人客服",
    "我要找你们客服",
)
NO_WISHES = (
    "",
    "   ",
    "!!!",
    "what does this error mean?",
    "which person is in the screenshot",
    "who is the person in the picture?",
    "the error says 'contact an agent'",
    'it says "talk to a human", what now?',
    "The page says: contact an agent. What should I do?",
    "“I want to talk to a human”",
    "translate this: I want to talk to a human",
    "translate this\nI want to talk to a human",
    "How do you say I want to talk to a human in Chinese?",
    "what does talk to an agent mean",
    "what happens when I press the button talk to a human?",
    "If that does not work, I want to talk to a human.",
    "I don't want to talk to a human",
    "no human please, you are fine",
    "are you a human?",
    "is this a real person?",
    "am I talking to a human?",
    "is there a person in the picture",
    "how do I contact an agent in this app?",
    "how many agents are online in the screenshot?",
    "my user agent is Firefox",
    "agent id 4711",
    "I need a real estate agent",
    "I need help",
    "I need support for Windows 11",
    "can someone help me with this error?",
    "somebody stole my account",
    "someone",
    "person",
    "support",
    "the human icon is red",
    "a human hair wig, is it in stock?",
    "human resources",
    "can I talk to a person on this page?",
    "the operator is not supported",
    "should I speak to a lawyer",
    "can I speak to my bank with this app",
    "I want to return an item",
    "can you give me the number of people in the queue",
    "> I want to talk to a human\nwhat did he mean?",
    "A customer wrote me: I want a human. How do I answer?",
    "Contact an agent. Try again later.",
    "which agent has my case",
    "我要找客服，是什么意思？",
    "I want a human. What does that mean?",
    "人工智能是什么",
    "人工智能",
    "人工费多少钱",
    "材料，人工，运费",
    "你是真人吗",
    "你是人工还是机器人",
    "有人吗",
    "图里的人是谁",
    "图片上写着“转人工”",
    "“转人工”",
    "转人工是什么意思",
    "提示联系人工客服怎么办",
    "点击转人工没反应",
    "人工客服几点上班",
    "人工客服的电话是多少",
    "客服说要联系卖家",
    "不用转人工",
    "不要转人工",
    "我不要人工",
    "如果不行，我要找客服",
    "把“我要找客服”翻译成英文",
    "人工审核要多久",
    "客服",
    "找客服的按钮在哪里",
    "真人秀",
    "人工湖在哪",
    "这是真人照片吗",
    "需要转人工吗",
)


@pytest.mark.parametrize("text", WISHES)
def test_a_wish(text: str) -> None:
    assert asks_for_person(text)


@pytest.mark.parametrize("text", NO_WISHES)
def test_no_wish(text: str) -> None:
    assert not asks_for_person(text)


def test_a_story_is_none() -> None:
    assert not asks_for_person("It does not work. " * 40 + "I want to talk to a human.")


@pytest.mark.parametrize(
    "text", ["please " * 85, "人工" * 299 + "x", "a real live human " * 33, "转一下" * 199, "' \"" * 199]
)
def test_none_takes_long_to_read(text: str) -> None:
    began = time.perf_counter()
    asks_for_person(text)
    assert time.perf_counter() - began < 0.2
