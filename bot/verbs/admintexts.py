"""What is said in figures, and about roles."""

from __future__ import annotations

from bot.texts import Sentence

AS_AGENT = Sentence(en="agent", zh="客服")
PERIOD = Sentence(en="today|week", zh="今天|本周")
PLATFORM = Sentence(en="telegram|slack|web", zh="telegram|slack|web")

# --- figures -----------------------------------------------------------------------------------------------------

STATS_TODAY = Sentence(en="Today", zh="今天")
STATS_WEEK = Sentence(en="Last 7 days", zh="最近 7 天")
STATS_NONE = Sentence(en="nothing yet", zh="暂无数据")
STATS_BOT = Sentence(
    en="{platform}: {chats} chats, {questions} questions, {answers} answers in {median} s (9 of 10 within {slow} s), "
    "{said} tokens written, {read} read, 👍 {up} 👎 {down}",
    zh="{platform}：{chats} 个对话，{questions} 个问题，{answers} 个回答，耗时 {median} 秒（九成在 {slow} 秒内），"
    "生成 {said} 个 token，读入 {read} 个，👍 {up} 👎 {down}",
)
STATS_HANDED = Sentence(en="{count} handed over ({causes})", zh="转人工 {count} 次（{causes}）")
STATS_TAKEN = Sentence(en="{count} taken, after {time}", zh="接手 {count} 个，等待 {time}")
STATS_CLOSED = Sentence(en="{count} closed, after {time}", zh="关闭 {count} 个，历时 {time}")
STATS_SATISFIED = Sentence(en="satisfaction {score} of 5 ({count})", zh="满意度 {score}/5（{count} 人评分）")
STATS_CHART = Sentence(
    en="The picture: {days} days. Above: questions. Below: {up} 👍, {down} 👎, {handed} handed over.",
    zh="图：{days} 天。上：提问数；下：{up} 👍，{down} 👎，{handed} 转人工。",
)

# --- roles -------------------------------------------------------------------------------------------------------

ROLE_BY = Sentence(en="{role}, {grounds}", zh="{role}，{grounds}")
BY_SETTING = Sentence(en="by the setting {setting}", zh="来自设置 {setting}")
BY_GROUP = Sentence(en="as a member of the Slack user group `{group}`", zh="来自 Slack 用户组 `{group}`")
BY_WORD = Sentence(en="by an admin's `allow`", zh="由管理员通过 `allow` 设置")
AGENT_NOW = Sentence(
    en="`{key}` is an agent from now on: they can take cases and answer customers. To undo it: `{undo}`",
    zh="`{key}` 已成为客服，可以接手会话并回复客户。如需撤销：`{undo}`",
)
AGENT_NO_MORE = Sentence(en="`{key}` is no longer an agent.", zh="`{key}` 不再是客服。")
NO_AGENT = Sentence(en="`{key}` is no agent.", zh="`{key}` 不是客服。")
CASES_LEFT = Sentence(
    en="They still have these cases, which somebody should take: {cases}",
    zh="以下会话仍在其名下，请安排他人接手：{cases}",
)
STAFF_BY = Sentence(
    en="`{key}` has a role that is given elsewhere ({role}): it is changed there.",
    zh="`{key}` 已有角色（{role}），请在相应的地方修改。",
)
ADMINS_ELSEWHERE = Sentence(
    en="Admins are not made in a chat: they are named in the settings, LOOKSEE_ADMINS or LOOKSEE_SLACK__ADMIN_GROUPS.",
    zh="管理员不能在聊天中设置，请修改设置 LOOKSEE_ADMINS 或 LOOKSEE_SLACK__ADMIN_GROUPS。",
)
NOBODY_IN_PARTICULAR = Sentence(
    en="`{key}` does not stand for one certain person, so it cannot have a role. Agents are people on Telegram or Slack "
    "who write as themselves.",
    zh="`{key}` 不对应某个确定的人，无法设为客服。客服须是以本人身份发言的 Telegram 或 Slack 用户。",
)
OF_ANOTHER_COMPANY = Sentence(
    en="`{key}` is not of the Slack workspace that I belong to. If that is meant, name them in LOOKSEE_AGENTS.",
    zh="`{key}` 不属于我所在的 Slack 工作区。如确需添加，请写入设置 LOOKSEE_AGENTS。",
)
STILL_BANNED = Sentence(
    en="`{key}` is banned. Let them in again first: `{undo}`", zh="`{key}` 已被封禁，请先解除封禁：`{undo}`"
)
