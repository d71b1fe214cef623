"""Who is listened to, decided purely."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.admission import CALM, Rules, admit
from bot.messages import Attachment, ChatKey, Inbound, Kind, Role, Sender
from bot.people import DAY, Activity, Admission, Person, Quota, Refusal

NOON = 20_000 * DAY + DAY / 2
ANNA = Person("telegram:7")
CHAT = ChatKey("telegram", "bot", "7")


def sent(kind: Kind = Kind.MESSAGE, pictures: int = 0, key: str = ANNA.key) -> Inbound:
    return Inbound("event", CHAT, Sender(key), kind, attachments=(Attachment("f"),) * pictures)


class Talking:
    """Somebody who sends one thing after the other."""

    def __init__(self, rules: Rules, person: Person = ANNA, role: Role = Role.CUSTOMER) -> None:
        self.rules = rules
        self.person = person
        self.role = role
        self.now = NOON

    def send(self, inbound: Inbound | None = None, after: float = 0.0) -> Admission:
        self.now += after
        admission = admit(self.person, inbound or sent(key=self.person.key), self.role, self.rules, self.now)
        if admission.activity is not None:
            self.person = replace(self.person, activity=admission.activity)
        return admission

    def results(self, times: Iterable[float], inbound: Inbound | None = None) -> list[str]:
        """What became of things sent after so many seconds each."""
        return [told(self.send(inbound, after)) for after in times]


def told(admission: Admission) -> str:
    if admission.refusal is None:
        return "in"
    return "silence" if admission.silent else admission.refusal.value


def test_within_the_limits_everything_is_let_in_and_counted() -> None:
    talk = Talking(Rules(messages=5, seconds=10, pictures=9, pace=10))
    assert talk.results([0, 1, 1, 1, 1], sent(pictures=1)) == ["in"] * 5
    assert talk.person.activity.messages == 5
    assert talk.results([1], sent(Kind.COMMAND)) == ["in"]
    assert talk.person.activity.messages == 5


def test_a_days_messages_end_with_one_sentence_and_begin_anew_the_next_day() -> None:
    talk = Talking(Rules(messages=2))
    assert talk.results([0, 60, 60, 60, 3600]) == ["in", "in", "messages_used_up", "silence", "silence"]
    assert talk.results([60], sent(Kind.EDIT)) == ["silence"]
    assert talk.results([60], sent(Kind.COMMAND)) == ["in"]
    assert talk.results([DAY / 2, 1, 1]) == ["in", "in", "messages_used_up"]


def test_a_days_time_of_the_device_ends_when_it_is_used() -> None:
    talk = Talking(Rules(seconds=10))
    assert talk.results([0]) == ["in"]
    talk.person = replace(talk.person, activity=replace(talk.person.activity, device_ms=10_000))
    assert talk.results([1, 1]) == ["time_used_up", "silence"]
    assert talk.results([DAY]) == ["in"]


def test_pictures_are_let_in_again_when_a_minute_makes_room() -> None:
    talk = Talking(Rules(pictures=6))
    assert talk.results([0, 0, 0, 0], sent(pictures=3)) == ["in", "in", "too_many_pictures", "silence"]
    assert talk.results([1]) == ["in"]  # a question without pictures
    assert talk.results([28.5], sent(pictures=3)) == ["silence"]
    assert talk.results([0.5], sent(pictures=3)) == ["in"]
    assert talk.results([1], sent(pictures=1)) == ["too_many_pictures"]


def test_more_pictures_than_a_minute_has_are_not_refused_for_ever() -> None:
    talk = Talking(Rules(pictures=6))
    assert talk.results([0, 59, 2], sent(pictures=20)) == ["in", "too_many_pictures", "in"]


def test_a_flood_is_answered_once_and_over_when_it_has_calmed_down() -> None:
    talk = Talking(Rules(pace=60))
    assert talk.results([0] * 60) == ["in"] * 60
    assert talk.results([0] * 100) == ["too_fast", *["silence"] * 99]
    # Ten a second for five minutes: not one is let in in between.
    assert talk.results([0.1] * 3000) == ["silence"] * 3000
    assert talk.results([60 * CALM - 1]) == ["silence"]
    assert talk.results([2]) == ["in"]
    assert talk.results([0] * 31) == ["in"] * 29 + ["too_fast", "silence"]


def test_commands_and_thumbs_are_part_of_a_flood_and_deletions_are_not() -> None:
    talk = Talking(Rules(pace=2))
    assert talk.results([0], sent(Kind.COMMAND)) == ["in"]
    assert talk.results([0], sent(Kind.FEEDBACK)) == ["in"]
    assert talk.results([0], sent(Kind.COMMAND)) == ["too_fast"]
    assert talk.results([0] * 5, sent(Kind.DELETE)) == ["in"] * 5


@pytest.mark.parametrize("kind", [Kind.MESSAGE, Kind.EDIT, Kind.COMMAND, Kind.FEEDBACK])
def test_the_banned_hear_one_sentence_and_then_nothing(kind: Kind) -> None:
    talk = Talking(Rules(), replace(ANNA, banned=True))
    assert talk.results([0, 1, DAY, 300 * DAY], sent(kind)) == ["banned", "silence", "silence", "silence"]
    assert talk.results([1], sent(Kind.DELETE)) == ["in"]


def test_with_the_allow_list_strangers_hear_one_sentence() -> None:
    rules = Rules(only_allowed=True)
    talk = Talking(rules)
    assert talk.results([0, 1, DAY]) == ["not_invited", "silence", "silence"]
    assert Talking(rules, replace(ANNA, allowed=True)).results([0, 1]) == ["in", "in"]
    assert Talking(rules, replace(ANNA, allowed=True, banned=True)).results([0, 1]) == ["banned", "silence"]


@pytest.mark.parametrize("role", [Role.AGENT, Role.ADMIN])
def test_staff_has_no_limits_and_is_not_counted(role: Role) -> None:
    person = replace(ANNA, banned=True)
    talk = Talking(Rules(messages=1, seconds=1, pictures=1, pace=1, only_allowed=True), person, role)
    assert talk.results([0] * 20, sent(pictures=3)) == ["in"] * 20
    assert talk.person == person


def test_a_quota_of_ones_own_goes_before_the_settings() -> None:
    rules = Rules(messages=2, pictures=1)
    assert Talking(rules, replace(ANNA, quota=Quota(messages=1))).results([0, 1]) == ["in", "messages_used_up"]
    unlimited = Talking(rules, replace(ANNA, quota=Quota(messages=0, pictures=0)))
    assert unlimited.results([0] * 9, sent(pictures=4)) == ["in"] * 9
    assert rules.of(replace(ANNA, quota=Quota(seconds=9))) == replace(rules, seconds=9)


def test_callers_who_cannot_be_told_apart_have_no_limits_but_their_own_and_each_is_answered() -> None:
    api = Person("web:api")
    rules = Rules(messages=1, pace=1, pictures=1, seconds=1)
    assert Talking(rules, api).results([0] * 9) == ["in"] * 9
    own = Talking(rules, replace(api, quota=Quota(messages=1)))
    assert own.results([0] * 3) == ["in", "messages_used_up", "messages_used_up"]
    assert Talking(rules, replace(api, banned=True)).results([0] * 2) == ["banned", "banned"]


@pytest.mark.parametrize("jump", [DAY, -DAY, 3 * DAY, -3 * DAY, -90 * 60])
def test_a_clock_that_jumps_shuts_nobody_out_and_opens_no_flood(jump: float) -> None:
    talk = Talking(Rules(messages=100, pace=10, pictures=10))
    assert talk.results([0] * 12)[-2:] == ["too_fast", "silence"]
    talk.send(after=jump)
    # Whatever it shows now: within a minute of quiet all is well, and a flood is one still.
    assert talk.results([61, 1]) == ["in", "in"]
    assert talk.results([0] * 12)[-1] == "silence"


@given(
    steps=st.lists(st.tuples(st.floats(0, 30), st.sampled_from(list(Kind)), st.integers(0, 4)), max_size=120),
    rules=st.builds(
        Rules,
        messages=st.integers(0, 20),
        seconds=st.integers(0, 3),
        pictures=st.integers(0, 8),
        pace=st.integers(0, 20),
        only_allowed=st.booleans(),
    ),
    person=st.builds(
        lambda banned, allowed: replace(ANNA, banned=banned, allowed=allowed), st.booleans(), st.booleans()
    ),
)
def test_whatever_is_sent_the_limits_hold_and_nothing_is_said_twice_in_a_row(
    steps: list[tuple[float, Kind, int]], rules: Rules, person: Person
) -> None:
    talk = Talking(rules, person)
    entered: list[tuple[float, int]] = []
    for after, kind, pictures in steps:
        before = talk.person.activity
        admission = talk.send(sent(kind, pictures), after)
        if kind is Kind.DELETE:
            assert admission == Admission()
            continue
        assert admission.refusal is not None or not admission.silent
        if person.banned or (rules.only_allowed and not person.allowed):
            assert admission.refusal in (Refusal.BANNED, Refusal.NOT_INVITED)
            assert admission.silent == (before.told is admission.refusal)
            continue
        if admission.refusal is Refusal.TOO_FAST:
            assert not (before.flooding and talk.person.activity.flooding and not admission.silent and after == 0)
        if admission.refusal is None:
            entered.append((talk.now, pictures if kind in (Kind.MESSAGE, Kind.EDIT) else 0))
    for at, _ in entered:
        minute = [(when, count) for when, count in entered if at - 60 < when <= at]
        # A bucket that leaks lets in what it holds and what has leaked meanwhile: twice the limit in any minute.
        assert not rules.pace or len(minute) <= 2 * rules.pace + 1
        assert not rules.pictures or sum(min(count, rules.pictures) for _, count in minute) <= 2 * rules.pictures + 1


def test_nobody_known_has_used_nothing() -> None:
    assert Person("telegram:1").activity == Activity()


def test_what_is_for_a_person_uses_nothing_up_and_is_kept_back_by_bans_and_floods_alone() -> None:
    used_up = Activity(day=int(NOON // DAY), messages=1, device_ms=1000, pictures=1, at=NOON)
    rules = Rules(messages=1, seconds=1, pictures=1, pace=3)
    attended = replace(ANNA, activity=used_up, attended=True)
    talk = Talking(rules, attended)
    assert talk.results([0, 0, 0, 0], sent(pictures=1)) == ["in", "in", "in", "too_fast"]
    assert (talk.person.activity.messages, talk.person.activity.pictures) == (1, 1)
    assert Talking(rules, replace(attended, banned=True)).results([0]) == ["banned"]
    assert Talking(rules, replace(attended, attended=False)).results([0]) == ["messages_used_up"]
