"""The words of the console, in English and Chinese."""

from __future__ import annotations

from bot.texts import Sentence

SENTENCES = {
    "title": Sentence(en="Support desk", zh="客服工作台"),
    "refreshed": Sentence(
        en="This page is loaded anew every {seconds} seconds. Cases are taken and answered in the agents' rooms.",
        zh="本页每 {seconds} 秒自动刷新。接手和回复请在客服频道或群组中进行。",
    ),
    "today": Sentence(en="Today", zh="今天"),
    "platform": Sentence(en="Platform", zh="平台"),
    "chats": Sentence(en="Chats", zh="对话"),
    "questions": Sentence(en="Questions", zh="提问"),
    "answers": Sentence(en="Answers", zh="回答"),
    "median": Sentence(en="Median time", zh="耗时中位数"),
    "seconds": Sentence(en="{seconds} s", zh="{seconds} 秒"),
    "helpful": Sentence(en="Helpful", zh="有帮助"),
    "unhelpful": Sentence(en="No help", zh="没帮助"),
    "handed_over": Sentence(en="Handed over", zh="转人工"),
    "nothing": Sentence(en="Nobody has asked anything yet today.", zh="今天还没有人提问。"),
    "queue": Sentence(
        en="Open cases ({waiting} waiting, {held} with a person)", zh="未结会话（等待 {waiting}，处理中 {held}）"
    ),
    "more": Sentence(en="… and {count} more.", zh="……还有 {count} 个。"),
    "calm": Sentence(en="Nobody waits for a person.", zh="目前没有客户在等待人工。"),
    "about": Sentence(
        en="A conversation comes up here when its customer asks for a person, when the bot cannot help, or when two "
        "answers were no help. Agents take it in their channel or group, and the bot is silent until they give it back "
        "or close it.",
        zh="客户要求人工、机器人无法解决，或两次回答没有帮助时，会话会出现在这里。客服在频道或群组中接手后，机器人不再回复，直到交还或关闭。",
    ),
    "set_up": Sentence(
        en="There is no place for agents yet, so that nothing is handed over. Set one of these, or both, and start "
        "Looksee again:",
        zh="尚未设置客服工作的频道或群组，因此不会转人工。请设置以下一项或两项，然后重新启动 Looksee：",
    ),
    "slack": Sentence(
        en="the id of a Slack channel in which the bot is a member", zh="Slack 频道的 ID，机器人须已加入该频道"
    ),
    "telegram": Sentence(
        en="the id of a Telegram group with topics, in which the bot is an admin that manages topics",
        zh="开启话题功能的 Telegram 群组 ID，机器人须为可管理话题的管理员",
    ),
    "agents": Sentence(en="who may take cases, as a list", zh="可以接手会话的客服名单"),
    "case": Sentence(en="Case #{number}", zh="会话 #{number}"),
    "open": Sentence(en="Open case #{number}", zh="查看会话 #{number}"),
    "back": Sentence(en="All open cases", zh="全部未结会话"),
    "missing": Sentence(
        en="There is no case #{number}: it may have been erased.", zh="没有会话 #{number}，可能已被删除。"
    ),
    "log": Sentence(en="What happened", zh="会话记录"),
    "customer": Sentence(en="Customer", zh="客户"),
    "bot": Sentence(en="Bot", zh="机器人"),
    "agent": Sentence(en="Agent", zh="客服"),
    "gone": Sentence(en="(This was deleted.)", zh="（此内容已删除。）"),
    "picture": Sentence(en="Picture", zh="图片"),
}
