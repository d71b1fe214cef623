"""What agents read about cases, and what customers are told of them, in English and Chinese."""

from __future__ import annotations

from bot.cases import CaseState, Cause
from bot.texts import Sentence

PLATFORMS = {"telegram": Sentence("Telegram", "Telegram"), "slack": Sentence("Slack", "Slack")} | {
    "web": Sentence(en="web page", zh="网页")
}
CUSTOMER = Sentence(en="Customer", zh="客户")
BOT = Sentence(en="Bot", zh="机器人")

# --- the card --------------------------------------------------------------------------------------------------------

STATES = {
    CaseState.WAITING: Sentence(en="waiting for a person", zh="等待人工"),
    CaseState.HUMAN: Sentence(en="{name} has it", zh="{name}处理中"),
    CaseState.BOT: Sentence(en="given back to the bot", zh="已交还机器人"),
    CaseState.CLOSED: Sentence(en="closed", zh="已关闭"),
}
CAUSES = {
    Cause.ASKED: Sentence(en="asked for a person", zh="客户要求人工"),
    Cause.MODEL: Sentence(en="the bot cannot help", zh="机器人无法解决"),
    Cause.RATED: Sentence(en="two answers were no help", zh="两次回答没有帮助"),
    Cause.SET_ASIDE: Sentence(en="the question was set aside after a fault", zh="故障后问题被搁置"),
    Cause.AGENT: Sentence(en="an agent stepped in", zh="客服介入"),
    Cause.OWNER: Sentence(en="the owner wrote themselves", zh="商家本人回复"),
}
CARD_HEAD = Sentence(en="**#{number} · {state}**", zh="**#{number} · {state}**")
CARD_WHO = Sentence(en="{name} ({platform}) · {cause} · since {since}", zh="{name}（{platform}）· {cause} · 自 {since}")
CARD_MOVED_ON = Sentence(en="The customer has begun a new conversation since.", zh="客户之后已开始新的对话。")
CARD_QUESTION = Sentence(en="Question:", zh="问题：")
CARD_ANSWER = Sentence(en="The bot said:", zh="机器人的回答：")
CARD_SUMMARY = Sentence(en="In short:", zh="概要：")
CONTINUED = Sentence(en="{title} (continued)", zh="{title}（续）")
GOES_ON = Sentence(en="The room of this case was deleted; it goes on here.", zh="该会话原来的话题已被删除，在此继续。")

TAKE = Sentence(en="Take", zh="接手")
RELEASE = Sentence(en="Release", zh="交还")
CLOSE = Sentence(en="Close", zh="关闭")
REOPEN = Sentence(en="Reopen", zh="重新打开")
SUGGEST = Sentence(en="Suggest a reply", zh="草拟回复")
EXTRACT = Sentence(en="Extract", zh="提取信息")
CLOSE_SURE = Sentence(
    en="Close the conversation? The customer is told, and asked how it was.",
    zh="确定关闭会话吗？客户会收到通知和满意度调查。",
)

# --- lines of the log ------------------------------------------------------------------------------------------------

WAITS = Sentence(en="🔔 {customer} waits for a person: {cause}.", zh="🔔 {customer}正在等待人工：{cause}。")
BACK_IN_QUEUE = Sentence(en="↩️ {actor} has put the case back in the queue.", zh="↩️ {actor}已将会话放回队列。")
TAKEN = Sentence(en="🙋 {actor} has taken the case.", zh="🙋 {actor}已接手。")
GIVEN_BACK = Sentence(en="🤖 {actor} has given the case back to the bot.", zh="🤖 {actor}已将会话交还机器人。")
BOT_GOES_ON = Sentence(
    en="🤖 The owner has not written for a while: the bot answers again.",
    zh="🤖 商家本人已有一段时间未回复，由机器人继续回答。",
)
CLOSED_BY = Sentence(en="✅ Closed by {actor}.", zh="✅ 由{actor}关闭。")
BEGUN_ANEW = Sentence(
    en="🆕 {actor} has begun a new conversation, which closes this case.", zh="🆕 {actor}开始了新对话，此会话随之关闭。"
)
REOPENED_BY = Sentence(en="🔓 {actor} has opened the case again.", zh="🔓 {actor}重新打开了会话。")
NOTED = Sentence(en="📝 (note) {text}", zh="📝（备注）{text}")
EXCHANGED = Sentence(
    en="🖼️ {actor} has changed the pictures of an earlier message.", zh="🖼️ {actor}更换了之前一条消息的图片。"
)
NOT_SHOWN = Sentence(en="(something that cannot be shown here)", zh="（无法在此显示的内容）")
UNDELIVERED = Sentence(en="⚠️ {customer} has not received this: {why}", zh="⚠️ {customer}没有收到这条消息：{why}")
IN_DOUBT = Sentence(
    en="⚠️ It is not certain that {customer} has received this: {why}", zh="⚠️ 无法确认{customer}是否收到这条消息：{why}"
)
BLOCKED = Sentence(
    en="⚠️ {customer} has blocked the bot, so this did not arrive. Nothing can be sent until they let it in again.",
    zh="⚠️ {customer}屏蔽了机器人，这条消息没有送达。对方解除屏蔽之前无法发送。",
)
HELPED = Sentence(en="👍 {customer} finds this answer helpful.", zh="👍 {customer}认为这个回答有帮助。")
NO_HELP = Sentence(
    en="👎 {customer} finds this answer no help. {reason}", zh="👎 {customer}认为这个回答没有帮助。{reason}"
)
SATISFIED = Sentence(en="⭐ {customer} gives {score} of 5.", zh="⭐ {customer}打分：{score}/5。")

# --- what customers are told -----------------------------------------------------------------------------------------

TAKEN_OVER = Sentence(en="**{agent}** has taken over and answers you here.", zh="**{agent}**已接手，将在这里为您解答。")
BOT_AGAIN = Sentence(
    en="**{agent}** has handed you back to the assistant: I answer your questions again. For a person, send `{human}`.",
    zh="**{agent}**已将对话交还智能客服，由我继续回答。如需人工，请发送 `{human}`。",
)
ANOTHER_PERSON = Sentence(
    en="**{agent}** has passed you on to a colleague, who answers you here as soon as somebody is free.",
    zh="**{agent}**已将您转给同事，有空的客服会尽快在这里回复您。",
)
OPENED_AGAIN = Sentence(
    en="**{agent}** has opened the conversation again and answers you here.",
    zh="**{agent}**重新打开了对话，将在这里为您解答。",
)
A_PERSON_ANSWERS = (TAKEN_OVER, ANOTHER_PERSON, OPENED_AGAIN)
CLOSED = Sentence(
    en="**{agent}** has closed this conversation. How satisfied were you? From 1 (not at all) to 5 (very). Write to me "
    "at any time if there is something else.",
    zh="**{agent}**已结束本次对话。您对服务满意吗？1 为很不满意，5 为非常满意。如有其他问题，随时可以联系我。",
)
OUR_PEOPLE = Sentence(en="Our support", zh="客服人员")

# --- why what an agent wrote is not sent -----------------------------------------------------------------------------

NOT_LISTED = Sentence(
    en="Not sent: you are not on the list of agents. (You are `{key}`.) An admin can add you.",
    zh="未发送：您不在客服名单中。（您是 `{key}`。）请联系管理员添加。",
)
FROM_NOBODY = Sentence(
    en="Not sent: it came in the name of a group or channel, so I cannot tell who you are. In the group's settings, switch "
    "*Remain anonymous* off among your admin rights, and write as yourself.",
    zh="未发送：消息是以群组或频道的名义发出的，无法确认您是谁。请在群组设置的管理员权限中关闭“保持匿名”，并以本人身份发言。",
)
TAKE_FIRST = Sentence(
    en="Not sent: nobody has this case yet. Take it with `{lead}take{about}`, then write again. For colleagues alone: "
    "`{lead}note{about} …`",
    zh="未发送：该会话尚无人接手。请先用 `{lead}take{about}` 接手再发送。仅供同事看的内容请用 `{lead}note{about} …`",
)
HELD_BY = Sentence(
    en="Not sent: {agent} has had this case since {since}. To take it over, have them send `{lead}release{about} waiting`. "
    "For colleagues alone: `{lead}note{about} …`",
    zh="未发送：{agent}自 {since} 起在处理该会话。如需接手，请对方先发送 `{lead}release{about} waiting`。仅供同事看的内容请用 `{lead}note{about} …`",
)
IS_CLOSED = Sentence(
    en="Not sent: this case is closed. To write to the customer, open it again with `{lead}reopen{about}`.",
    zh="未发送：该会话已关闭。如需联系客户，请用 `{lead}reopen{about}` 重新打开。",
)
MOVED_ON = Sentence(
    en="Not sent: the customer has begun a new conversation since. `{lead}queue` shows whether that waits for somebody.",
    zh="未发送：客户之后已开始新的对话。`{lead}queue` 可查看新的会话是否在等待。",
)
IS_BANNED = Sentence(
    en="Not sent: the customer is banned. An admin can undo that with `{lead}unban {key}`.",
    zh="未发送：该客户已被封禁。管理员可用 `{lead}unban {key}` 解除。",
)
NOT_CONNECTED = Sentence(
    en="Not sent: {platform} is not connected, where the customer is. An admin has to look at the settings.",
    zh="未发送：客户所在的 {platform} 未连接。请管理员检查设置。",
)
LIKE_A_COMMAND = Sentence(
    en="Not sent: this looks like a command that I do not know. `{lead}help` lists them; to send it to the customer as it "
    "is, put `{lead}send` in front.",
    zh="未发送：这看起来像命令，但无法识别。`{lead}help` 可查看命令；如需原样发给客户，请在前面加上 `{lead}send`。",
)
LIKE_A_NOTE = Sentence(
    en="Not sent: this looks like a note. To keep it as one, write `{lead}note{about} …`; to send it to the customer as it is, "
    "put `{lead}send` in front.",
    zh="未发送：这看起来像备注。如需保存为备注，请用 `{lead}note{about} …`；如需原样发给客户，请在前面加上 `{lead}send`。",
)
TO_A_COLLEAGUE = Sentence(
    en="Not sent: it mentions somebody, so it may be for a colleague. To send it to the customer as it is, put "
    "`{lead}send` in front.",
    zh="未发送：消息中提到了他人，可能是写给同事的。如需原样发给客户，请在前面加上 `{lead}send`。",
)
TO_THE_BOT = Sentence(
    en="Not sent: it mentions me. To ask me about the case, for agents alone, write `{lead}ask …`; to send it to the "
    "customer as it is, put `{lead}send` in front.",
    zh="未发送：消息中提到了我。如需就该会话向我提问（仅客服可见），请用 `{lead}ask …`；如需原样发给客户，请在前面加上 `{lead}send`。",
)
IN_REPLY = Sentence(
    en="Not sent: it replies to something that is not the customer's, so it may not be for them. To ask me, write "
    "`{lead}ask …`; for another draft, `{lead}suggest …`; for colleagues alone, `{lead}note …`; to send it to the "
    "customer as it is, put `{lead}send` in front.",
    zh="未发送：所回复的消息不是客户的，可能不是写给客户的。向我提问请用 `{lead}ask …`；重新草拟请用 `{lead}suggest …`；"
    "仅供同事看的内容请用 `{lead}note …`；如需原样发给客户，请在前面加上 `{lead}send`。",
)
FORWARDED = Sentence(
    en="Not sent: it is forwarded or shared from elsewhere. To tell the customer, write it yourself, or copy it behind "
    "`{lead}send`.",
    zh="未发送：这是转发或分享的内容。如需告知客户，请自行输入，或将内容复制到 `{lead}send` 之后发送。",
)
NOTHING_TO_SEND = Sentence(
    en="Not sent: I can pass on text and pictures, and found neither.", zh="未发送：只能转发文字和图片。"
)
FILES_UNUSABLE = Sentence(
    en="Not sent: {names}. The customer can get text and pictures (PNG, JPEG, WebP or GIF) only.",
    zh="未发送：{names}。客户只能收到文字和图片（PNG、JPEG、WebP 或 GIF）。",
)
PICTURES_UNUSABLE = Sentence(en="Not sent: {complaints}", zh="未发送：{complaints}")
EDIT_NOT_SENT = Sentence(
    en="{why}\n\nThe customer still sees your message as it was. To take it back, delete it.",
    zh="{why}\n\n客户看到的仍是修改前的消息。如需撤回，请删除该消息。",
)
TO_NOBODY = Sentence(
    en="Nothing was sent: this is no case's room. In a case's room, what you write goes to its customer once you have taken "
    "the case, and `{room}ask …` asks me. `{lead}queue` lists the open cases.",
    zh="未发送：这里不是会话的话题。在会话的话题里，接手后写的内容会发给客户，用 `{room}ask …` 可以向我提问。"
    "`{lead}queue` 可查看待处理的会话。",
)
TO_NO_CUSTOMERS = Sentence(
    en="Nothing was sent. To answer all who sent the screenshot of incident i{number}, put `{lead}answer i{number}` in "
    "front of your text.",
    zh="未发送。如需回复所有发来事件 i{number} 截图的客户，请在内容前面加上 `{lead}answer i{number}`。",
)
NEVER_SENT = Sentence(
    en="Nothing is sent or changed: only edits of messages that went to the customer are passed on. Please write it anew.",
    zh="未发送，也未修改：只有已发给客户的消息，修改才会转发。请重新发送一条消息。",
)

# --- places that cannot be posted to -----------------------------------------------------------------------------------

PLACE_SHUT = Sentence(
    en="I cannot write in the agents' place {place} ({reason}), so agents do not see cases there. Nothing is lost: I try "
    "again every minute and make up for all of it. Please unarchive the channel, or invite the bot into it again (in a "
    "Telegram group it has to be an admin that manages topics), or set another one in LOOKSEE_DESK__....",
    zh="无法在客服的 {place} 中发言（{reason}），客服暂时看不到会话。消息不会丢失，我会每分钟重试并按顺序补发。"
    "请取消归档该频道，或重新邀请机器人（在 Telegram 群组中需为可管理话题的管理员），或在 LOOKSEE_DESK__... 中设置其他位置。",
)
PLACE_OPEN = Sentence(
    en="I can write in {place} again, and make up for what agents have missed.",
    zh="已可以在 {place} 中发言，正在补发客服错过的内容。",
)
