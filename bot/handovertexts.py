"""What customers are told of hand-overs, of opening hours and of pauses, in English and Chinese."""

from __future__ import annotations

from bot.cases import Cause
from bot.messages import Language
from bot.ports import Heard
from bot.texts import Sentence

# --- handing over ----------------------------------------------------------------------------------------------------

HANDED_OVER = {
    Cause.ASKED: Sentence(en="A person will answer you right here.", zh="好的，人工客服会在这里回复您。"),
    Cause.MODEL: Sentence(
        en="I think that a person should look at this, and have passed it on: they will answer you right here.",
        zh="这个问题需要人工处理，我已转交，客服会在这里回复您。",
    ),
    Cause.RATED: Sentence(
        en="I am sorry that my answers were no help. I have passed this on to a person, who will answer you right here.",
        zh="很抱歉我的回答没有帮到您。我已转交人工客服，会在这里回复您。",
    ),
    Cause.SET_ASIDE: Sentence(
        en="A person will look at it, and answer you right here.", zh="人工客服会查看，并在这里回复您。"
    ),
}
ESTIMATE = Sentence(en="That usually takes about {time}.", zh="通常需要约 {time}。")
MEANWHILE = Sentence(
    en="Until then, just go on writing: I help as far as I can, and they will see all of it.",
    zh="在此之前您可以继续提问，我会尽力协助，客服也会看到全部内容。",
)
WAITS_ALREADY = Sentence(
    en="You have been in the queue for a person for about {time}: they will answer you right here.",
    zh="您已等待人工客服约 {time}，客服会在这里回复您。",
)
HAS_IT_ALREADY = Sentence(
    en="{name} has this conversation, and reads what you write here.",
    zh="{name}正在处理您的对话，会看到您在这里发送的内容。",
)
WHERE_HEARD = {
    Heard.THREAD: Sentence(
        en="Please write in this thread; what mentions somebody else does not reach me.",
        zh="请在本消息列中发送；提到（@）其他人的消息我收不到。",
    ),
    Heard.ADDRESSED: Sentence(
        en="In this group, reply to one of my messages or mention me: nothing else that is written here reaches me.",
        zh="在本群中，请回复我的消息或 @我；其他消息我收不到。",
    ),
}
"""How customers reach who answers them, where not everything that they write arrives."""
SOMEBODY = Sentence(en="A person", zh="人工客服")
NO_DESK = Sentence(
    en="There is nobody here whom I could pass you on to, I am sorry: I answer on my own. Tell me what it is about, and I "
    "do what I can; or get in touch with {company} another way.",
    zh="很抱歉，这里没有可以转接的人工客服，由我来解答。请告诉我您遇到的问题，我会尽力协助；您也可以通过其他方式联系{company}。",
)
TALK_TO_PERSON = Sentence(en="Talk to a person", zh="转人工")

# --- opening hours -----------------------------------------------------------------------------------------------------

THERE = Sentence(en="Our people are there right now.", zh="客服目前在线。")
THERE_UNTIL = Sentence(en="Our people are there until {when} ({zone}).", zh="客服在线至{when}（{zone}）。")
AWAY = Sentence(en="Our people are not there right now.", zh="客服目前不在线。")
AGAIN_FROM = Sentence(
    en="Our people are not there right now, but again from {when} on ({zone}).",
    zh="客服目前不在线，{when} 恢复服务（{zone}）。",
)
TODAY = Sentence(en="{clock}", zh="今天 {clock}")
TOMORROW = Sentence(en="tomorrow {clock}", zh="明天 {clock}")
WEEKDAYS = (
    Sentence(en="Monday", zh="周一"),
    Sentence(en="Tuesday", zh="周二"),
    Sentence(en="Wednesday", zh="周三"),
    Sentence(en="Thursday", zh="周四"),
    Sentence(en="Friday", zh="周五"),
    Sentence(en="Saturday", zh="周六"),
    Sentence(en="Sunday", zh="周日"),
)

# --- who has a conversation, and how it was ------------------------------------------------------------------------------

LEFT_PERSON = Sentence(en="That ends your conversation with our people.", zh="您与人工客服的对话已结束。")
LEFT_QUEUE = Sentence(en="You are not in the queue for a person any more.", zh="您已退出人工客服的等待。")
STATUS_QUEUE = Sentence(
    en="You are in the queue for a person, for about {time}.", zh="您正在等待人工客服，已等待约 {time}。"
)
STATUS_PERSON = Sentence(
    en="{name} has this conversation, for about {time}.", zh="{name}正在处理您的对话，已接手约 {time}。"
)
STATUS_CLOSED = Sentence(
    en="This conversation was closed about {time} ago. Your next message begins a new one.",
    zh="本次对话已于约 {time}前结束。您的下一条消息将开始新对话。",
)
RATED = Sentence(en="Thank you! I have noted your {score} of 5.", zh="谢谢！您的评分 {score}/5 已记录。")
NOTHING_TO_RATE = Sentence(
    en="There is no closed conversation here that you could rate. Once a person has closed one, you are asked.",
    zh="这里没有可以评分的对话。人工客服结束对话后会邀请您评分。",
)
RATED_BY_ANOTHER = Sentence(
    en="That is for the person whose conversation it was to say.", zh="只有发起该对话的客户本人可以评分。"
)
WHICH_SCORE = Sentence(en="How was it? From 1 (bad) to 5 (very good), please.", zh="请打分：1（差）到 5（很好）。")
NO_SCORE = Sentence(
    en="`{word}` is no mark. From 1 (bad) to 5 (very good), please.",
    zh="`{word}` 不是评分。请输入 1（差）到 5（很好）。",
)

# --- pauses ----------------------------------------------------------------------------------------------------------

PAUSED = Sentence(
    en="⏸️ I am taking a short break. Your question is noted, and I answer it by myself as soon as it is over.",
    zh="⏸️ 服务暂停中。您的问题已记下，恢复后会自动回答。",
)
PAUSED_BECAUSE = Sentence(
    en="⏸️ I am taking a short break: {reason}. Your question is noted, and I answer it by myself as soon as it is over.",
    zh="⏸️ 服务暂停中：{reason}。您的问题已记下，恢复后会自动回答。",
)


def where_heard(heard: Heard, language: Language) -> list[str]:
    """How a customer reaches who answers them; nothing where all that they write does."""
    return [WHERE_HEARD[heard].say(language)] if heard in WHERE_HEARD else []


def paused(reason: str, language: Language) -> str:
    """That the service is paused, and why, if that is to be said."""
    return PAUSED_BECAUSE.say(language, reason=reason) if reason else PAUSED.say(language)
