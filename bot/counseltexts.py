"""What agents read about what they asked the model, in English and Chinese."""

from __future__ import annotations

from bot.texts import Sentence

# --- descriptions, and the names of parameters -----------------------------------------------------------------------

ASK = Sentence(en="Ask me about the case; the customer does not see it", zh="就会话向我提问，客户看不到")
SUGGEST = Sentence(en="Have me draft a reply to the customer", zh="让我草拟给客户的回复")
SUMMARY = Sentence(en="Have me sum the case up", zh="让我总结会话")
HISTORY = Sentence(en="What was said and done in the case", zh="会话记录")
EXTRACT = Sentence(en="Have me fill in a ticket from the screenshots", zh="让我根据截图填写工单")

QUESTION = Sentence(en="QUESTION", zh="问题")
HINT = Sentence(en="what it should say", zh="回复要点")

# --- answers ---------------------------------------------------------------------------------------------------------

ONLY_AT_HOME = Sentence(
    en="What I say about a case stays in its room: your colleagues see it there too, and it goes when the case is "
    "deleted. Please use `{command}` there.",
    zh="关于会话的内容只在它自己的话题里回答，同事也能看到，并会随会话一起删除。请在那里使用 `{command}`。",
)
MOVED_ON = Sentence(
    en="The customer has begun a new conversation since, so I do not have that of case #{number} in view any more. "
    "`{history}` still shows it.",
    zh="客户之后已开始新的对话，我看不到会话 #{number} 的内容了。可用 `{history}` 查看记录。",
)
DRAFT_A_REPLY = Sentence(en="Draft a reply to the customer.", zh="请草拟给客户的回复。")
SUM_UP = Sentence(en="Sum the case up.", zh="请总结会话。")
WITH_HINT = Sentence(en="It should say: {hint}", zh="回复要点：{hint}")
SEND = Sentence(en="Send", zh="发送")
EDIT = Sentence(en="Edit", zh="修改后发送")
ANOTHER = Sentence(en="Another", zh="换一个")
NO_TICKET = Sentence(
    en="I could not fill the ticket in to its end. Please try again, or ask for single facts with `{command}`.",
    zh="工单没能填完整。请重试，或用 `{command}` 询问单项信息。",
)
SET_ASIDE = Sentence(
    en="I cannot work on this: the model fails each time. Other words, or another screenshot, may work.",
    zh="这个问题我无法处理，模型每次都会出错。换个说法或换一张截图也许可以。",
)

# --- history ---------------------------------------------------------------------------------------------------------

TOLD = Sentence(en="Case #{number}, from the beginning:", zh="会话 #{number} 的全部记录：")
TOLD_FROM = Sentence(
    en="Case #{number}, the newest part ({left} entries before it are left out):",
    zh="会话 #{number} 的最近记录（之前的 {left} 条已省略）：",
)
NOTHING_TOLD = Sentence(en="Nothing is recorded of case #{number} any more.", zh="会话 #{number} 已没有记录。")
PICTURES = Sentence(en="[pictures: {count}]", zh="[图片 {count} 张]")
