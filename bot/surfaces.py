"""What adapters show outside of chats: an app's home, and texts about to be edited. No more than somebody may see."""

from __future__ import annotations

from bot.messages import Button, ChatKey, Inbound, Reply, Sender
from bot.texts import choose_language
from bot.verbs import admintexts, cases, conversation, figures
from bot.verbs.arguments import Arguments, UsageError
from bot.verbs.table import find, permitted
from bot.verbs.verb import Call, Effect, Tools, known_language


class Showing:
    """Implements `bot.ports.Surfaces` with what the verbs say."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def home(self, sender: Sender) -> tuple[Reply, ...]:
        """What the person can do; of staff, who waits, and, for those who may have figures, today's."""
        tools, role = self._tools, self._tools.roles.of(sender.key)
        language = choose_language("", sender.language, await known_language(tools, sender))
        verbs = permitted(role, desk=tools.handoff.possible)
        nowhere = ChatKey(sender.key.partition(":")[0], "", "")
        call = Call(0, Inbound("", nowhere, sender), language, role, verbs, Arguments({}))
        allowed, shown = {verb.name for verb in verbs}, []
        if "queue" in allowed:
            shown.append(await cases.queue(tools, call))
        if "stats" in allowed:
            (today,) = figures.last_days(tools.clock(), tools.cards.zone, 1)
            heading = admintexts.STATS_TODAY.say(language)
            shown.append(Effect(await figures.figures_since(tools, today, heading, "", language)))
        shown.append(await conversation.explain(tools, call))
        return tuple(Reply(part.say, language, quotes=part.quotes, buttons=part.buttons) for part in shown)

    async def editable(self, sender: Sender, button: Button, chat: ChatKey, message_id: str) -> str | None:
        """What the verb begins with, or else the text of the turn that the message shows, "" if it shows none."""
        verb = find(button.command)
        if verb is None or self._tools.roles.of(sender.key) < verb.role:
            return None
        if verb.begins is not None:
            try:
                return verb.begins(self._tools, chat, button.text)
            except UsageError:  # typed by hand, as part of a slash command
                return None
        turn = await self._tools.store.find_turn(chat, message_id)
        return turn.text if turn is not None else ""
