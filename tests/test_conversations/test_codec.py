from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import StoreError
from bot.messages import Attachment, ChatKey, Inbound, Kind, Sender
from conversations import codec

# All of Unicode, lone surrogates included.
words = st.text(st.characters(), max_size=20)
attachments = st.lists(
    st.builds(Attachment, words, words, words, st.none() | st.integers(), st.none() | st.binary(max_size=20)),
    max_size=3,
).map(tuple)
inbounds = st.builds(
    Inbound,
    event_id=words,
    chat=st.builds(ChatKey, words, words, words, words),
    sender=st.builds(Sender, words, words, words),
    kind=st.sampled_from(Kind),
    text=words,
    message_id=words,
    attachments=attachments,
    group_id=words,
    reply_to=words,
    quoted=attachments,
    command=words,
    rating=st.integers(),
    private=st.booleans(),
    settled=st.booleans(),
    answer_to=words,
    addressee=st.none() | st.builds(Sender, words, words, words),
    received_at=st.floats(allow_nan=False),
)


@given(inbounds)
def test_what_is_encoded_is_decoded(inbound: Inbound) -> None:
    payload, blobs = codec.encode(inbound)
    decoded = codec.decode(payload, blobs)
    assert decoded == inbound
    assert type(decoded.kind) is Kind
    assert codec.text_and_id(payload) == (inbound.text, inbound.message_id)


def test_files_stay_out_of_the_json() -> None:
    files = (Attachment(data=b"first"), Attachment("ref"), Attachment(data=b""))
    payload, blobs = codec.encode(
        Inbound("e", ChatKey("web", "", "1"), Sender("web:1"), attachments=files, quoted=(Attachment(data=b"last"),))
    )
    assert blobs == [b"first", b"", b"last"]
    assert [file["data"] for file in json.loads(payload)["attachments"]] == [0, None, 1]


def test_fields_of_another_release_do_no_harm() -> None:
    inbound = Inbound("e", ChatKey("web", "", "1"), Sender("web:1"), text="hello", attachments=(Attachment("f"),))
    record = json.loads(codec.encode(inbound)[0])
    record["invented_later"] = 1
    record["attachments"][0]["invented_later"] = 1
    del record["settled"]
    assert codec.decode(json.dumps(record), []) == inbound


@pytest.mark.parametrize("payload", ["", "[]", "{}", '{"chat": 1}', "null"])
def test_anything_else_is_an_error_of_the_store(payload: str) -> None:
    with pytest.raises(StoreError):
        codec.decode(payload, [])


def test_a_file_that_is_missing_is_an_error_of_the_store() -> None:
    payload, _ = codec.encode(Inbound("e", ChatKey("web", "", "1"), Sender("s"), attachments=(Attachment(data=b"x"),)))
    with pytest.raises(StoreError):
        codec.decode(payload, [])
