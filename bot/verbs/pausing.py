"""Having the service rest, and go on."""

from __future__ import annotations

from bot.outcome import Pause
from bot.verbs import sentences
from bot.verbs.arguments import LeadingConfirmation, TextParameter
from bot.verbs.verb import Call, Effect, Tools, sure

SURE = LeadingConfirmation(sentences.YES)
REASON = TextParameter(sentences.REASON, most=200)


async def pause(tools: Tools, call: Call) -> Effect:
    """Answer no questions until `resume`; they are taken in and wait."""
    reason = call.given[REASON]
    if not call.given[SURE]:
        command = f"{call.lead}pause {sentences.YES.say(call.language)} {reason}".strip()
        said = sentences.PAUSE_ASK.say(call.language, command=command, undo=f"{call.lead}resume")
        label, confirm = sentences.PAUSE_NOW.say(call.language), sentences.PAUSE_SURE.say(call.language)
        return Effect(said, buttons=sure(label, "pause", f"yes {reason}".strip(), confirm), refused=True)
    said = sentences.PAUSED.say(call.language, undo=f"{call.lead}resume")
    return Effect(said, pause=Pause(reason), detail=reason)


async def resume(tools: Tools, call: Call) -> Effect:
    """Answer questions again, those first that have waited."""
    if tools.pausing.pause is None:
        return Effect(sentences.NOT_PAUSED.say(call.language), refused=True)
    waiting = (await tools.store.backlog()).inbox
    return Effect(sentences.RESUMED.say(call.language, waiting=waiting), resumes=True)
