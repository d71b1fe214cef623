"""Opening hours, as customers are told of them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.errors import ConfigurationError
from bot.hours import Hours
from bot.sections import DeskSettings
from bot.settings import load

WEEK = "Mo-Fr 09:00-12:00,13:00-18:00"


def at(text: str) -> float:
    """Unix seconds of a time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("expression", "now", "english", "chinese"),
    [  # in Shanghai, eight hours ahead; 2026-11-27 is a Friday
        (
            WEEK,
            "2026-11-27 02:00",
            "Our people are there until 12:00 (Asia/Shanghai).",
            "客服在线至今天 12:00（Asia/Shanghai）。",
        ),
        (
            WEEK,
            "2026-11-27 04:30",
            "Our people are not there right now, but again from 13:00 on (Asia/Shanghai).",
            "客服目前不在线，今天 13:00 恢复服务（Asia/Shanghai）。",
        ),
        (
            WEEK,
            "2026-11-27 12:00",
            "Our people are not there right now, but again from Monday 09:00 on (Asia/Shanghai).",
            "客服目前不在线，周一 09:00 恢复服务（Asia/Shanghai）。",
        ),
        (
            WEEK,
            "2026-11-25 12:00",
            "Our people are not there right now, but again from tomorrow 09:00 on (Asia/Shanghai).",
            "客服目前不在线，明天 09:00 恢复服务（Asia/Shanghai）。",
        ),
        (
            "Dec 24 10:00-12:00",
            "2026-11-27 02:00",
            "Our people are not there right now, but again from 2026-12-24 10:00 on (Asia/Shanghai).",
            "客服目前不在线，2026-12-24 10:00 恢复服务（Asia/Shanghai）。",
        ),
        ("24/7", "2026-11-27 02:00", "Our people are there right now.", "客服目前在线。"),
        # A change that is years away is none: looked for without an end, hours like the next would take seconds.
        ("2030-2040 Mo-Su 09:00-18:00", "2026-11-27 02:00", "Our people are not there right now.", "客服目前不在线。"),
        (
            "Mo-Su 00:00-24:00; Dec 25 off",
            "2026-12-26 02:00",
            "Our people are there until 2027-12-25 00:00 (Asia/Shanghai).",
            "客服在线至2027-12-25 00:00（Asia/Shanghai）。",
        ),
        ("24/7 off", "2026-11-27 02:00", "Our people are not there right now.", "客服目前不在线。"),
        # One stretch for people, though two for who wrote it down.
        (
            'Mo-Fr 09:00-12:00 "early"; Mo-Fr 12:00-18:00 open "late"',
            "2026-11-27 05:00",
            "Our people are there until 18:00 (Asia/Shanghai).",
            "客服在线至今天 18:00（Asia/Shanghai）。",
        ),
        (
            "Mo-Fr 09:00-18:00 unknown",
            "2026-11-27 02:00",
            "Our people are not there right now.",
            "客服目前不在线。",
        ),
    ],
)
def test_what_is_said(expression: str, now: str, english: str, chinese: str) -> None:
    hours = Hours(expression, ZoneInfo("Asia/Shanghai"))
    assert hours.say(at(now), "en") == english
    assert hours.say(at(now), "zh") == chinese


def test_clocks_that_are_put_back() -> None:
    hours = Hours("Mo-Su 09:00-18:00", ZoneInfo("Europe/Berlin"))
    assert hours.at(at("2026-10-24 07:30")).open  # still summer: 9:30
    assert not hours.at(at("2026-10-25 07:30")).open  # 8:30
    assert hours.at(at("2026-10-25 08:30")).open


@pytest.mark.parametrize("hours", ["nine to five", "Mon-Fri 09:00-18:00", "Mo-Fr 9-18"])
def test_faulty_hours_are_told_at_the_start(monkeypatch: pytest.MonkeyPatch, hours: str) -> None:
    monkeypatch.setenv("LOOKSEE_DESK__HOURS", hours)
    monkeypatch.setenv("LOOKSEE_DESK__TIMEZONE", "Mars/Phobos")
    with pytest.raises(ConfigurationError) as caught:
        load()
    said = str(caught.value)
    assert "LOOKSEE_DESK__HOURS: these are no opening hours in OpenStreetMap's notation, from character " in said
    assert "for example LOOKSEE_DESK__HOURS=Mo-Fr 09:00-18:00; Dec 25-26 off" in said
    assert "LOOKSEE_DESK__TIMEZONE" in said


@pytest.mark.parametrize(
    "hours", ["Mo-Fr 09:00-18:00; PH off", "Mo-Fr,PH 09:00-18:00", "SH 10:00-12:00", "PH -1 day off"]
)
def test_holidays_that_are_not_named_are_refused_at_the_start(monkeypatch: pytest.MonkeyPatch, hours: str) -> None:
    monkeypatch.setenv("LOOKSEE_DESK__HOURS", hours)
    with pytest.raises(ConfigurationError) as caught:
        load()
    said = str(caught.value)
    assert "LOOKSEE_DESK__HOURS: public and school holidays (PH, SH) are not known here: name the days" in said


def test_holidays_and_what_is_worked_in_return_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    expression = 'Mo-Fr 09:00-18:00 "not on PH"; Dec 25-26 off; 2027 Oct 1-7 off; 2027 Oct 9 09:00-18:00'
    monkeypatch.setenv("LOOKSEE_DESK__HOURS", expression)
    hours = Hours(load().desk.hours, ZoneInfo("Asia/Shanghai"))
    days = ("2026-12-24", "2026-12-25", "2027-10-04", "2027-10-09", "2027-10-16", "2028-10-04")
    assert [hours.at(at(f"{day} 04:00")).open for day in days] == [True, False, False, True, False, True]


def test_the_example_of_the_settings_can_be_used() -> None:
    for example in DeskSettings.model_fields["hours"].examples or ():
        assert DeskSettings(hours=example).hours == example
