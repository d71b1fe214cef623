"""Why messages do not arrive, in English and Chinese. Adapters say it in English, in the words here, which logs keep;
people are told it in their language. A seam."""

from __future__ import annotations

from bot.messages import LANGUAGES, Language
from bot.texts import Sentence

_KNOWN: dict[str, Sentence] = {}


def _reason(en: str, zh: str) -> Sentence:
    """A reason that is known again by its English words."""
    return _KNOWN.setdefault(en, Sentence(en, zh))


# --- Telegram

BLOCKED = _reason(en="the customer has blocked the bot", zh="客户屏蔽了机器人")
ACCOUNT_DELETED = _reason(en="the customer's Telegram account was deleted", zh="客户的 Telegram 账号已注销")
BOT_REMOVED = _reason(en="the bot was removed from the Telegram group", zh="机器人已被移出 Telegram 群组")
NOT_IN_GROUP = _reason(en="the bot is not in the Telegram group", zh="机器人不在 Telegram 群组中")
TOPIC_CLOSED = _reason(
    en="the topic is closed: reopen it, or make the bot an administrator who may manage topics",
    zh="话题已关闭：请重新打开，或将机器人设为可管理话题的管理员",
)
NO_TOPICS = _reason(
    en="the Telegram group has no topics: switch them on in its settings",
    zh="Telegram 群组未开启话题：请在群组设置中开启",
)
MAY_NOT_MAKE_TOPICS = _reason(
    en="the bot may not make topics: make it an administrator of the group who may manage topics",
    zh="机器人无权创建话题：请将其设为可管理话题的群组管理员",
)
LACKS_A_RIGHT = _reason(
    en="the bot lacks a right in the Telegram group: make it an administrator",
    zh="机器人在 Telegram 群组中权限不足：请将其设为管理员",
)
MAY_NOT_WRITE = _reason(en="the bot may not write in the Telegram group", zh="机器人无权在 Telegram 群组中发言")
TOO_OLD_TO_DELETE = _reason(
    en="Telegram lets a bot take its messages away for 48 hours only", zh="Telegram 只允许机器人在 48 小时内撤回消息"
)
OUT_OF_TIME = _reason(
    en="the customer has written nothing for 24 hours; until they do, only the owner can",
    zh="客户已有 24 小时没有发言，在其再次发言之前只有商家本人可以发送",
)
NOT_CONNECTED = _reason(en="the business account is not connected to the bot any more", zh="商家账号已不再连接机器人")
DISCONNECTED = _reason(
    en="the owner has disconnected the business account from the bot", zh="商家已断开账号与机器人的连接"
)
MAY_NOT_DELETE = _reason(
    en="the owner of the business account does not let the bot delete messages", zh="商家不允许机器人删除消息"
)
MAY_NOT_REPLY = _reason(en="the owner of the business account does not let the bot reply", zh="商家不允许机器人回复")
TOO_LARGE = _reason(en="Telegram finds the message too large", zh="Telegram 认为消息过大")
TOPIC_GONE = _reason(en="the topic was deleted", zh="话题已被删除")
TELEGRAM_CANNOT_TELL = _reason(en="Telegram cannot tell whether a message arrived", zh="Telegram 无法查询消息是否送达")

# --- Slack

ARCHIVED = _reason(
    en="the channel is archived: unarchive it, or name another one", zh="频道已归档：请取消归档，或改用其他频道"
)
NOT_IN_CHANNEL = _reason(
    en="the app is not in the channel: type /invite @Looksee there",
    zh="应用不在频道中：请在频道中输入 /invite @Looksee",
)
NO_CHANNEL = _reason(
    en="no such channel, or it is private and the app is not in it: type /invite @Looksee there",
    zh="频道不存在，或为私有频道且应用不在其中：请在频道中输入 /invite @Looksee",
)
NO_PERSON = _reason(en="this person is not in the workspace any more", zh="对方已不在工作区中")
THREAD_GONE = _reason(en="the thread was deleted", zh="话题已被删除")
TOO_LONG_TO_LOOK = _reason(en="the chat is too long to be looked through", zh="对话过长，无法查找")
NO_LOOKING_UP = _reason(en="a private answer cannot be looked up", zh="私密回复无法查询")

_ADVICE = {
    "is_archived": ARCHIVED,
    "not_in_channel": NOT_IN_CHANNEL,
    "channel_not_found": NO_CHANNEL,
    "user_not_found": NO_PERSON,
    "account_inactive": NO_PERSON,
}
"""What Slack's words mean, and what to do then."""

# --- with the platform's own words

TELEGRAM_REFUSES = Sentence(en="Telegram refuses the message: {detail}", zh="Telegram 拒绝了这条消息：{detail}")
SLACK_CANNOT_BE_ASKED = Sentence(en="Slack cannot be asked: {detail}", zh="无法向 Slack 查询：{detail}")
SLACK_REFUSES = Sentence(en="Slack refuses: {detail}", zh="Slack 拒绝了请求：{detail}")
_QUOTING = (TELEGRAM_REFUSES, SLACK_CANNOT_BE_ASKED, SLACK_REFUSES)
_UNKNOWN = Sentence(en="{detail}", zh="平台返回“{detail}”")


def slack_refuses(code: str) -> str:
    """That Slack refuses something, by its word for why, and what to do then."""
    return SLACK_REFUSES.say("en", detail=_advised(code, "en"))


def in_words(reason: str) -> Sentence:
    """What an adapter gave as a reason, in both languages."""
    if known := _KNOWN.get(reason):
        return known
    for sentence in _QUOTING:
        before, _, _ = sentence.en.partition("{")
        if reason.startswith(before):
            return _quoting(sentence, reason.removeprefix(before))
    return _filled(_UNKNOWN, reason, reason)


def _quoting(sentence: Sentence, detail: str) -> Sentence:
    """The sentence with what the platform says in it: a word that is known comes with advice."""
    code = detail.partition(" ")[0]
    en, zh = (_advised(code, language) if code in _ADVICE else detail for language in LANGUAGES)
    return _filled(sentence, en, zh)


def _filled(sentence: Sentence, en: str, zh: str) -> Sentence:
    texts = (sentence.say("en", detail=en), sentence.say("zh", detail=zh))
    return Sentence(*(text.replace("{", "{{").replace("}", "}}") for text in texts))


def _advised(code: str, language: Language) -> str:
    if code not in _ADVICE:
        return code
    advice = _ADVICE[code].say(language)
    return f"{code}（{advice}）" if language == "zh" else f"{code} ({advice})"
