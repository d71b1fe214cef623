"""Pictures and files of our own, put on Slack before the message that shows them is posted.

They are not shared with anybody until then: shown by a block of the message (pictures), or by their address in its text
(other files), they are one with the message, which can be looked up, edited and removed. What is uploaded and never
shown, nobody sees; so all of this may be repeated.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import html
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from cachetools import LRUCache
from slack_sdk.models.blocks import ImageBlock, MarkdownBlock

from adapters.slack import blocks, sentences
from adapters.slack.api import TOKEN_REFUSED, MendableError, RefusedError, SlackApi, unanswered
from bot.backoff import Backoff
from bot.errors import RetryLaterError
from bot.messages import Image, ImageRef, Language
from bot.texts import PICTURE_GONE, Sentence

log = structlog.get_logger(__name__)

Images = Callable[[Collection[ImageRef]], Awaitable[dict[str, Image]]]
"""Loads stored pictures, by content hash; those no longer there are left out."""

Json = dict[str, Any]

_REMEMBERED = 512
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 2.0
_READY_SECONDS = 10.0
_TRIES = 6
"""So often a message is kept back because Slack is not done with its pictures; then it goes without them."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file at Slack: its id, and the address that shares it with whoever reads a message that holds it."""

    id: str
    address: str


class SlackUploads:
    """Uploads what outbox rows show. What was uploaded for a row is remembered while it is tried again."""

    def __init__(self, api: SlackApi, images: Images | None) -> None:
        self._api = api
        self._images = images
        self._done: LRUCache[tuple[int, str], Upload] = LRUCache(_REMEMBERED)
        self._kept_back: LRUCache[int, int] = LRUCache(_REMEMBERED)

    async def shown(self, row: int, payload: Json, there: Mapping[str, str]) -> Json:
        """The payload of an outbox row with its pictures among its blocks, behind the text. `there` are files that its
        message shows already, by content hash. Raises RetryLaterError."""
        if not shows_pictures(payload):
            return payload
        language: Language = payload["language"]
        made = await self._stored(row, [ImageRef(*ref) for ref in payload["pictures"]], there, language)
        if image := payload.get("image"):
            data = base64.b64decode(image["data"])
            made.append(await self._picture(row, hashlib.sha256(data).hexdigest(), image["name"], data, language))
        return _with(payload, made)

    def without(self, payload: Json) -> Json:
        """The payload as it is where Slack does not take its pictures."""
        kept = [block for block in payload["blocks"] if block["type"] != ImageBlock.type]
        return _with({**payload, "blocks": kept}, [_remark(sentences.PICTURE_REFUSED, payload["language"])])

    def keep_back(self, row: int) -> bool:
        """Whether a message whose pictures are not ready is to be tried again; else it goes without."""
        self._kept_back[row] = tries = self._kept_back.get(row, 0) + 1
        return tries < _TRIES

    async def share(self, row: int, file: Json, language: Language) -> str:
        """The text, as mrkdwn, of the message that hands a file over. Raises RetryLaterError."""
        try:
            upload = await self._upload(row, "", file["name"], base64.b64decode(file["data"]))
        except (RefusedError, MendableError) as error:
            _tell(error)
            return sentences.FILE_REFUSED.say(language, name=file["name"])
        label = html.escape(file["name"].replace("|", " "), quote=False)
        return f"<{upload.address}|{label}>"

    async def remove(self, files: Collection[str]) -> None:
        """Delete files; those that are gone already are fine. Raises RetryLaterError."""
        for file in files:
            try:
                await self._api.call(self._api.client.files_delete(file=file))
            except (RefusedError, MendableError) as error:
                log.info("slack_file_not_removed", error=error.code)

    async def _stored(
        self, row: int, refs: Sequence[ImageRef], there: Mapping[str, str], language: Language
    ) -> list[Json]:
        missing = [ref for ref in refs if ref.sha256 not in there]
        images = await self._images(missing) if self._images and missing else {}
        made = []
        for ref in refs:
            if file := there.get(ref.sha256):
                made.append(blocks.picture(ref.sha256, file, sentences.PICTURE.say(language)))
            elif image := images.get(ref.sha256):
                name = f"screenshot.{image.media_type.rpartition('/')[2]}"
                made.append(await self._picture(row, ref.sha256, name, image.data, language))
            else:
                made.append(_remark(PICTURE_GONE, language))
        return made

    async def _picture(self, row: int, sha256: str, name: str, data: bytes, language: Language) -> Json:
        try:
            upload = await self._upload(row, sha256, name, data)
        except (RefusedError, MendableError) as error:
            _tell(error)
            return _remark(sentences.PICTURE_REFUSED, language)
        return blocks.picture(sha256, upload.id, sentences.PICTURE.say(language))

    async def _upload(self, row: int, sha256: str, name: str, data: bytes) -> Upload:
        upload = self._done.get((row, sha256))
        if upload is None:
            upload = self._done[row, sha256] = await self._put(name, data)
        await self._until_ready(upload.id)
        return upload

    async def _put(self, name: str, data: bytes) -> Upload:
        call, client = self._api.call, self._api.client
        place = await call(client.files_getUploadURLExternal(filename=name, length=len(data)))
        file, url = str(place["file_id"]), str(place["upload_url"])
        if not self._api.serves(url, "files"):
            raise RefusedError("upload_url_elsewhere")
        await self._post(url, data)
        done = await call(client.files_completeUploadExternal(files=[{"id": file, "title": name}]))
        return Upload(file, str(done["files"][0]["permalink"]))

    async def _post(self, url: str, data: bytes) -> None:
        try:
            async with self._api.session.post(
                url, data=data, allow_redirects=False, proxy=self._api.client.proxy
            ) as response:
                if response.status != 200:
                    raise RetryLaterError(f"Slack does not take a file: HTTP {response.status}")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise unanswered(error, repeatable=True) from error

    async def _until_ready(self, file: str) -> None:
        """Slack looks at what was uploaded before it shows it, and until then refuses messages that do."""
        backoff = Backoff(_FIRST_PAUSE, _LONGEST_PAUSE)
        try:
            async with asyncio.timeout(_READY_SECONDS):
                while True:
                    known = await self._api.call(self._api.client.files_info(file=file))
                    if known["file"].get("mimetype"):
                        return
                    await asyncio.sleep(backoff.next())
        except TimeoutError as error:
            raise RetryLaterError("Slack is not done with a file yet") from error


def shows_pictures(payload: Json) -> bool:
    """Whether a payload has pictures to be put among its blocks."""
    return bool(payload.get("pictures") or payload.get("image"))


def _with(payload: Json, made: Sequence[Json]) -> Json:
    texts = [block for block in payload["blocks"] if block["type"] == MarkdownBlock.type]
    rest = [block for block in payload["blocks"] if block["type"] != MarkdownBlock.type]
    return {**payload, "blocks": [*texts, *made, *rest]}


def _remark(sentence: Sentence, language: Language) -> Json:
    return MarkdownBlock(text=sentence.say(language)).to_dict()


def _tell(error: RefusedError | MendableError) -> None:
    """Log why Slack takes no file; raises the error again if nothing else works either until it is mended."""
    if error.code in TOKEN_REFUSED:
        raise error
    lacking = error.code == "missing_scope"
    hint = {"hint": "take the scopes from deploy/slack-manifest.yaml and reinstall the app"} if lacking else {}
    log.error("slack_upload_refused", error=error.code, **hint)
