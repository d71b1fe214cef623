"""What is said about prompts."""

from __future__ import annotations

from bot.texts import Sentence

PROMPT = Sentence(en="The system prompt: read it, change it, try it out", zh="查看、修改、试用系统提示词")
ORDER = Sentence(
    en="show|set|history|diff|rollback|try [all|here|PLATFORM|CHAT] [en|zh] [#VERSION] [TEXT]",
    zh="show|set|history|diff|rollback|try [all|here|平台|对话] [en|zh] [#版本] [内容]",
)
LANGUAGES = {"en": Sentence(en="English", zh="英文"), "zh": Sentence(en="Chinese", zh="中文")}
EVERYWHERE = Sentence(en="all chats", zh="全局")
FILE = Sentence(en="the file that came with the program", zh="程序自带的文件")
VERSION = Sentence(en="#{number}, of {scope}", zh="#{number}（范围：{scope}）")

# --- what is wrong -----------------------------------------------------------------------------------------------

NO_ACTION = Sentence(
    en="I do not know what `{word}` does to a prompt. I know {known}.", zh="无法识别 `{word}`。可用：{known}。"
)
NO_SCOPE = Sentence(
    en="`{word}` is no chat. A chat is what `{lead}whoami` shows there, such as `slack:T0123/C0456/`.",
    zh="`{word}` 不是有效的对话。对话以 `{lead}whoami` 显示的为准，例如 `slack:T0123/C0456/`。",
)
NOT_CONNECTED = Sentence(
    en="`{scope}` is nowhere that I am connected to. I am on: {platforms}.",
    zh="`{scope}` 不在已连接的平台上。已连接：{platforms}。",
)
NO_TEMPLATE = Sentence(
    en="What should the prompt say? Write it after `{lead}prompt set`, or name a version, such as `#3`.",
    zh="请在 `{lead}prompt set` 后写上提示词内容，或写明版本，例如 `#3`。",
)
TEMPLATE_TOO_LONG = Sentence(
    en="That is too long: {length} characters, and {most} are the most.",
    zh="内容过长：共 {length} 个字符，最多 {most} 个。",
)
NO_VERSION = Sentence(
    en="There is no version #{number}. `{history}` shows those that there are.",
    zh="没有版本 #{number}。`{history}` 可查看已有版本。",
)
OTHER_PLACE = Sentence(
    en="#{number} is a {spoken} prompt for `{scope}`, and is shown, tried and used there alone.",
    zh="#{number} 是 `{scope}` 的{spoken}提示词，只能在该范围内使用。",
)
UNKNOWN = Sentence(
    en="The prompt was not kept: it names {unknown}, which stands for nothing. I can fill in {known}.",
    zh="未保存：提示词中的 {unknown} 无法识别。可用的占位符：{known}。",
)
FAULTY = Sentence(
    en="The prompt was not kept: it cannot be filled in (line {line}: {reason}). Placeholders look like "
    "`{{{{ company }}}}`, conditions like `{{% if policies %}} … {{% endif %}}`.",
    zh="未保存：提示词无法解析（第 {line} 行：{reason}）。占位符写作 `{{{{ company }}}}`，条件写作 `{{% if policies %}} … {{% endif %}}`。",
)
TOO_MUCH = Sentence(
    en="The prompt was not kept: it takes {tokens} tokens, and {most} are the most that leave a question room.",
    zh="未保存：提示词占 {tokens} 个 token，最多 {most} 个，否则没有空间留给问题。",
)
BLANK = Sentence(en="The prompt was not kept: nothing is in it.", zh="未保存：提示词为空。")

# --- answers -----------------------------------------------------------------------------------------------------

SHOWN = Sentence(
    en="The {spoken} prompt for `{scope}`: {source}, {tokens} of {most} tokens.",
    zh="`{scope}` 的{spoken}提示词：{source}，{tokens} / {most} 个 token。",
)
KEPT = Sentence(
    en="Kept as #{number}, the {spoken} prompt for `{scope}` ({tokens} of {most} tokens). It is **not in use yet**: "
    "try it with `{attempt}`, put it to use with `{use}`.",
    zh="已保存为 #{number}：`{scope}` 的{spoken}提示词（{tokens} / {most} 个 token）。**尚未启用**：试用 `{attempt}`，启用 `{use}`。",
)
USE_ASK = Sentence(
    en="This puts #{number} to use for every {spoken} conversation in `{scope}`, from the next question on. To go "
    "ahead: `{command}`",
    zh="此操作将对 `{scope}` 的所有{spoken}对话启用 #{number}，从下一个问题起生效。如需继续：`{command}`",
)
USED = Sentence(
    en="#{number} is in use for {spoken} conversations in `{scope}`. To go back: `{undo}`",
    zh="`{scope}` 的{spoken}对话已启用 #{number}。如需撤销：`{undo}`",
)
ALREADY = Sentence(en="#{number} is in use already.", zh="#{number} 已在使用中。")
BACK_ASK = Sentence(
    en="This takes the {spoken} prompt for `{scope}` back to {source}, from the next question on. To go ahead: `{command}`",
    zh="此操作将 `{scope}` 的{spoken}提示词恢复为{source}，从下一个问题起生效。如需继续：`{command}`",
)
BACK = Sentence(
    en="One step back: for {spoken} conversations in `{scope}`, {source} is in use now.",
    zh="已恢复上一个版本：`{scope}` 的{spoken}对话现在使用{source}。",
)
NOTHING_BEFORE = Sentence(
    en="There is nothing earlier: `{scope}` has no {spoken} prompt of its own, and {source} is in use.",
    zh="没有更早的版本：`{scope}` 没有单独的{spoken}提示词，正在使用{source}。",
)
HISTORY = Sentence(
    en="{spoken} prompts for `{scope}`, the newest first:", zh="`{scope}` 的{spoken}提示词（新的在前）："
)
HISTORY_LINE = Sentence(
    en="#{number}{live}: {at} UTC, by `{author}`, {count} characters: {beginning}",
    zh="#{number}{live}：{at}（UTC），`{author}`，{count} 个字符：{beginning}",
)
LIVE = Sentence(en=" (in use)", zh="（使用中）")
STEPS = Sentence(
    en="In use now, and what `{command}` goes back to, step by step: {way}",
    zh="现在使用的版本，以及 `{command}` 依次恢复的版本：{way}",
)
NO_HISTORY = Sentence(
    en="`{scope}` has no {spoken} prompt of its own. `{command}` makes one.",
    zh="`{scope}` 没有单独的{spoken}提示词。可用 `{command}` 新建。",
)
DIFF = Sentence(en="From {old} to {new}:", zh="从 {old} 到 {new}：")
SAME = Sentence(en="{old} and {new} say the same.", zh="{old} 与 {new} 内容相同。")
NOTHING_TO_COMPARE = Sentence(
    en="There is nothing to compare: `{scope}` has no other {spoken} prompt.",
    zh="没有可比较的内容：`{scope}` 没有其他{spoken}提示词。",
)
TRIED = Sentence(
    en="#{number} on the last {count} {spoken} questions in `{scope}`:",
    zh="#{number} 在 `{scope}` 最近 {count} 个{spoken}问题上的效果：",
)
TRIED_QUESTION = Sentence(en="**{place}. {question}**", zh="**{place}. {question}**")
TRIED_PICTURES = Sentence(en="(screenshots: {count})", zh="（截图 {count} 张）")
TRIED_BEFORE = Sentence(en="then:", zh="原回答：")
TRIED_AFTER = Sentence(en="with #{number}:", zh="新回答（#{number}）：")
TRIED_SAME = Sentence(en="the same", zh="相同")
TRIED_FAILED = Sentence(en="(no answer: {reason})", zh="（没有回答：{reason}）")
NOTHING_TO_TRY = Sentence(
    en="There is no {spoken} question in `{scope}` yet to try it on.", zh="`{scope}` 还没有可供试用的{spoken}问题。"
)
NO_CANDIDATE = Sentence(
    en="Which version should be tried? `{history}` shows them.", zh="要试用哪个版本？可用 `{history}` 查看。"
)
EDIT_PROMPT = Sentence(en="Edit the prompt", zh="编辑提示词")
EDIT = Sentence(en="Edit", zh="编辑")
TRY = Sentence(en="Try it", zh="试用")
USE = Sentence(en="Put to use", zh="启用")
GO_BACK = Sentence(en="Go back", zh="恢复")
