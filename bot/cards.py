"""What agents see of a case, as replies: its card, and what happened in it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo

from bot import casetexts as say
from bot.cases import CardFacts, Case, CaseState, Cause, LogEntry, LogKind, Staff, is_draft
from bot.messages import Button, ChatKey, Language, Reply, Turn
from bot.reasons import in_words
from bot.spoken import name_of
from bot.texts import REASONS, Sentence
from bot.verbatim import as_name, verbatim

SHOWN = 700
"""So many characters of a question, an answer and a summary stand on a card."""
_TITLE = 60
_NAME = 40
_BLOCKED = re.compile("blocked", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cards:
    """Makes what is shown in agents' rooms, in their language and time zone."""

    language: Language
    zone: tzinfo

    def title(self, case: Case, facts: CardFacts, *, continued: bool = False) -> str:
        """What a room is called."""
        about = " ".join(facts.question.split())
        name = f"#{case.id} {_called(case, self.language)}"
        title = _clipped(f"{name}: {about}" if about else name, _TITLE)
        return self._say(say.CONTINUED, title=title) if continued else title

    def card(self, case: Case, facts: CardFacts, *, continued: bool = False) -> Reply:
        """What a case is about, who has it, and what can be done with it."""
        state = self._say(say.STATES[case.state], name=named(case.agent, case.agent_name))
        who = self._say(
            say.CARD_WHO,
            name=customer(case, self.language),
            platform=self.platform(case.chat),
            cause=self._say(say.CAUSES[case.cause]),
            since=self.at(case.since),
        )
        blocks = [self._say(say.CARD_HEAD, number=case.id, state=state), who]
        if not case.current:
            blocks.append(self._say(say.CARD_MOVED_ON))
        for heading, quotation in (
            (say.CARD_QUESTION, typed(facts.question)),
            (say.CARD_ANSWER, quoted(facts.answer)),
            (say.CARD_SUMMARY, quoted(facts.summary)),
        ):
            if quotation:
                blocks.append(f"{self._say(heading)}\n\n{quotation}")
        if continued:
            blocks.append(self._say(say.GOES_ON))
        buttons = self._buttons(case)
        return Reply("\n\n".join(blocks), self.language, quotes=True, pictures=facts.pictures, buttons=buttons)

    def entry(self, case: Case, entry: LogEntry) -> Reply | None:
        """What a room shows of an entry of the log; None for nothing."""
        name = customer(case, self.language)
        match entry.kind:
            case LogKind.TURN | LogKind.AMENDED:
                return self._turn(name, entry.said) if entry.said is not None else None
            case LogKind.EXCHANGED:
                return self._exchanged(case, entry, entry.said) if entry.said is not None else None
            case LogKind.MOVED:
                return self._line(self._moved(case, entry))
            case LogKind.NOTE:
                actor = _plain(entry.actor.name, _NAME) or entry.actor.key
                return Reply(self._say(say.NOTED, text=verbatim(entry.text)), self.language, author=actor)
            case LogKind.UNDELIVERED:
                sentence = say.BLOCKED if _BLOCKED.search(entry.text) else say.UNDELIVERED
                return self._line(self._say(sentence, customer=name, why=self._why(entry)))
            case LogKind.IN_DOUBT:
                return self._line(self._say(say.IN_DOUBT, customer=name, why=self._why(entry)))
            case LogKind.RATED:
                rating, _, reason = entry.text.partition(" ")
                sentence = say.HELPED if rating == "1" else say.NO_HELP
                known = REASONS.get(reason)
                why = known.say(self.language) if known is not None else verbatim(_plain(reason))
                return self._line(self._say(sentence, customer=name, reason=why).strip())
            case LogKind.SATISFACTION:
                return self._line(self._say(say.SATISFIED, customer=name, score=entry.text))
            case LogKind.RETRACTED | LogKind.SUMMARY:
                return None

    def values(self, case: Case) -> dict[str, object]:
        """What sentences about a case are filled in with."""
        return {
            "number": case.id,
            "agent": named(case.agent, case.agent_name),
            "since": self.at(case.since),
            "customer": customer(case, self.language),
            "key": case.customer,
            "platform": self.platform(case.chat),
        }

    def at(self, time: float) -> str:
        """A time, for people."""
        return datetime.fromtimestamp(time, self.zone).strftime("%Y-%m-%d %H:%M %Z")

    def platform(self, chat: ChatKey) -> str:
        """Where a customer writes."""
        known = say.PLATFORMS.get(chat.platform)
        return self._say(known) if known else chat.platform

    def _turn(self, name: str, said: Turn) -> Reply:
        if said.speaker == "agent":
            author = said.author or self._say(say.OUR_PEOPLE)
            text = said.text if is_draft(said.message_ids) else verbatim(said.text)
            return Reply(text, self.language, author=author, pictures=said.images)
        if said.speaker == "customer":
            speaker, text = name, verbatim(said.text) or ("" if said.images else self._say(say.NOT_SHOWN))
        else:
            speaker, text = self._say(say.BOT), said.text
        between = "\n\n" if "\n" in text else " "
        return Reply(f"**{speaker}**:{between}{text}", self.language, quotes=True, pictures=said.images)

    def _moved(self, case: Case, entry: LogEntry) -> str:
        states, _, cause = entry.text.partition(":")
        before, _, after = states.partition(">")
        actor = self._actor(case, entry)
        match CaseState(after):
            case CaseState.WAITING if before == CaseState.HUMAN:
                sentence = say.BACK_IN_QUEUE
            case CaseState.WAITING:
                why = self._say(say.CAUSES[Cause(cause)])
                return self._say(say.WAITS, customer=customer(case, self.language), cause=why)
            case CaseState.HUMAN:
                sentence = say.REOPENED_BY if before == CaseState.CLOSED else say.TAKEN
            case CaseState.BOT:
                sentence = say.GIVEN_BACK if actor else say.BOT_GOES_ON
            case CaseState.CLOSED:
                sentence = say.BEGUN_ANEW if _by_customer(case, entry) else say.CLOSED_BY
        return self._say(sentence, actor=actor)

    def _exchanged(self, case: Case, entry: LogEntry, said: Turn) -> Reply:
        text = self._say(say.EXCHANGED, actor=self._actor(case, entry))
        return Reply(text, self.language, quotes=True, pictures=said.images)

    def _actor(self, case: Case, entry: LogEntry) -> str:
        if _by_customer(case, entry):
            return customer(case, self.language)
        return named(entry.actor.key, entry.actor.name)

    def _buttons(self, case: Case) -> tuple[Button, ...]:
        about = f"#{case.id}"
        take = Button(self._say(say.TAKE), "take", about, style="primary")
        release = Button(self._say(say.RELEASE), "release", about)
        close = Button(self._say(say.CLOSE), "close", about, style="danger", confirm=self._say(say.CLOSE_SURE))
        model = (
            Button(self._say(say.SUGGEST), "suggest", about),
            Button(self._say(say.EXTRACT), "extract", about),
        )
        if case.state is CaseState.CLOSED:
            return (Button(self._say(say.REOPEN), "reopen", about), model[1])
        if not case.current:
            return model[1:]
        return (release if case.state is CaseState.HUMAN else take, close, *model)

    def _why(self, entry: LogEntry) -> str:
        return verbatim(_plain(self._say(in_words(entry.text))))

    def _line(self, text: str) -> Reply:
        return Reply(text, self.language, quotes=True)

    def _say(self, sentence: Sentence, **values: object) -> str:
        return sentence.say(self.language, **values)


def customer(case: Case, language: Language) -> str:
    """What a case's customer is called, as Markdown."""
    return as_name(_called(case, language))


def named(key: str, called: str) -> str:
    """What somebody of the desk is called, as Markdown."""
    return as_name(_plain(called, _NAME) or key)


def staff(key: str, called: str) -> Staff:
    """Somebody of the desk, by the name that is kept and shown."""
    return Staff(key, _plain(called, _NAME))


def typed(text: str, most: int = SHOWN) -> str:
    """What somebody typed, as a quotation."""
    return _quotation(verbatim(_clipped(text.strip(), most)))


def quoted(markdown: str, most: int = SHOWN) -> str:
    """Some Markdown as a quotation, which nothing in it gets out of."""
    return _quotation(_clipped(markdown.strip(), most))


def _quotation(markdown: str) -> str:
    return "\n".join(f"> {line}" for line in markdown.splitlines())


def _called(case: Case, language: Language) -> str:
    """What a case's customer is called, as plain text."""
    return _plain(case.customer_name, _NAME) or say.CUSTOMER.say(language)


def _plain(text: str, most: int = SHOWN) -> str:
    """A few words of others', on one line."""
    return _clipped(name_of(text), most)


def _by_customer(case: Case, entry: LogEntry) -> bool:
    return entry.actor.key == case.customer


def _clipped(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
