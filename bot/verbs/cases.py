"""What agents do with cases: take and release them, close and open them again, note, send, and see who waits."""

from __future__ import annotations

from collections.abc import Sequence

from bot import casetexts
from bot.cards import Cards, customer, named, staff, typed
from bot.cases import OPEN, Case, CaseState, Cause, LogKind, Move, NewEntry, Staff, draft_message
from bot.messages import Button, Role
from bot.outcome import Elsewhere
from bot.saying import notice, said, way_to
from bot.stores import ConversationStore
from bot.texts import Sentence, roughly
from bot.verbs import sentences
from bot.verbs.arguments import ChoiceParameter, TextParameter
from bot.verbs.verb import Call, Effect, Tools, prefix

QUEUE_SHOWN = 20
"""So many open cases are listed."""
TAKE_BUTTONS = 5
"""So many of those that wait can be taken by a button under the list."""
NOBODY = Staff("")
_FIRST_WORDS = 80
_SCORES = ("1", "2", "3", "4", "5")

WHERE = ChoiceParameter(sentences.RELEASE_TO, {"bot": ("机器人",), "waiting": ("queue", "队列", "排队")})
NOTE = TextParameter(sentences.NOTE_TEXT, most=3000, required=True, lines=True)
WORDS = TextParameter(sentences.SEND_TEXT, most=10_000, lines=True)


async def take(tools: Tools, call: Call) -> Effect:
    """Have a case from now on; the bot falls silent."""
    case = call.case
    if case.state is CaseState.CLOSED:
        return _refused(tools, call, sentences.CLOSED_ALREADY)
    if case.state is CaseState.HUMAN and not _abandoned(tools, case):
        return _refused(tools, call, _held(call))
    if not case.current:
        return _refused(tools, call, sentences.MOVED_ON)
    return _had(tools, call, sentences.TOOK, casetexts.TAKEN_OVER)


async def reopen(tools: Tools, call: Call) -> Effect:
    """Have a case again that was closed."""
    case = call.case
    if case.state is CaseState.HUMAN:
        return _refused(tools, call, _held(call))
    if case.state is not CaseState.CLOSED:
        return _refused(tools, call, sentences.NOT_CLOSED)
    if not case.current and await tools.store.case(case.chat) is not None:
        return _refused(tools, call, sentences.MOVED_ON)
    return _had(tools, call, sentences.REOPENED, casetexts.OPENED_AGAIN)


async def release(tools: Tools, call: Call) -> Effect:
    """Give a case back to the bot, or put it into the queue for a colleague."""
    case, queue = call.case, call.given[WHERE] == "waiting"
    after = CaseState.WAITING if queue else CaseState.BOT
    if case.state is CaseState.CLOSED:
        return _refused(tools, call, sentences.CLOSED_ALREADY)
    if case.state is after:
        return _refused(tools, call, sentences.NOTHING_TO_RELEASE)
    if _somebody_elses(tools, call):
        return _refused(tools, call, sentences.TAKEN_BY)
    human = f"{prefix(case.chat.platform, thread=bool(case.chat.thread))}human"
    told = _told(tools, call, casetexts.ANOTHER_PERSON if queue else casetexts.BOT_AGAIN, human=human)
    return _moved(call, after, sentences.RELEASED, told)


async def close(tools: Tools, call: Call) -> Effect:
    """End a case; the customer is asked how satisfied they are."""
    case = call.case
    if case.state is CaseState.CLOSED:
        return _refused(tools, call, sentences.CLOSED_ALREADY)
    if _somebody_elses(tools, call):
        return _refused(tools, call, sentences.TAKEN_BY)
    scores = [Button(score, "rate", f"{case.id} {score}") for score in _SCORES]
    told = _told(tools, call, casetexts.CLOSED, scores) if case.current else ()
    return _moved(call, CaseState.CLOSED, sentences.CLOSED, told)


async def note(tools: Tools, call: Call) -> Effect:
    """Put down something for agents alone, which all rooms of the case show."""
    case = call.case
    entry = NewEntry(case.id, LogKind.NOTE, _caller(call), call.given[NOTE])
    said_where = "" if call.at_home else sentences.NOTED.say(call.language, number=case.id)
    return Effect(said_where, log=(entry,), detail=f"#{case.id}")


async def send(tools: Tools, call: Call) -> Effect:
    """Send the customer what is given, whatever it looks like and as it stands, or the draft that the command
    answers."""
    case, agent = call.case, _caller(call)
    if call.inbound.attachments:
        return Effect(sentences.SEND_NO_PICTURES.say(call.language), refused=True)
    draft = await _draft(tools.store, call)
    text = call.given[WORDS] or draft
    if not text:
        return Effect(sentences.SEND_WHAT.say(call.language, lead=call.lead, about=call.about_it), refused=True)
    made_of = draft_message(call.inbound.chat, call.inbound.reply_to) if draft else ""
    # Commands in a room are carried out one after the other: two presses of a button, too.
    if not call.given[WORDS] and await tools.store.find_turn(case.chat, made_of) is not None:
        return Effect(sentences.DRAFT_SENT_ALREADY.say(call.language), refused=True)
    way = await way_to(case, agent.key, tools.store, tools.adapters)
    if isinstance(way, Sentence):
        return _refused(tools, call, way)
    done = "" if call.at_home else sentences.SENT.say(call.language, number=case.id)
    # What was written in a draft's own window is the draft, changed; what stands in a message was typed.
    drafted = draft and not (call.given[WORDS] and call.inbound.message_id)
    ids = [made_of] if drafted else []
    return Effect(done, elsewhere=(said(case, agent, text, way, message_ids=ids),), detail=f"#{case.id}")


async def queue(tools: Tools, call: Call) -> Effect:
    """List the open cases: first those that wait, then those that people have, each for the longest first."""
    counts = await tools.store.count_cases(OPEN)
    waiting = await tools.store.cases((CaseState.WAITING,), QUEUE_SHOWN)
    cases = [*waiting, *await tools.store.cases((CaseState.HUMAN,), QUEUE_SHOWN - len(waiting))]
    if not cases:
        return Effect(sentences.QUEUE_EMPTY.say(call.language))
    heading = {"waiting": counts[CaseState.WAITING], "held": counts[CaseState.HUMAN]}
    lines = [sentences.QUEUE_HEADING.say(call.language, **heading)]
    lines += [await _listed(tools, call, case) for case in cases]
    if (more := sum(counts.values()) - len(cases)) > 0:
        lines.append(sentences.QUEUE_MORE.say(call.language, count=more))
    label = casetexts.TAKE.say(call.language)
    buttons = tuple(Button(f"{label} #{case.id}", "take", f"#{case.id}") for case in waiting[:TAKE_BUTTONS])
    return Effect("\n\n".join(lines), buttons=buttons, quotes=True)


def _had(tools: Tools, call: Call, done: Sentence, told: Sentence) -> Effect:
    """The caller has the case from now on."""
    return _moved(call, CaseState.HUMAN, done, _told(tools, call, told), agent=_caller(call))


def _moved(
    call: Call, after: CaseState, done: Sentence, told: tuple[Elsewhere, ...], *, agent: Staff = NOBODY
) -> Effect:
    """A transition. In the case's own room, the log says to everybody what was done."""
    case = call.case
    move = Move(after, _caller(call), case.id, case.state, case.agent, agent, Cause.AGENT)
    said_where = "" if call.at_home else done.say(call.language, number=case.id, name=customer(case, call.language))
    silences = case.chat if after in (CaseState.HUMAN, CaseState.CLOSED) else None
    return Effect(said_where, move=move, elsewhere=told, silences=silences, detail=f"#{case.id} {after}", names=True)


def _told(
    tools: Tools, call: Call, sentence: Sentence, buttons: Sequence[Button] = (), **values: str
) -> tuple[Elsewhere, ...]:
    adapter = tools.adapters.get(call.case.chat.platform)
    if adapter is None:  # it was taken out of the settings; the case goes on without
        return ()
    return (notice(call.case, _caller(call), sentence, adapter, buttons=buttons, **values),)


def _refused(tools: Tools, call: Call, sentence: Sentence) -> Effect:
    cards = Cards(call.language, tools.cards.zone)
    said = sentence.say(call.language, lead=call.lead, about=call.about_it, **cards.values(call.case))
    return Effect(said, refused=True, names=True)


def _held(call: Call) -> Sentence:
    """That somebody has the case."""
    if call.case.agent != call.inbound.sender.key:
        return sentences.TAKEN_BY
    return sentences.YOURS_ALREADY if call.at_home else sentences.YOURS_ELSEWHERE


def _somebody_elses(tools: Tools, call: Call) -> bool:
    """Whether a colleague has the case, which only they and admins may change."""
    case = call.case
    another = case.state is CaseState.HUMAN and case.agent != call.inbound.sender.key
    return another and call.role < Role.ADMIN and not _abandoned(tools, case)


def _abandoned(tools: Tools, case: Case) -> bool:
    """Whether who has the case is no agent any more: nobody could ask them for it. Owners never were."""
    return case.cause is not Cause.OWNER and tools.roles.of(case.agent) < Role.AGENT


def _caller(call: Call) -> Staff:
    return staff(call.inbound.sender.key, call.inbound.sender.name)


async def _draft(store: ConversationStore, call: Call) -> str:
    """The draft in the message that the command answers, or whose button it is; "" if there is none. One that was made
    for another case's customer is none."""
    if not (call.at_home and call.inbound.reply_to):
        return ""
    turn = await store.find_turn(call.inbound.chat, call.inbound.reply_to)
    return turn.text if turn is not None and turn.speaker == "bot" else ""


async def _listed(tools: Tools, call: Call, case: Case) -> str:
    question = " ".join((await tools.store.card(case.id)).question.split())
    state = casetexts.STATES[case.state].say(call.language, name=named(case.agent, case.agent_name))
    line = sentences.QUEUE_LINE.say(
        call.language,
        number=case.id,
        state=state,
        time=roughly(max(0.0, tools.clock() - case.since), call.language),
        name=customer(case, call.language),
        platform=Cards(call.language, tools.cards.zone).platform(case.chat),
    )
    return f"{line}\n{typed(question, _FIRST_WORDS)}" if question else line
