"""What the verb `prompt` does."""

from __future__ import annotations

import difflib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

from bot.messages import Button, ChatKey, Language
from bot.promptbook import Held, NoRoomError
from bot.texts import Sentence
from bot.verbs.arguments import UsageError, Words, shown
from bot.verbs.prompts import sentences
from bot.verbs.prompts.order import HERE, Action, Order, OrderParameter
from bot.verbs.prompts.order import slow as slow
from bot.verbs.prompts.trying import attempts
from bot.verbs.verb import Call, Effect, Tools
from bot.versions import EVERYWHERE, NewVersion, Use, Version
from prompts.loader import SystemPrompt, TemplateFaultError

ORDER = OrderParameter(sentences.ORDER)
EDITING: Final = Button(sentences.EDIT_PROMPT.en, "prompt", Action.SET, edits=True, blank=True)
"""What opens a prompt to be edited where there are windows."""
SHOWN_VERSIONS = 10
_BEGINNING = 60


@dataclass(frozen=True, slots=True)
class Place:
    """Where an order holds: a scope and a language, and the version that it names, if it does."""

    scope: str
    language: Language
    order: Order
    call: Call
    version: Version | None = None

    @property
    def key(self) -> tuple[str, Language]:
        """What the store knows it by."""
        return self.scope, self.language

    def say(self, sentence: Sentence, **values: object) -> str:
        """A sentence about it, in the caller's language."""
        language = self.call.language
        spoken = sentences.LANGUAGES[self.language].say(language)
        scope = self.scope or sentences.EVERYWHERE.say(language)
        return sentence.say(language, **{"scope": scope, "spoken": spoken, **values})

    def command(self, action: Action, *more: object) -> str:
        """A further command about the same place, as it is typed."""
        return " ".join(map(str, (f"{self.call.lead}prompt", action, self.scope or "all", self.language, *more)))

    def button(self, label: Sentence, action: Action, *more: object, edits: bool = False) -> Button:
        """A button that gives such a command. A chat's name may be too long for one: then it is left to `here`."""
        scope = HERE if self.scope == str(self.call.inbound.chat) else self.scope or "all"
        words = (action, scope, self.language, *more)
        return Button(label.say(self.call.language), "prompt", " ".join(map(str, words)), edits=edits, blank=edits)


def template_in_use(tools: Tools, chat: ChatKey, words: str) -> str:
    """What holds where a button's words say that something else is to. Raises UsageError, also for a template in them:
    nobody would see it in the text that is edited."""
    given = Words(words.replace(Action.SET, Action.SHOW, 1))
    order = ORDER.read(given, "")
    if given.next:
        raise UsageError(sentences.NO_SCOPE, word=shown(given.next))
    scope = str(chat) if order.scope == HERE else order.scope or EVERYWHERE
    return tools.prompts.held(scope, order.language or "en").template


async def prompt(tools: Tools, call: Call) -> Effect:
    """Do what was ordered."""
    order = call.given[ORDER]
    scope = str(call.inbound.chat) if order.scope == HERE else order.scope
    place = Place(scope or EVERYWHERE, order.language or call.language, order, call)
    if scope and scope.partition(":")[0] not in tools.adapters:
        return _refused(place, place.say(sentences.NOT_CONNECTED, platforms=", ".join(sorted(tools.adapters))))
    if not order.versions:
        return await _ACTIONS[order.action](tools, place)
    version = await tools.store.version(order.versions[0])
    if version is None:
        return _no_version(place, order.versions[0])
    place = Place(version.scope, version.language, order, call, version)
    if scope not in (None, version.scope) or order.language not in (None, version.language):
        return _refused(place, place.say(sentences.OTHER_PLACE, number=version.id))
    return await _ACTIONS[order.action](tools, place)


async def _show(tools: Tools, place: Place) -> Effect:
    held = _held(place.version) if place.version else tools.prompts.held(*place.key)
    heading = place.say(
        sentences.SHOWN,
        source=_source(held, place),
        tokens=tools.prompts.tokens(held.template),
        most=tools.prompts.most,
    )
    edit = place.button(sentences.EDIT, Action.SET, edits=True)
    return Effect(f"{heading}\n\n{_block(held.template)}", buttons=(edit,))


async def _set(tools: Tools, place: Place) -> Effect:
    if place.version is not None:
        return _use(tools, place, place.version)
    template = place.order.text
    prompt = _checked(tools, place, template)
    if isinstance(prompt, Effect):
        return prompt
    author = place.call.inbound.sender.key
    number = await tools.store.keep_version(NewVersion(place.scope, place.language, template, author))
    said = place.say(
        sentences.KEPT,
        number=number,
        tokens=tools.prompts.tokens(template),
        most=tools.prompts.most,
        attempt=place.command(Action.TRY, f"#{number}"),
        use=place.command(Action.SET, f"#{number}"),
    )
    buttons = (
        place.button(sentences.TRY, Action.TRY, f"#{number}"),
        place.button(sentences.USE, Action.SET, f"#{number}"),
    )
    return Effect(said, buttons=buttons, detail=f"set {place.scope} {place.language} #{number}")


def _use(tools: Tools, place: Place, version: Version) -> Effect:
    if version.live:
        return _refused(place, place.say(sentences.ALREADY, number=version.id))
    if not place.order.sure:
        words = (Action.SET, f"#{version.id}", "yes")
        said = place.say(sentences.USE_ASK, number=version.id, command=place.command(*words))
        button = place.button(sentences.USE, *words)
        return _refused(place, said, replace(button, style="primary"))
    said = place.say(sentences.USED, number=version.id, undo=place.command(Action.ROLLBACK))
    return _taken(tools, place, version.id, said)


async def _rollback(tools: Tools, place: Place) -> Effect:
    steps = await tools.store.steps_back(*place.key)
    if not steps:
        return _refused(place, place.say(sentences.NOTHING_BEFORE, source=_around(tools, place)))
    before = steps[1] if len(steps) > 1 else 0
    source = f"#{before}" if before else _around(tools, place)
    if not place.order.sure:
        command = place.command(Action.ROLLBACK, "yes")
        said = place.say(sentences.BACK_ASK, source=source, command=command)
        button = place.button(sentences.GO_BACK, Action.ROLLBACK, "yes")
        return _refused(place, said, replace(button, style="danger"))
    return _taken(tools, place, before, place.say(sentences.BACK, source=source), back=True)


async def _history(tools: Tools, place: Place) -> Effect:
    found = await tools.store.versions(*place.key, SHOWN_VERSIONS)
    if not found:
        command = place.command(Action.SET, "…")
        return Effect(place.say(sentences.NO_HISTORY, command=command))
    lines = [place.say(sentences.HISTORY), "", *(f"- {_line(version, place.call.language)}" for version in found)]
    if steps := await tools.store.steps_back(*place.key):
        passed = [f"#{version}" for version in steps[:SHOWN_VERSIONS]] + ["…"] * bool(steps[SHOWN_VERSIONS:])
        command, way = place.command(Action.ROLLBACK), " → ".join([*passed, _around(tools, place)])
        lines += ["", place.say(sentences.STEPS, command=command, way=way)]
    return Effect("\n".join(lines))


async def _diff(tools: Tools, place: Place) -> Effect:
    pair = await _pair(tools, place)
    if isinstance(pair, Effect):
        return pair
    old, new = pair
    values = {"old": _source(old, place), "new": _source(new, place)}
    difference = list(difflib.unified_diff(old.template.splitlines(), new.template.splitlines(), lineterm="", n=1))[2:]
    if not difference:
        return Effect(place.say(sentences.SAME, **values))
    block = _block("\n".join(difference), "diff")
    return Effect(f"{place.say(sentences.DIFF, **values)}\n\n{block}")


async def _pair(tools: Tools, place: Place) -> tuple[Held, Held] | Effect:
    """The two templates to compare: two that are named, or what is in use and one that is named, or is the newest."""
    held = tools.prompts.held(*place.key)
    numbers = place.order.versions
    if len(numbers) > 1 and place.version is not None:
        other = await tools.store.version(numbers[1])
        return (_held(place.version), _held(other)) if other is not None else _no_version(place, numbers[1])
    newer = place.version or await _candidate(tools, place)
    if newer is None:
        return Effect(place.say(sentences.NOTHING_TO_COMPARE))
    return held, _held(newer)


async def _try(tools: Tools, place: Place) -> Effect:
    version = place.version or await _candidate(tools, place)
    if version is None:
        history = place.command(Action.HISTORY)
        return _refused(place, place.say(sentences.NO_CANDIDATE, history=history))
    candidate = _checked(tools, place, version.template)
    if isinstance(candidate, Effect):
        return candidate
    asked = await tools.store.asked(*place.key, place.order.count)
    if not asked:
        return Effect(place.say(sentences.NOTHING_TO_TRY))
    parts = await attempts(tools, place.call, candidate, asked, version.id)
    heading = place.say(sentences.TRIED, number=version.id, count=len(parts))
    use = place.button(sentences.USE, Action.SET, f"#{version.id}")
    # Customers' words, and the model's, of which nothing may act by itself.
    return Effect("\n\n".join([heading, *parts]), buttons=(use,), quotes=True, detail=f"try #{version.id}")


_ACTIONS: Final[dict[Action, Callable[[Tools, Place], Awaitable[Effect]]]] = {
    Action.SHOW: _show,
    Action.SET: _set,
    Action.HISTORY: _history,
    Action.DIFF: _diff,
    Action.ROLLBACK: _rollback,
    Action.TRY: _try,
}


def _taken(tools: Tools, place: Place, version: int, said: str, *, back: bool = False) -> Effect:
    use = Use(place.scope, place.language, version, place.call.inbound.sender.key, back)
    detail = f"use {place.scope or 'all'} {place.language} #{version}"
    return Effect(said, uses=(use,), then=tools.prompts.load, detail=detail)


def _refused(place: Place, said: str, *buttons: Button) -> Effect:
    return Effect(said, buttons=buttons, refused=True, detail=f"{place.order.action} {place.scope or 'all'}")


def _no_version(place: Place, number: int) -> Effect:
    history = place.command(Action.HISTORY)
    return _refused(place, place.say(sentences.NO_VERSION, number=number, history=history))


def _checked(tools: Tools, place: Place, template: str) -> SystemPrompt | Effect:
    """A template filled in; or what is wrong with it."""
    language = place.call.language
    try:
        prompt = tools.prompts.check(template)
    except TemplateFaultError as fault:
        if not fault.unknown:
            return _refused(place, sentences.FAULTY.say(language, line=fault.line or "?", reason=fault.reason))
        values = {"unknown": fault.unknown, "known": tools.prompts.placeholders}
        lists = {key: ", ".join(f"`{name}`" for name in names) for key, names in values.items()}
        return _refused(place, sentences.UNKNOWN.say(language, **lists))
    except NoRoomError as error:
        return _refused(place, sentences.TOO_MUCH.say(language, tokens=error.tokens, most=error.most))
    return prompt if prompt.text else _refused(place, sentences.BLANK.say(language))


async def _candidate(tools: Tools, place: Place) -> Version | None:
    """The newest version there that is not in use."""
    found = await tools.store.versions(*place.key, SHOWN_VERSIONS)
    return next((version for version in found if not version.live), None)


def _held(version: Version) -> Held:
    return Held(version.template, version.id, version.scope)


def _source(held: Held, place: Place) -> str:
    if not held.version:
        return place.say(sentences.FILE)
    scope = f"`{held.scope}`" if held.scope else place.say(sentences.EVERYWHERE)
    return place.say(sentences.VERSION, number=held.version, scope=scope)


def _around(tools: Tools, place: Place) -> str:
    """What holds there without a version of its own."""
    return _source(tools.prompts.held(*place.key, own=False), place)


def _line(version: Version, language: Language) -> str:
    return sentences.HISTORY_LINE.say(
        language,
        number=version.id,
        live=sentences.LIVE.say(language) if version.live else "",
        at=time.strftime("%Y-%m-%d %H:%M", time.gmtime(version.at)),
        author=version.author,
        count=len(version.template),
        beginning=" ".join(version.template.replace("`", "").split())[:_BEGINNING],
    )


def _block(text: str, kind: str = "") -> str:
    """A block of code, whatever fences stand in the text."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{kind}\n{text}\n{fence}"
