"""Updates as Telegram sends them, and what they say to the core."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram.types import Update
from hypothesis import given
from hypothesis import strategies as st

from adapters.telegram.translate import Me, translate
from bot.messages import Attachment, ChatKey, Inbound, Kind, Sender
from tests.fakes.telegram_person import with_entities

ME = Me(4242, "looksee_test_bot", frozenset({"help", "stop"}))
ADA: dict[str, Any] = {"id": 1001, "is_bot": False, "first_name": "Ada", "last_name": "L", "language_code": "zh-hans"}
PRIVATE = {"id": 1001, "type": "private", "first_name": "Ada"}
GROUP = {"id": -100123, "type": "supergroup", "title": "Buyers"}
OURS = {"id": 4242, "is_bot": True, "first_name": "Looksee", "username": "looksee_test_bot"}


def message(chat: dict[str, Any] = PRIVATE, **fields: Any) -> dict[str, Any]:
    made = {"message_id": 7, "date": 1_790_000_000, "chat": chat, "from": ADA, **fields}
    for text, entities in (("text", "entities"), ("caption", "caption_entities")):
        if text in made and entities not in made:
            made |= with_entities(made[text], entities)
    return made


def read(update_id: int = 5, albums: tuple[str, ...] = (), **content: Any) -> Inbound | None:
    return translate(Update.model_validate({"update_id": update_id, **content}), ME, albums)


def taken(chat: dict[str, Any] = PRIVATE, **fields: Any) -> Inbound:
    inbound = read(message=message(chat, **fields))
    assert inbound is not None
    return inbound


def ignored(chat: dict[str, Any] = PRIVATE, **fields: Any) -> bool:
    return read(message=message(chat, **fields)) is None


def photo(name: str = "p") -> list[dict[str, Any]]:
    return [
        {"file_id": f"{name}-{side}", "file_unique_id": str(side), "width": side, "height": 2 * side, "file_size": side}
        for side in (90, 1280, 320)
    ]


def test_text() -> None:
    assert taken(text="Where is my parcel?") == Inbound(
        event_id="update:5",
        chat=ChatKey("telegram", "4242", "1001"),
        sender=Sender("telegram:1001", "Ada L", "zh-hans"),
        text="Where is my parcel?",
        message_id="7",
    )


def test_photo_with_caption_takes_the_largest_size() -> None:
    inbound = taken(photo=photo(), caption="What is this?", media_group_id="album9")
    assert inbound.attachments == (Attachment("p-1280", "", "image/jpeg", 1280),)
    assert (inbound.text, inbound.group_id, inbound.kind) == ("What is this?", "album9", Kind.MESSAGE)


FILE = {"file_id": "f", "file_unique_id": "u", "file_size": 9}
VIDEO = {**FILE, "width": 1, "height": 1, "duration": 1}
STICKER = {**FILE, "type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}


@pytest.mark.parametrize(
    ("fields", "name", "media_type"),
    [
        ({"document": {**FILE, "file_name": "a.png", "mime_type": "image/png"}}, "a.png", "image/png"),
        ({"document": {**FILE, "file_name": "x.pdf", "mime_type": "application/pdf"}}, "x.pdf", "application/pdf"),
        ({"document": FILE}, "", ""),
        ({"animation": VIDEO, "document": FILE}, "animation.mp4", "video/mp4"),
        ({"video": {**VIDEO, "mime_type": "video/quicktime", "file_name": "a.mov"}}, "a.mov", "video/quicktime"),
        ({"video_note": {**FILE, "length": 1, "duration": 1}}, "video.mp4", "video/mp4"),
        ({"voice": {**FILE, "duration": 1, "mime_type": "audio/ogg"}}, "voice.ogg", "audio/ogg"),
        ({"audio": {**FILE, "duration": 1}}, "audio.mp3", "audio/mpeg"),
        ({"sticker": STICKER}, "sticker", "application/x-sticker"),
        ({"live_photo": {**VIDEO, "photo": photo("still")}}, "", "image/jpeg"),
    ],
)
def test_every_kind_of_file_is_named_for_what_it_is(fields: dict[str, Any], name: str, media_type: str) -> None:
    (attachment,) = taken(**fields).attachments
    assert (attachment.name, attachment.media_type) == (name, media_type)


def test_reply_brings_the_files_of_the_message_it_answers() -> None:
    inbound = taken(text="And below?", reply_to_message=message(message_id=3, photo=photo(), caption="first"))
    assert (inbound.reply_to, [a.ref for a in inbound.quoted]) == ("3", ["p-1280"])


def test_reply_to_a_message_of_another_chat_brings_its_files() -> None:
    origin = {"type": "hidden_user", "sender_user_name": "B", "date": 1}
    inbound = taken(text="This?", external_reply={"origin": origin, "photo": photo("elsewhere")})
    assert (inbound.reply_to, [a.ref for a in inbound.quoted]) == ("", ["elsewhere-1280"])


def test_edit() -> None:
    inbound = read(edited_message=message(text="E-4127?", edit_date=1_790_000_009))
    assert inbound is not None
    assert (inbound.kind, inbound.message_id, inbound.text) == (Kind.EDIT, "7", "E-4127?")


def test_edits_that_change_no_question_are_ignored() -> None:
    assert read(edited_message=message(location={"latitude": 1, "longitude": 2})) is None
    assert read(edited_message=message(text="/help")) is None


def test_topic_is_a_chat_of_its_own_and_a_reply_thread_is_not() -> None:
    named = {"text": "@looksee_test_bot hi"}
    assert taken(GROUP, message_thread_id=9, is_topic_message=True, **named).chat.thread == "9"
    assert taken(GROUP, message_thread_id=9, **named).chat.thread == ""


def test_the_notice_that_opens_a_topic_is_no_reply() -> None:
    notice = message(GROUP, message_id=9, forum_topic_created={"name": "T", "icon_color": 1})
    notice["from"] = OURS
    assert ignored(GROUP, text="hi all", message_thread_id=9, is_topic_message=True, reply_to_message=notice)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("@looksee_test_bot what is E-4127?", "what is E-4127?"),
        ("what is 🙂 @Looksee_Test_Bot E-4127?", "what is 🙂 E-4127?"),
        ("what is this @looksee_test_bot", "what is this"),
        ("@looksee_test_bot", ""),
    ],
)
def test_group_mention_is_taken_out_of_the_text(text: str, said: str) -> None:
    inbound = taken(GROUP, text=text)
    assert (inbound.text, inbound.private) == (said, False)


def test_group_mention_by_name_and_in_a_caption() -> None:
    entity = {"type": "text_mention", "offset": 0, "length": 7, "user": OURS}
    assert taken(GROUP, text="Looksee help me", entities=[entity]).text == "help me"
    assert taken(GROUP, photo=photo(), caption="@looksee_test_bot this?").text == "this?"


def test_group_talk_that_is_not_for_us() -> None:
    stranger = {**OURS, "id": 5, "username": "other_bot"}
    assert ignored(GROUP, text="anyone here?")
    assert ignored(GROUP, text="@other_bot hi")
    assert ignored(GROUP, text="mail looksee_test_bot@x.org", entities=[])
    assert ignored(GROUP, photo=photo())
    assert ignored(GROUP, text="yes", reply_to_message={**message(GROUP, text="?"), "from": stranger})
    assert read(edited_message=message(GROUP, text="anyone there?")) is None


def test_group_reply_to_us() -> None:
    reply = {**message(GROUP, message_id=3, text="answer"), "from": OURS}
    assert taken(GROUP, text="and then?", reply_to_message=reply).reply_to == "3"


def test_group_album_belongs_together() -> None:
    first = taken(GROUP, photo=photo(), caption="@looksee_test_bot compare", media_group_id="g1")
    assert first.group_id == "g1"
    second = read(albums=("g1",), message=message(GROUP, photo=photo("q"), media_group_id="g1"))
    assert second is not None
    assert second.text == ""
    assert read(albums=("g1",), message=message(GROUP, photo=photo("q"), media_group_id="g2")) is None


@pytest.mark.parametrize(
    ("text", "verb", "arguments"),
    [("/help", "help", ""), ("/Start  deep-link ", "start", "deep-link"), ("/ban@Looksee_test_bot 5 6", "ban", "5 6")],
)
def test_commands_in_private(text: str, verb: str, arguments: str) -> None:
    inbound = taken(text=text)
    assert (inbound.kind, inbound.command, inbound.text) == (Kind.COMMAND, verb, arguments)


def test_command_as_a_caption_keeps_the_picture() -> None:
    inbound = taken(photo=photo(), caption="/extract invoice")
    assert (inbound.kind, inbound.command, len(inbound.attachments)) == (Kind.COMMAND, "extract", 1)


def test_commands_in_groups() -> None:
    assert taken(GROUP, text="/help").command == "help"
    assert taken(GROUP, text="/dance@looksee_test_bot").command == "dance"
    assert ignored(GROUP, text="/help@other_bot")
    assert ignored(GROUP, text="/dance")  # no verb of ours: somebody else's
    assert ignored(GROUP, text="/help@other_bot @looksee_test_bot")


def test_what_only_looks_like_a_command() -> None:
    assert taken(text="see /help").kind is Kind.MESSAGE
    assert taken(text="/帮助", entities=[]).kind is Kind.MESSAGE
    origin = {"type": "user", "sender_user": ADA, "date": 1}
    assert taken(text="/stop", forward_origin=origin).kind is Kind.MESSAGE


def test_anonymous_admins_and_channels_are_nobody_in_particular() -> None:
    anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    inbound = read(message={**message(GROUP, text="/stop", sender_chat=GROUP), "from": anonymous})
    assert inbound is not None
    assert inbound.sender == Sender("telegram:chat-100123", "Buyers")


def rating(data: str, **about: Any) -> Inbound | None:
    answer = {**message(message_id=3, text="answer"), "from": OURS, **about}
    return read(callback_query={"id": "1", "from": ADA, "chat_instance": "1", "message": answer, "data": data})


def test_thumbs() -> None:
    inbound = rating("rate:-1:")
    assert inbound is not None
    assert (inbound.kind, inbound.rating, inbound.message_id) == (Kind.FEEDBACK, -1, "3")
    assert inbound.sender.key == "telegram:1001"
    old = read(
        callback_query={
            "id": "1",
            "from": ADA,
            "chat_instance": "1",
            "message": {"chat": GROUP, "message_id": 3, "date": 0},
            "data": "rate:1:9",
        }
    )
    assert old is not None
    assert (old.rating, old.chat.thread, old.private) == (1, "9", False)


def test_other_buttons_are_not_ratings() -> None:
    assert rating("rate:5:") is None
    assert rating("Buy now") is None


def test_stop_button_of_a_draft() -> None:
    inbound = read(stopped_message_generation={"chat": PRIVATE, "draft_id": 4})
    assert inbound is not None
    assert (inbound.kind, inbound.command, inbound.sender.key) == (Kind.COMMAND, "stop", "telegram:1001")
    assert inbound.chat == ChatKey("telegram", "4242", "1001")


def test_wordless_messages_are_taken_in_private_and_notices_are_not() -> None:
    assert taken(location={"latitude": 1, "longitude": 2}).text == ""
    assert ignored(pinned_message=message(text="x"))
    assert ignored(new_chat_members=[ADA])
    assert ignored()


@pytest.mark.parametrize(
    "content",
    [
        {"message": {**message(text="x"), "from": OURS}},
        {"message": message(GROUP, text="@looksee_test_bot x", is_automatic_forward=True, sender_chat=GROUP)},
        {"message": message(text="x", business_connection_id="b")},
        {"business_message": message(text="x")},
        {"channel_post": message({"id": -1, "type": "channel"}, text="@looksee_test_bot x")},
        {"inline_query": {"id": "1", "from": ADA, "query": "x", "offset": ""}},
        {"poll_answer": {"poll_id": "1", "option_ids": [], "option_persistent_ids": []}},
        {"something_new": {"from": 2030}},
        {},
    ],
)
def test_the_rest_is_ignored(content: dict[str, Any]) -> None:
    assert read(**content) is None


ENTITIES = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(["mention", "bot_command", "text_mention", "bold", "novel"]),
            "offset": st.integers(0, 30),
            "length": st.integers(0, 30),
        }
    ),
    max_size=4,
)


@given(st.text(max_size=30), ENTITIES, st.sampled_from([PRIVATE, GROUP]), st.booleans())
def test_nothing_raises(text: str, entities: list[dict[str, Any]], chat: dict[str, Any], edited: bool) -> None:
    content = message(chat, text=text, entities=entities)
    inbound = read(edited_message=content) if edited else read(message=content)
    if inbound is not None:
        inbound.text.encode()
