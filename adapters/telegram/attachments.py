"""The files of a message of Telegram's. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from aiogram.types import ExternalReplyInfo, Message

from adapters.telegram.entities import clean
from bot.messages import Attachment


def attachments(message: Message | ExternalReplyInfo | None) -> Iterator[Attachment]:
    """Every file of a message. What is not a picture is named for what it is, so that it can be refused by name."""
    if message is None:
        return
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        yield Attachment(largest.file_id, "", "image/jpeg", largest.file_size)
    elif message.live_photo is not None:
        # The still picture of a live photo is all that can be looked at.
        stills = message.live_photo.photo or []
        yield from (
            Attachment(still.file_id, "", "image/jpeg", still.file_size)
            for still in sorted(stills, key=lambda size: size.width * size.height)[-1:]
        )
    # Before `document`: an animation comes as a document as well.
    elif (animation := message.animation) is not None:
        name = animation.file_name or "animation.mp4"
        yield Attachment(animation.file_id, clean(name), animation.mime_type or "video/mp4", animation.file_size)
    elif (document := message.document) is not None:
        name = document.file_name or ""
        yield Attachment(document.file_id, clean(name), document.mime_type or "", document.file_size)
    elif (video := message.video) is not None:
        name = video.file_name or "video.mp4"
        yield Attachment(video.file_id, clean(name), video.mime_type or "video/mp4", video.file_size)
    elif (note := message.video_note) is not None:
        yield Attachment(note.file_id, "video.mp4", "video/mp4", note.file_size)
    elif (voice := message.voice) is not None:
        yield Attachment(voice.file_id, "voice.ogg", voice.mime_type or "audio/ogg", voice.file_size)
    elif (audio := message.audio) is not None:
        name = audio.file_name or "audio.mp3"
        yield Attachment(audio.file_id, clean(name), audio.mime_type or "audio/mpeg", audio.file_size)
    elif (sticker := message.sticker) is not None:
        # A sticker is a gesture, never a screenshot, even where its file happens to be a WebP picture.
        yield Attachment(sticker.file_id, "sticker", "application/x-sticker", sticker.file_size)


def marks(message: Message) -> frozenset[str]:
    """What the files of a message are known again by: ids that stay the same, unlike those that they are fetched by."""
    media = (
        message.live_photo,
        message.animation,
        message.document,
        message.video,
        message.video_note,
        message.voice,
        message.audio,
        message.sticker,
        *(message.photo or ()),
    )
    return frozenset(medium.file_unique_id for medium in media if medium is not None)
