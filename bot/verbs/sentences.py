"""What is said about verbs' arguments, and by the verbs that are about people."""

from __future__ import annotations

from bot.people import AuditOutcome
from bot.texts import Sentence

# --- descriptions, and the names of parameters -------------------------------------------------------------------

BAN = Sentence(en="Shut somebody out", zh="封禁用户")
UNBAN = Sentence(en="Let somebody in again", zh="解除封禁")
ALLOW = Sentence(en="Put somebody on the allow list, or make them an agent", zh="加入白名单，或设为客服")
DENY = Sentence(en="Take somebody off the allow list, or out of the agents", zh="移出白名单，或取消客服")
QUOTA = Sentence(en="How much somebody may use: show it, or change it", zh="查看或修改用户额度")
AUDIT = Sentence(en="What was done with privileges", zh="管理操作记录")

FORGET = Sentence(en="Delete all that I hold of you", zh="删除我保存的您的全部数据")
ERASE = Sentence(en="Delete all that is held of a chat or a person", zh="删除某个对话或用户的全部数据")
EXPORT = Sentence(
    en="Write all that is held of a chat or a person to a file, or what customers thought of answers",
    zh="导出某个对话或用户的全部数据，或客户对回答的评价",
)

HUMAN = Sentence(en="Talk to a person", zh="转人工客服")
RATE = Sentence(en="Say how it was, from 1 (bad) to 5 (very good)", zh="为人工服务评分，1（差）到 5（很好）")
PAUSE = Sentence(en="Answer no questions for a while; they are noted", zh="暂停回答，问题会保留")
RESUME = Sentence(en="Go on after a pause", zh="恢复回答")
TAKE = Sentence(en="Take a case: you answer its customer, the bot is silent", zh="接手会话，由您回复客户")
RELEASE = Sentence(en="Give a case back to the bot, or to a colleague", zh="将会话交还机器人或转给同事")
CLOSE = Sentence(en="Close a case; the customer is asked how it was", zh="关闭会话，并请客户评价")
REOPEN = Sentence(en="Open a closed case again", zh="重新打开已关闭的会话")
NOTE = Sentence(en="Note something that only agents see", zh="添加仅客服可见的备注")
SEND = Sentence(
    en="Send the customer a text as it is, or a draft that you reply to", zh="将文字（或所回复的草稿）原样发给客户"
)
QUEUE = Sentence(en="Who waits, and who has whom", zh="待处理的会话")
RELEASE_TO = Sentence(en="bot or waiting", zh="bot 或 waiting")
NOTE_TEXT = Sentence(en="text", zh="内容")
SEND_TEXT = Sentence(en="text", zh="内容")

SUBJECT = Sentence(en="CHAT or PERSON", zh="对话或用户")
EXPORTABLE = Sentence(en="CHAT or PERSON or feedback", zh="对话或用户或“评价”")
DAYS = Sentence(en="days", zh="天数")
WORDS = Sentence(en="what it is about", zh="事由")
SCORE = Sentence(en="1 to 5", zh="1 到 5")
YES = Sentence(en="yes", zh="确认")
PERSON = Sentence(en="PERSON", zh="用户")
REASON = Sentence(en="reason", zh="原因")
COUNT = Sentence(en="number", zh="条数")
LIMITS = Sentence(en="messages=.. seconds=.. pictures=..", zh="messages=.. seconds=.. pictures=..")

ANSWER = Sentence(en="Answer all who sent the same screenshot", zh="统一回复发来同样截图的客户")
INCIDENT = Sentence(en="i5", zh="i5")
ANSWER_TEXT = Sentence(en="TEXT", zh="内容")

# --- what is wrong with what was typed ---------------------------------------------------------------------------

USAGE = Sentence(
    en="{problem}\n\nType it like this: `{usage}`, for example `{example}`.",
    zh="{problem}\n\n请这样输入：`{usage}`，例如 `{example}`。",
)
TYPED = Sentence(en="{problem}\n\nType it like this: `{usage}`", zh="{problem}\n\n请这样输入：`{usage}`")
WHO = Sentence(
    en="Whom do you mean? Name the person, or give the command as a reply to a message of theirs.",
    zh="您指的是谁？请写明用户，或直接回复对方的消息并输入命令。",
)
MISSING = Sentence(en="Something is missing: {what}", zh="缺少：{what}")
NO_PERSON = Sentence(
    en="`{word}` is nobody I can find. A person is `telegram:<number>`, `slack:<team>/<user>` or `web:<session>`; or "
    "give the command as a reply to a message of theirs.",
    zh="`{word}` 不是有效的用户。用户写作 `telegram:<数字>`、`slack:<团队>/<用户>` 或 `web:<会话>`；也可以直接回复对方的消息并输入命令。",
)
WHICH_SUBJECT = Sentence(
    en="Which chat or person do you mean? A chat is what `whoami` shows there, such as `telegram:123/456/`; a person is "
    "`telegram:<number>`, `slack:<team>/<user>` or `web:<session>`.",
    zh="请写明对话或用户。对话以 `whoami` 显示的为准，例如 `telegram:123/456/`；"
    "用户写作 `telegram:<数字>`、`slack:<团队>/<用户>` 或 `web:<会话>`。",
)
NO_SUBJECT = Sentence(
    en="`{word}` is neither a chat nor a person. A chat is what `{lead}whoami` shows there, such as `telegram:123/456/`; a "
    "person is `telegram:<number>`, `slack:<team>/<user>` or `web:<session>`.",
    zh="`{word}` 既不是对话也不是用户。对话以 `{lead}whoami` 显示的为准，例如 `telegram:123/456/`；"
    "用户写作 `telegram:<数字>`、`slack:<团队>/<用户>` 或 `web:<会话>`。",
)
NOT_SURE = Sentence(
    en="I do not know what `{word}` means here. Only `yes` goes ahead.",
    zh="无法识别 `{word}`。如需继续，请输入“确认”。",
)
NO_NUMBER = Sentence(en="`{word}` is not a whole number.", zh="`{word}` 不是整数。")
OUT_OF_RANGE = Sentence(en="`{word}` is not between {least} and {most}.", zh="`{word}` 不在 {least} 到 {most} 之间。")
NO_OPTION = Sentence(
    en="I do not know what `{word}` sets. I know {known} with a number, 0 for no limit, or `default`.",
    zh="无法识别 `{word}`。可用的选项：{known}，后接数字，0 表示不限，`default` 表示默认。",
)
TOO_LONG = Sentence(
    en="That is too long: {length} characters, and {most} are the most.",
    zh="内容过长：共 {length} 个字符，最多 {most} 个。",
)
TOO_MUCH = Sentence(en="I do not know what to do with `{word}`.", zh="多出的内容 `{word}` 无法识别。")
NOT_HERE = Sentence(
    en="Others would read the answer to `{command}` here. Please ask me in private.",
    zh="其他人会看到 `{command}` 的结果，请私聊我使用。",
)

NOT_AMONG_AGENTS = Sentence(
    en="`{command}` is for agents' rooms: customers could read along here. Please use it there, or in private: `{typed}`",
    zh="`{command}` 只能在客服的话题中使用，这里客户也能看到。请在那里使用，或私聊我：`{typed}`",
)
FOR_CUSTOMERS = Sentence(
    en="`{command}` is for customers, in their conversation with me: here it does nothing. For yourself, use it alone with "
    "me.",
    zh="`{command}` 供客户在与我的对话中使用，在这里无效。如需自己使用，请私聊我。",
)
IN_YOUR_THREAD = Sentence(
    en="Your conversation with me is in a thread, so I cannot tell here which one you mean. Please write `{command}` in the "
    "thread. To begin one in a channel, mention me in a message.",
    zh="您与我的对话在消息列（thread）中，在这里无法判断是哪一个。请在该消息列中发送 `{command}`。如需在频道中开始对话，请在消息中提到我。",
)
WHICH_CASE = Sentence(
    en="Which case do you mean? Put its number in front, or write in the case's room. `{lead}queue` lists those that are "
    "open.",
    zh="您指的是哪个会话？请在前面写明编号，或在对应的话题中使用。`{lead}queue` 可查看待处理的会话。",
)
NO_CASE = Sentence(
    en="There is no case #{number}; `{lead}queue` lists those that are open.",
    zh="没有编号为 #{number} 的会话。`{lead}queue` 可查看待处理的会话。",
)

WHICH_INCIDENT = Sentence(
    en="Which incident do you mean? Give the command in reply to its notice, or name it: `{lead}answer i5 …`",
    zh="请回复事件通知并输入命令，或写明事件编号：`{lead}answer i5 …`",
)
NO_INCIDENT = Sentence(en="There is no incident i{number}.", zh="没有事件 i{number}。")
NOBODY_TO_ANSWER = Sentence(
    en="Nobody has sent the screenshot of incident i{number} since it was last answered.",
    zh="上次回复后，没有客户再发来事件 i{number} 的截图。",
)

# --- answers -----------------------------------------------------------------------------------------------------

ANSWERED_ALL = Sentence(
    en="On its way to all {count} conversations of incident i{number}. Whoever has blocked me does not get it.",
    zh="正在发送到事件 i{number} 的全部 {count} 个对话。已屏蔽我的客户收不到。",
)
BANNED = Sentence(
    en="`{key}` is banned: they are told so once, and nothing of theirs is read. To undo it: `{undo}`",
    zh="已封禁 `{key}`：对方会收到一次通知，之后的消息不再读取。如需撤销：`{undo}`",
)
STAFF_STAYS = Sentence(
    en="`{key}` is on staff ({role}) and cannot be banned: that has to be taken away first.",
    zh="`{key}` 是工作人员（{role}），无法封禁。请先取消其角色。",
)
UNBANNED = Sentence(en="`{key}` is listened to again.", zh="已解除对 `{key}` 的封禁。")
NOT_BANNED = Sentence(en="`{key}` is not banned.", zh="`{key}` 没有被封禁。")
ALLOWED = Sentence(en="`{key}` is on the allow list.", zh="`{key}` 已加入白名单。")
DENIED = Sentence(en="`{key}` is no longer on the allow list.", zh="`{key}` 已移出白名单。")
NOT_LISTED = Sentence(en="`{key}` is not on the allow list.", zh="`{key}` 不在白名单中。")
BUT_BANNED = Sentence(
    en="They are banned, though, and that counts more. To undo it: `{undo}`",
    zh="但该用户仍处于封禁状态，封禁优先。如需撤销：`{undo}`",
)
AMOUNT = Sentence(
    en="questions: {questions}, answers: {answers}, pictures: {pictures}, waiting messages: {waiting}, in chats: {chats};"
    " cases for our people: {cases}",
    zh="问题 {questions} 个，回答 {answers} 个，图片 {pictures} 张，待处理消息 {waiting} 条，涉及对话 {chats} 个；人工服务 {cases} 次",
)
FORGET_ASK = Sentence(
    en="This deletes for good all that I hold of you, here and wherever else you wrote to me: {amount}. What you still "
    "wait for is not answered any more. The messages that this app shows stay until you delete them there, and copies in "
    "backups until those are deleted in their turn.\n\nTo go ahead, send `{command}`.",
    zh="此操作将永久删除我保存的您的全部数据（包括您在其他对话中发给我的内容）：{amount}。尚未回答的问题也不再处理。"
    "聊天软件中显示的消息需要您自行删除，备份中的副本会随备份到期删除。\n\n如需继续，请发送 `{command}`。",
)
FORGET_DONE = Sentence(
    en="Done: I hold nothing of you any more ({amount}). You can go on writing to me at any time; we then begin anew.",
    zh="已删除，我不再保存您的任何数据（{amount}）。您可以随时继续提问，我们将重新开始。",
)
CASE_ERASED = Sentence(
    en="The customer's data were deleted, and the case with them: what is written here does not reach anybody any more.",
    zh="客户的数据已被删除，本会话也随之删除：此后在这里发送的内容不会送达任何人。",
)
NOTHING_HELD = Sentence(en="Nothing is held of `{subject}`.", zh="没有 `{subject}` 的数据。")
ERASE_ASK = Sentence(
    en="This deletes for good all that is held of `{subject}`: {amount}. To go ahead: `{command}`",
    zh="此操作将永久删除 `{subject}` 的全部数据：{amount}。如需继续，请发送 `{command}`",
)
ERASE_DONE = Sentence(
    en="Nothing is held of `{subject}` any more ({amount}). It is still in backups that were made before.",
    zh="已删除 `{subject}` 的全部数据（{amount}）。此前的备份中仍有这些数据。",
)
EXPORTED = Sentence(
    en="`{subject}` is exported to `{path}` on the machine that I run on: {chats} chats, {turns} questions and answers, "
    "{pictures} pictures. The file is deleted after a week.",
    zh="`{subject}` 的数据已导出到服务器上的 `{path}`：对话 {chats} 个，问答 {turns} 条，图片 {pictures} 张。文件将在一周后删除。",
)
NOTHING_RATED = Sentence(en="No answer has been rated in that time.", zh="这段时间内没有评价。")
FEEDBACK_EXPORTED = Sentence(
    en="{answers} rated answers, with {pictures} pictures, are in `{path}` on the machine that I run on. Look through the "
    "answers, then `looksee eval` asks those questions anew. The files are deleted after a week.",
    zh="{answers} 个有评价的回答（含 {pictures} 张图片）已导出到服务器上的 `{path}`。核对答案后，可用 `looksee eval` 重新测试。文件将在一周后删除。",
)
DAYS_OF_FEEDBACK = Sentence(
    en="A number of days goes with `{lead}export feedback`. Of a chat or a person, everything is exported.",
    zh="天数仅用于 `{lead}export feedback`。对话或用户的数据会全部导出。",
)
DELETE_NOW = Sentence(en="Delete for good", zh="永久删除")
DELETE_SURE = Sentence(en="Delete it for good? This cannot be undone.", zh="确定永久删除吗？此操作无法撤销。")
PAUSE_ASK = Sentence(
    en="From then on no customer's question is answered until `{undo}`. Questions are taken in and wait, and each "
    "customer is told so once, with the reason; commands, agents' rooms, what agents ask me there, and the "
    "conversations that people have go on. To go ahead: `{command}`",
    zh="暂停后将不再回答客户的问题，直到执行 `{undo}`。问题会保留并排队，每位客户会收到一次通知（含原因）；"
    "命令、客服话题、客服对我的提问和人工对话不受影响。如需继续，请发送 `{command}`",
)
PAUSE_NOW = Sentence(en="Pause", zh="暂停")
PAUSE_SURE = Sentence(en="Leave all customers waiting for now?", zh="确定让所有客户暂时等待吗？")
PAUSED = Sentence(
    en="⏸️ Paused. Questions are taken in and wait. To go on: `{undo}`",
    zh="⏸️ 已暂停，问题会保留并排队。如需恢复：`{undo}`",
)
RESUMED = Sentence(
    en="▶️ Going on. In the inbox: {waiting}; they are answered now, in their order.",
    zh="▶️ 已恢复。收件箱中有 {waiting} 条，将按顺序回答。",
)
NOT_PAUSED = Sentence(en="The service is not paused.", zh="服务没有暂停。")
LIST_IS_OFF = Sentence(
    en="The list does not matter at present, since everybody may ask: LOOKSEE_LIMITS__ONLY_ALLOWED=true turns it on.",
    zh="目前白名单未启用，任何人都可以提问。如需启用，请设置 LOOKSEE_LIMITS__ONLY_ALLOWED=true。",
)
NO_LIMIT = Sentence(en="no limit", zh="不限")
QUOTA_FOR_ALL = Sentence(
    en="For everybody: messages a day: {messages}; seconds of the model a day: {seconds}; pictures a minute: {pictures}. "
    "The settings LOOKSEE_LIMITS__... say so.",
    zh="所有用户：每日消息：{messages}；每日模型时间（秒）：{seconds}；每分钟图片：{pictures}。由设置 LOOKSEE_LIMITS__... 决定。",
)
QUOTA_OF_ONE = Sentence(
    en="Limits: messages a day: {messages}; seconds of the model a day: {seconds}; pictures a minute: {pictures}",
    zh="额度：每日消息：{messages}；每日模型时间（秒）：{seconds}；每分钟图片：{pictures}",
)
QUOTA_OF_WHOM = Sentence(
    en="Whose quota? Name the person. What holds for everybody is in the settings LOOKSEE_LIMITS__...",
    zh="修改谁的额度？请写明用户。所有用户的默认额度在设置 LOOKSEE_LIMITS__... 中。",
)
USED_TODAY = Sentence(
    en="`{key}` today: {messages} messages, {seconds} seconds of the model",
    zh="`{key}` 今天：{messages} 条消息，模型时间 {seconds} 秒",
)
BUSIEST = Sentence(en="Who used most today:", zh="今天使用最多的用户：")
STAFF_HAS_NO_LIMITS = Sentence(en="(Admins and agents have no limits.)", zh="（管理员和客服不受限制。）")
IS_BANNED = Sentence(en="Banned.", zh="已封禁。")
IS_ALLOWED = Sentence(en="On the allow list.", zh="在白名单中。")
AUDIT_EMPTY = Sentence(en="There is nothing in the audit yet.", zh="暂无记录。")
OUTCOMES = {
    AuditOutcome.DONE: Sentence(en="done", zh="已执行"),
    AuditOutcome.REFUSED: Sentence(en="refused", zh="已拒绝"),
    AuditOutcome.INVALID: Sentence(en="not understood", zh="输入有误"),
    AuditOutcome.FAILED: Sentence(en="failed", zh="执行失败"),
}

# --- answers about cases -----------------------------------------------------------------------------------------

IN_OFFICE = Sentence(
    en="This is where agents see cases, each in a room of its own. What is written beside those rooms goes to nobody.",
    zh="客服在这里查看会话，每个会话有自己的话题。在这些话题之外写的内容不会发给任何人。",
)
IN_ROOM = Sentence(
    en="This is the room of case #{number}. What you write here goes to the customer, with pictures, once you have taken "
    "the case; commands, notes, and what mentions a colleague stay here.",
    zh="这里是会话 #{number} 的话题。接手后，您在这里写的文字和图片会发给客户；命令、备注和提到同事的消息不会发送。",
)
TOOK = Sentence(
    en="You have case #{number} ({name}) now: write in its room.",
    zh="您已接手会话 #{number}（{name}），请在对应的话题中回复。",
)
REOPENED = Sentence(
    en="Case #{number} ({name}) is open again, and you have it: write in its room.",
    zh="会话 #{number}（{name}）已重新打开并由您处理，请在对应的话题中回复。",
)
RELEASED = Sentence(en="Case #{number} ({name}) is released.", zh="会话 #{number}（{name}）已交还。")
CLOSED = Sentence(en="Case #{number} ({name}) is closed.", zh="会话 #{number}（{name}）已关闭。")
NOTED = Sentence(en="Noted in case #{number}.", zh="已为会话 #{number} 添加备注。")
SENT = Sentence(en="Sent to the customer of case #{number}.", zh="已发送给会话 #{number} 的客户。")
YOURS_ALREADY = Sentence(
    en="You have case #{number} already, since {since}: just write to the customer here.",
    zh="会话 #{number} 自 {since} 起已由您处理，直接回复即可。",
)
YOURS_ELSEWHERE = Sentence(
    en="You have case #{number} already, since {since}: write to the customer in its room.",
    zh="会话 #{number} 自 {since} 起已由您处理，请在对应的话题中回复。",
)
TAKEN_BY = Sentence(
    en="{agent} has had case #{number} since {since}. Ask them to send `{lead}release{about} waiting`; an admin can do that, too.",
    zh="{agent}自 {since} 起在处理会话 #{number}。请对方发送 `{lead}release{about} waiting`，管理员也可以代为操作。",
)
CLOSED_ALREADY = Sentence(
    en="Case #{number} has been closed since {since}. `{lead}reopen{about}` opens it again.",
    zh="会话 #{number} 已于 {since} 关闭。可用 `{lead}reopen{about}` 重新打开。",
)
NOT_CLOSED = Sentence(
    en="Case #{number} is not closed. Nobody has it: `{lead}take{about}` makes it yours.",
    zh="会话 #{number} 没有关闭，也无人处理。可用 `{lead}take{about}` 接手。",
)
NOTHING_TO_RELEASE = Sentence(
    en="There is nothing to release: nobody has case #{number}, since {since}.",
    zh="会话 #{number} 自 {since} 起无人处理，无需交还。",
)
MOVED_ON = Sentence(
    en="The customer of case #{number} has begun a new conversation since. `{lead}queue` shows whether that waits for "
    "somebody.",
    zh="会话 #{number} 的客户之后已开始新的对话。`{lead}queue` 可查看新的会话是否在等待。",
)
SEND_WHAT = Sentence(
    en="What shall I send? Put the text behind it (`{lead}send{about} …`), or reply to a draft.",
    zh="要发送什么？请在后面写上内容（`{lead}send{about} …`），或回复一条草稿。",
)
DRAFT_SENT_ALREADY = Sentence(
    en="This draft was sent already, and was not sent again.", zh="这条草稿已经发送过，没有再次发送。"
)
SEND_NO_PICTURES = Sentence(
    en="Pictures go to the customer with a plain message, without a command. Nothing was sent.",
    zh="图片请直接随普通消息发送，不要使用命令。未发送任何内容。",
)
QUEUE_EMPTY = Sentence(en="Nobody waits, and nobody has a case.", zh="没有待处理的会话。")
QUEUE_HEADING = Sentence(
    en="Waiting for a person: {waiting}. With a person: {held}.", zh="等待人工：{waiting} 个。处理中：{held} 个。"
)
QUEUE_LINE = Sentence(
    en="**#{number}** {name} ({platform}): {state}, for {time}",
    zh="**#{number}** {name}（{platform}）：{state}，已 {time}",
)
QUEUE_MORE = Sentence(en="… and {count} more.", zh="……还有 {count} 个。")
