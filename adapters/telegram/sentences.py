"""What people read on buttons and in the notes that pressing one brings up."""

from __future__ import annotations

from bot.texts import Sentence

WHAT_WAS_WRONG = Sentence(en="Thank you. What was wrong with it?", zh="感谢您的反馈。是哪里不好呢？")

YES = Sentence(en="Yes, {label}", zh="确定：{label}")
SURE = Sentence(en="Are you sure? Then press “{label}”.", zh="确定吗？请点“{label}”。")
COPY = Sentence(en="{label} (copy)", zh="{label}（复制）")
COPY_COMMAND = Sentence(en="{label}: copy {command}, then this text", zh="{label}：先复制 {command}，再复制本文")
TOO_OLD = Sentence(
    en="This message is too old for its buttons. Please type: {command}",
    zh="这条消息太旧了，按钮已失效。请直接输入：{command}",
)
