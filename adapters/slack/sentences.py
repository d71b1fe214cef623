"""What only Slack shows people: windows, private remarks, and what stands in place of a picture."""

from __future__ import annotations

from bot.texts import Sentence

PICTURE = Sentence(en="Screenshot", zh="截图")
PICTURE_REFUSED = Sentence(
    en="(A picture belongs here, but Slack does not take it from me. An admin finds the reason in the log.)",
    zh="（这里应有一张图片，但 Slack 未接受。管理员可在日志中查看原因。）",
)
FILE_REFUSED = Sentence(
    en="Slack does not take the file {name} from me. An admin finds the reason in the log.",
    zh="Slack 未接受文件 {name}。管理员可在日志中查看原因。",
)

SURE = Sentence(en="Are you sure?", zh="确定吗？")
YES = Sentence(en="Yes", zh="确定")
NO = Sentence(en="No", zh="取消")

SAVE = Sentence(en="OK", zh="确定")
TEXT = Sentence(en="Text", zh="内容")
PART = Sentence(en="Text, part {number} of {count}", zh="内容，第 {number} 部分，共 {count} 部分")
ASK_TITLE = Sentence(en="Ask about this", zh="就此提问")
QUESTION = Sentence(en="Your question", zh="您的问题")
REASON_TITLE = Sentence(en="What was wrong?", zh="哪里有问题？")
REASON = Sentence(en="In your words", zh="请简单说明")
NOT_STORED = Sentence(
    en="This could not be stored just now. Please send it again in a moment.", zh="暂时无法保存，请稍后再次提交。"
)

NOT_OPENED = Sentence(
    en="Slack did not open the window in time. Please try once more.", zh="Slack 未能及时打开窗口，请再试一次。"
)
NOT_EDITABLE = Sentence(
    en="You cannot edit this: it is for agents or admins, there is nothing left to edit, or I do not know what stands "
    "behind the command.",
    zh="您无法编辑此内容：仅限客服或管理员操作，内容已不存在，或无法识别命令后面的文字。",
)
TOO_LONG_TO_EDIT = Sentence(
    en="This text is too long for a window on Slack. Please send it as a message.",
    zh="这段文字太长，无法在 Slack 窗口中编辑，请以消息形式发送。",
)

WHY = Sentence(en="Thank you. What was wrong with the answer?", zh="感谢反馈。这个回答有什么问题？")
WHY_THANKS = Sentence(en="Thank you, that helps.", zh="感谢您的反馈！")

HOME_MORE = Sentence(en="_There is more than fits here._", zh="_内容较多，此处未全部显示。_")
