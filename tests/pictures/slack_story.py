"""A team in Slack, whose customers write on Telegram."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from bot.sections import DeskSettings
from bot.wiring import DATABASE
from tests.fakes.slack_person import Person as Agent
from tests.fakes.slack_person import labels
from tests.fakes.telegram_person import Person as Customer
from tests.pictures import past
from tests.pictures.drawing import Camera, chat
from tests.pictures.slack_chat import shown
from tests.pictures.stage import CHANNEL, LARGER, LEO, MIA, Stage, stage
from tests.screenshots import dialog, order

_DESK: Final = DeskSettings(slack_channel=CHANNEL, hours="24/7", incident_customers=4, model_hands_over=False)
_TITLE: Final = "# support-desk"


async def play(camera: Camera, folder: Path) -> None:
    """Draw what the team sees."""
    await past.invent(folder / DATABASE)
    async with stage(folder, _DESK, LARGER) as scene:
        ada, mia = scene.on_telegram(1001, "Ada"), scene.on_slack(MIA)
        root = await _hand_over(scene, ada)
        await camera.draw("desk-slack-card", chat("slack", _TITLE, shown(scene.slack, [root])))
        mia.enter(root["ts"])
        await mia.press(root, "Take")
        await scene.quiet()
        count = len(_thread(scene, root))
        await _ask(scene, mia)
        await camera.draw("desk-slack-ask", chat("slack", _TITLE, shown(scene.slack, _thread(scene, root)[count:])))
        count = len(_thread(scene, root))
        await _answer(scene, mia, ada, root)
        await camera.draw("desk-slack", chat("slack", _TITLE, shown(scene.slack, _thread(scene, root)[count:])))
        await _incident(camera, scene)
        await _figures(camera, scene)


def _thread(scene: Stage, root: dict[str, Any]) -> list[dict[str, Any]]:
    """What Mia sees in a thread."""
    private = [said for said in scene.slack.ephemerals if said.get("thread_ts") == root["ts"]]
    return sorted([*scene.slack.thread(CHANNEL, root["ts"]), *private], key=lambda said: str(said["ts"]))


async def _hand_over(scene: Stage, ada: Customer) -> dict[str, Any]:
    ada.photo(dialog().data, "What does this error message say?")
    await scene.quiet()
    (answer,) = scene.telegram.sent(ada.chat_id)
    ada.press(answer["message_id"], "Talk to a person")
    await scene.slack.until(lambda: scene.slack.roots(CHANNEL))
    await scene.quiet()
    (root,) = scene.slack.roots(CHANNEL)
    return root


async def _ask(scene: Stage, mia: Agent) -> None:
    for words in ("!ask What is the error code?", "!ask And which button is there?", "!extract"):
        await mia.say(words)
        await scene.quiet()


async def _answer(scene: Stage, mia: Agent, ada: Customer, root: dict[str, Any]) -> None:
    await mia.press(root, "Suggest a reply")
    await scene.quiet()
    (draft,) = [said for said in _thread(scene, root) if "Another" in labels(said)]
    await mia.press(draft, "Send")
    await scene.quiet()
    ada.photo(order().data, "That worked, thank you! Is this the right order?")
    await scene.quiet()
    await mia.say("@Leo can you have a look at this one?")
    await scene.quiet()
    await mia.say("!note Leo says: shipped this morning")
    await scene.quiet()
    await mia.say("Yes, it is, and it was shipped this morning. Enjoy your tea 🍵")
    await scene.quiet()
    await mia.say("!close")
    await scene.quiet()
    asked = scene.telegram.sent(ada.chat_id)[-1]
    ada.press(asked["message_id"], "5")
    await scene.quiet()


async def _incident(camera: Camera, scene: Stage) -> None:
    """The same screenshot from many."""
    for number in range(1, _DESK.incident_customers):
        scene.on_telegram(3000 + number, f"Customer {number}").photo(dialog().data, "What is the error code?")
    await scene.slack.until(lambda: len(scene.slack.roots(CHANNEL)) > 1, within=60)
    await scene.quiet()
    notice = scene.slack.roots(CHANNEL)[-1]
    mia = scene.on_slack(MIA)
    mia.enter(notice["ts"])
    await mia.say("!answer Our bank partner has a fault. Please try again in an hour: your baskets are kept.")
    await scene.quiet()
    await camera.draw("desk-incident", chat("slack", _TITLE, shown(scene.slack, _thread(scene, notice))))


async def _figures(camera: Camera, scene: Stage) -> None:
    leo = scene.on_slack(LEO, "D0LEO")
    await leo.command("stats", "week")
    await scene.slack.until(leo.private)
    await scene.quiet()
    await camera.draw("desk-stats", chat("slack", "Looksee", shown(scene.slack, leo.private())))
