"""Every sentence that Looksee itself says to people in a chat, in English and Chinese."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bot.messages import LANGUAGES, Language


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence in every language; placeholders are those of `str.format`."""

    en: str
    zh: str

    def say(self, language: Language, **values: object) -> str:
        """The sentence in a language, with its placeholders filled in."""
        text: str = getattr(self, language)
        return text.format(**values)

    def both(self) -> dict[Language, str]:
        """The sentence by language, as platforms' menus want it."""
        return {language: getattr(self, language) for language in LANGUAGES}


def in_a_row(sentences: Iterable[str], language: Language) -> str:
    """Sentences one behind the other: Chinese has no spaces between them."""
    return ("" if language == "zh" else " ").join(sentences)


_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_FOUR_LETTERS = re.compile(r"(?:[^A-Za-z]*+[A-Za-z]){4}")


def language_of(text: str) -> Language | None:
    """The language that `text` shows by its own script; None if it is too short to tell."""
    if _HAN.search(text):
        return "zh"
    return "en" if _FOUR_LETTERS.match(text) else None


def choose_language(text: str, hint: str = "", before: str = "") -> Language:
    """The language to answer `text` in: its own script first, then what the chat spoke `before`, then the platform's
    `hint` (a language tag); English if nothing tells."""
    own = language_of(text)
    if own is not None:
        return own
    for tag in (before, hint):
        if tag:
            return "zh" if tag.lower().startswith("zh") else "en"
    return "en"


# --- greetings and help ------------------------------------------------------------------------------------------

WELCOME = Sentence(
    en="Hello, this is the assistant of {company}. Send me a screenshot and tell me what you need to know, "
    "for example: *What does this error mean?* You can ask further questions about it afterwards.",
    zh="您好，这里是{company}的智能客服。请发一张截图，并告诉我您想了解什么，例如：*这个报错是什么意思？* 之后可以接着追问。",
)
HELP_HEADING = Sentence(en="What you can send me:", zh="您可以发送：")
HELP_PICTURE = Sentence(
    en="a screenshot (PNG, JPEG, WebP or GIF, up to {megabytes} MB) with your question",
    zh="一张截图（PNG、JPEG、WebP 或 GIF，不超过 {megabytes} MB）和您的问题",
)
HELP_FOLLOW_UP = Sentence(
    en="a further question about a screenshot you sent earlier, for example: *Look at the second screenshot again*",
    zh="对之前发过的截图继续提问，例如：*再看一下第二张截图*",
)
COMMANDS_HEADING = Sentence(en="Commands:", zh="命令：")

# --- commands ----------------------------------------------------------------------------------------------------

START = Sentence(en="Say hello", zh="打个招呼")
HELP = Sentence(en="What I can do", zh="我能做什么")
NEW = Sentence(en="Begin a new conversation", zh="开始新对话")
STOP = Sentence(en="Stop the answer under way", zh="停止当前回答")
STATUS = Sentence(en="What is happening with my question", zh="我的问题处理到哪了")
RETRY = Sentence(en="Send again what did not arrive", zh="重发未送达的消息")
STATS = Sentence(en="Figures of today and of the last 7 days", zh="今天和最近 7 天的统计")
HEALTH = Sentence(en="State of the service", zh="服务状态")
WHOAMI = Sentence(en="Who you are to me", zh="您的身份")

NEW_DONE = Sentence(
    en="A new conversation begins. I no longer refer to what came before. Send a screenshot and your question.",
    zh="已开始新对话，之前的内容不再引用。请发送截图和您的问题。",
)
STOPPED = Sentence(en="Stopped.", zh="已停止。")
NOTHING_TO_STOP = Sentence(en="There is nothing to stop: I am not answering anything.", zh="当前没有正在进行的回答。")
STATUS_IDLE = Sentence(
    en="Nothing is waiting: every question of yours has been answered.", zh="没有待处理的问题，您的问题都已回答。"
)
STATUS_ANSWERING = Sentence(en="I am working on your question right now.", zh="我正在处理您的问题。")
STATUS_WAITING = Sentence(
    en="Your question is waiting: it is number {position} in the queue, and its turn comes in about {time}.",
    zh="您的问题正在排队：排在第 {position} 位，大约还需 {time}。",
)
RETRY_NOTHING = Sentence(
    en="There is nothing to send again: everything has arrived. If an answer did not help, ask in other words.",
    zh="没有需要重发的内容，消息均已送达。如果回答没有帮助，请换个方式提问。",
)
UNKNOWN_COMMAND = Sentence(
    en="I do not know the command `{command}`. Here is what works: {commands}",
    zh="没有 `{command}` 这个命令。可用的命令：{commands}",
)
FROM_NOBODY = Sentence(
    en="I do not know who gave the command `{command}`: it came in the name of a group or channel. In the group's "
    "settings, switch *Remain anonymous* off among your admin rights, and write as yourself.",
    zh="命令 `{command}` 是以群组或频道的名义发出的，无法确认您是谁。请在群组设置的管理员权限中关闭“保持匿名”，并以本人身份发言。",
)
NOT_ALLOWED = Sentence(
    en="The command `{command}` is for the people who run this bot. (You are `{key}`.)",
    zh="命令 `{command}` 仅供管理人员使用。（您是 `{key}`。）",
)
WHOAMI_ANSWER = Sentence(
    en="You are `{key}`, role: {role}. This chat is `{chat}`.", zh="您是 `{key}`，角色：{role}。本对话是 `{chat}`。"
)
ROLE_CUSTOMER = Sentence(en="customer", zh="客户")
ROLE_AGENT = Sentence(en="agent", zh="客服")
ROLE_ADMIN = Sentence(en="admin", zh="管理员")
HEALTH_ANSWER = Sentence(
    en="Model: {model}\nWaiting questions: {inbox}\nMessages to deliver: {outbox}\n"
    "Delivery unknown: {ambiguous}\nUndeliverable: {failed}\nSet aside in 7 days: {set_aside}\n"
    "Agents see cases on: {desk}\nCases: {waiting} waiting, {human} with agents\nProblems: {problems}",
    zh="模型：{model}\n待回答：{inbox}\n待发送：{outbox}\n送达不明：{ambiguous}\n无法送达：{failed}\n"
    "7 天内搁置：{set_aside}\n客服工作台：{desk}\n会话：{waiting} 个等待接手，{human} 个由客服处理\n问题：{problems}",
)
HEALTH_NO_DESK = Sentence(
    en="none (LOOKSEE_DESK__SLACK_CHANNEL or LOOKSEE_DESK__TELEGRAM_GROUP sets one)",
    zh="未设置（LOOKSEE_DESK__SLACK_CHANNEL 或 LOOKSEE_DESK__TELEGRAM_GROUP）",
)
HEALTH_STUCK = Sentence(
    en="`{chat}`: {ambiguous} unknown, {failed} undeliverable, since {since} UTC. Last: {reason}",
    zh="`{chat}`：{ambiguous} 条送达不明，{failed} 条无法送达，自 {since}（UTC）起。最近原因：{reason}",
)
HEALTH_NO_PROBLEM = Sentence(en="none", zh="无")

# --- notices to the people who run the bot ------------------------------------------------------------------------

ALERT = Sentence(en="⚠️ Looksee: {text}", zh="⚠️ Looksee：{text}")
ALERT_OVER = Sentence(en="✅ Looksee: {text}", zh="✅ Looksee：{text}")
SERVICE_DIED = Sentence(
    en="the service died and has been started again ({cause}; deaths in a row: {deaths}). Questions that were being "
    "answered are answered anew.",
    zh="服务异常终止，已自动重启（{cause}；连续次数：{deaths}）。正在回答的问题会重新回答。",
)
MODEL_DIED = Sentence(
    en="the model's process died and is being started again ({cause}). The bot goes on.",
    zh="模型进程异常终止，正在自动重启（{cause}）。机器人继续运行。",
)
MODEL_KEEPS_DYING = Sentence(
    en="the model's process has died {deaths} times in a row ({cause}). Questions wait; somebody should have a look.",
    zh="模型进程已连续终止 {deaths} 次（{cause}）。问题正在排队，请尽快检查。",
)
MODEL_STEADY = Sentence(en="the model's process works again.", zh="模型进程已恢复正常。")
QUESTION_SET_ASIDE = Sentence(
    en="a question in the chat {chat} was set aside: the model died each time it was answered. The customer has been "
    "asked for another screenshot or other words, and may need a person.",
    zh="对话 {chat} 中的一个问题已被搁置：每次回答都导致模型崩溃。已请客户换一张截图或换个说法，可能需要人工处理。",
)
STORE_FAILING = Sentence(
    en="the database cannot be read or written ({reason}). Messages that come in are not confirmed to the platforms, "
    "which send them again for a while. Please look at the free space, at the disk, and at what else has the file open; I go on by "
    "myself as soon as it works.",
    zh="数据库无法读写（{reason}）。新消息暂不向平台确认，平台会在一段时间内重新投递。请检查磁盘空间、磁盘状态，以及是否有其他程序占用该文件；恢复后会自动继续。",
)
STORE_WORKS = Sentence(
    en="the database works again; it failed for {seconds} s. Nothing that had been confirmed is lost.",
    zh="数据库已恢复，故障持续 {seconds} 秒。已确认的消息没有丢失。",
)

# --- pictures ----------------------------------------------------------------------------------------------------

PICTURE_TOO_LARGE = Sentence(
    en="{name} is larger than {megabytes} MB, which is more than I can take. A plain screenshot, or a crop of the part "
    "that matters, will do.",
    zh="{name}超过 {megabytes} MB，我无法接收。请发送普通截图，或只截取相关部分。",
)
PICTURE_UNSUPPORTED = Sentence(
    en="{name} is of the type {kind}, which I cannot look at. Please send a screenshot as PNG, JPEG, WebP or GIF.",
    zh="{name}是 {kind} 文件，我无法查看。请发送 PNG、JPEG、WebP 或 GIF 格式的截图。",
)
PICTURE_BROKEN = Sentence(
    en="{name} could not be opened: it seems to be damaged or cut short. Please take the screenshot again and resend it.",
    zh="{name}无法打开，文件可能已损坏或不完整。请重新截图后再发送。",
)
PICTURE_DIMENSIONS = Sentence(
    en="{name} has too many pixels, or is far too long and narrow, for me to look at. Please send the part that "
    "matters as an ordinary screenshot.",
    zh="{name}的像素过多，或过于细长，我无法查看。请只截取相关部分后再发送。",
)
PICTURE_UNAVAILABLE = Sentence(
    en="{name} could not be fetched. Please send it once more.", zh="{name}无法获取，请再发送一次。"
)
PICTURE_TOO_MANY = Sentence(
    en="I can look at {limit} pictures at a time and have used the first {limit}.",
    zh="一次最多查看 {limit} 张图片，已使用前 {limit} 张。",
)
PICTURE_UNNAMED = Sentence(en="Your file", zh="您的文件")

# --- the model ---------------------------------------------------------------------------------------------------

DEMO = Sentence(
    en="A small demo model answers here: it reads simple screenshots, and nothing more.",
    zh="当前由小型演示模型回答，只能读出简单截图中的内容。",
)

# --- questions and answers ---------------------------------------------------------------------------------------

TEXT_TOO_LONG = Sentence(
    en="Your message has {length} characters; I can read {limit} at most. Please shorten it to what matters.",
    zh="您的消息有 {length} 个字符，最多可处理 {limit} 个。请精简后再发送。",
)
NOTHING_TO_ANSWER = Sentence(
    en="I received a message without text or picture. Please send a screenshot and your question.",
    zh="收到的消息没有文字或图片。请发送截图和您的问题。",
)
ANSWER_FAILED = Sentence(
    en="Something went wrong on our side while I was answering. Your question has not been lost to us, but please "
    "ask it once more.",
    zh="回答时我们这边出了问题，请再问一次。",
)
ANSWER_EMPTY = Sentence(
    en="I have no answer to that. Please put the question another way, or send a screenshot that shows the problem.",
    zh="我没能给出回答。请换个方式提问，或发送能显示问题的截图。",
)
PROMPT_TOO_LONG = Sentence(
    en="That is more than I can look at in one go. Please send fewer or smaller pictures, or a shorter question.",
    zh="内容超出了我一次能处理的范围。请减少图片或缩短问题。",
)
TOO_SLOW = Sentence(
    en="I am sorry: I could not begin with the answer in good time. Your question is noted; to have me try once more, "
    "just write *try again*.",
    zh="很抱歉，我没能及时开始回答。您的问题已记下，如需重试，请回复*再试一次*。",
)
TRY_LATER = Sentence(
    en="I am sorry: so many people are asking right now that I cannot get to your question. It is noted, with its "
    "pictures: please write *try again* in a while.",
    zh="很抱歉，现在提问的人太多，暂时无法处理您的问题。问题和图片已记下，请稍后回复*再试一次*。",
)
SET_ASIDE = Sentence(
    en="I am sorry: this is something I cannot work on, neither this question nor its picture. Our people have been "
    "told. A new screenshot, or other words, may work.",
    zh="很抱歉，这个问题（或图片）我无法处理，已通知工作人员。换一张截图或换个说法也许可以。",
)
MAYBE_LOST = Sentence(
    en="The connection broke while I was sending an answer. If you have not received it, send `{prefix}retry`.",
    zh="发送回答时连接中断。如果您没有收到，请发送 `{prefix}retry`。",
)
PICTURE_LABEL = Sentence(en="[screenshot {number}]", zh="[截图 {number}]")
PICTURE_AGAIN = Sentence(en="[screenshot {number} again]", zh="[再看截图 {number}]")
PICTURE_MEANT = Sentence(en="[about screenshot {number}]", zh="[指截图 {number}]")
PICTURE_LEFT = Sentence(en="[screenshot {number}: {description}]", zh="[截图 {number}：{description}]")
COLLEAGUE_LABEL = Sentence(en="[colleague's screenshot {number}]", zh="[同事的截图 {number}]")
COLLEAGUE_AGAIN = Sentence(en="[colleague's screenshot {number} again]", zh="[再看同事的截图 {number}]")
COLLEAGUE_MEANT = Sentence(en="[about colleague's screenshot {number}]", zh="[指同事的截图 {number}]")
COLLEAGUE_LEFT = Sentence(
    en="[colleague's screenshot {number}: {description}]", zh="[同事的截图 {number}：{description}]"
)
COLLEAGUE_READY = Sentence(
    en="Understood. What I say from here on is for my colleague alone.", zh="明白，接下来只回答同事。"
)
PICTURE_OUT_OF_VIEW = Sentence(en="no longer in view", zh="已不在视野中")
CUT_SHORT = Sentence(en="(stopped here)", zh="（已在此停止）")
BROKE_OFF = Sentence(en="(The answer broke off here. Ask me to go on.)", zh="（回答在此中断。可以让我继续。）")
LENGTH_REACHED = Sentence(
    en="(The answer was cut here because of its length. Ask me to go on.)", zh="（回答过长，在此截断。可以让我继续。）"
)
THANKS_FOR_RATING = Sentence(en="Thank you for telling us.", zh="感谢您的反馈。")

# --- what stands in place of what is not kept -----------------------------------------------------------------------

CARD_MASKED = Sentence(en="[card number …{last}]", zh="[卡号 …{last}]")
EMAIL_MASKED = Sentence(en="[e-mail address]", zh="[邮箱地址]")
PHONE_MASKED = Sentence(en="[phone number]", zh="[电话号码]")

# --- people who are not listened to, each said once ------------------------------------------------------------------

SHUT_OUT = Sentence(
    en="You have been shut out here, and what you write is not read. If you think that is a mistake, please get in "
    "touch with {company} another way.",
    zh="您已被限制使用本服务，之后的消息不会被读取。如有疑问，请通过其他方式联系{company}。",
)
NOT_INVITED = Sentence(
    en="Hello! This assistant of {company} is for invited people only. If you should be one of them, please pass this "
    "on to those who run it: `{key}`",
    zh="您好！{company}的智能客服仅对受邀用户开放。如需使用，请将此编号告知管理人员：`{key}`",
)
TOO_FAST = Sentence(
    en="That was a lot at once! I am not reading along for now: please wait a minute, then go on.",
    zh="消息太多了！我暂时不再读取，请等一分钟后再继续。",
)
TOO_MANY_PICTURES = Sentence(
    en="Those are more pictures than I can look at in a minute. Please wait a minute, then send again those from here on.",
    zh="图片超出了我一分钟内能处理的数量。请等一分钟，再从这里开始重新发送。",
)
USED_UP = Sentence(
    en="You have asked as much as I may answer for one person in a day. I am there for you again in about {time}.",
    zh="您今天的提问量已用完，大约 {time}后可以继续使用。",
)

# --- while a question waits, shown in place of the answer to come ------------------------------------------------------

WAITING = Sentence(
    en="⏳ in the queue: number {position}, about {time}", zh="⏳ 排队中：第 {position} 位，大约还需 {time}"
)
BUSY = Sentence(
    en="⏳ very busy right now, sorry! I will answer here in about {time} (number {position} in the queue)",
    zh="⏳ 现在提问较多，抱歉！大约 {time}后在此回答（排在第 {position} 位）",
)
YOUR_TURN = Sentence(en="👀 your turn: looking at it now…", zh="👀 轮到您了，正在查看…")
SECONDS = Sentence(en="{count} seconds", zh="{count} 秒")
MINUTES = Sentence(en="{count} minutes", zh="{count} 分钟")
HOURS = Sentence(en="{count} hours", zh="{count} 小时")


def roughly(seconds: float, language: Language) -> str:
    """A time to wait, in words, rounded up: nobody minds that it is shorter."""
    if seconds <= 90:
        return SECONDS.say(language, count=max(5, math.ceil(seconds / 5) * 5))
    if seconds <= 120 * 60:
        return MINUTES.say(language, count=math.ceil(seconds / 60))
    return HOURS.say(language, count=math.ceil(seconds / 3600))


# --- labels on the platforms -------------------------------------------------------------------------------------

REASONS: Final = {
    "wrong": Sentence(en="Wrong", zh="答案有误"),
    "unclear": Sentence(en="Unclear", zh="没看懂"),
    "incomplete": Sentence(en="Incomplete", zh="不够完整"),
    "other": Sentence(en="Something else…", zh="其他…"),
}
"""Why an answer was no help, as it is stored and as it is said; "other" asks for words."""
LOOKING = Sentence(en="is looking…", zh="正在查看…")
RATE_UP = Sentence(en="Helpful", zh="有帮助")
RATE_DOWN = Sentence(en="Not helpful", zh="没帮助")
CANCEL = Sentence(en="Cancel", zh="取消")
PICTURE_GONE = Sentence(
    en="(A picture that belongs here is no longer stored.)", zh="（这里原有一张图片，现已不再保存。）"
)

# --- incidents, told to agents -----------------------------------------------------------------------------------

INCIDENT = Sentence(
    en="🔁 **{customers} customers sent this screenshot within a day** (incident i{number}).",
    zh="🔁 **一天内有 {customers} 位客户发来同样的截图**（事件 i{number}）。",
)
INCIDENT_CODES = Sentence(en="What it is about: {codes}", zh="相关代码：{codes}")
INCIDENT_CASES = Sentence(en="Open cases: {cases}", zh="未结会话：{cases}")
INCIDENT_HOW = Sentence(
    en="To answer all of them with one message, write `{lead}answer` and your text in reply to this, or "
    "`{lead}answer i{number}` and your text in any case's room.",
    zh="如需一次回复所有人，请回复本消息并输入 `{lead}answer` 和内容，或在任意会话的话题中输入 `{lead}answer i{number}` 和内容。",
)
INCIDENT_ANSWER = Sentence(en="Answer all", zh="统一回复")
