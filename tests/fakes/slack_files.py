"""Uploading to the Slack server: three steps, after which Slack looks at the file before it shows it."""

from __future__ import annotations

import itertools
import json
import mimetypes
from typing import TYPE_CHECKING, Any

from tests.fakes.slack_blocks import ApiError
from tests.fakes.slack_values import File

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

_SHOWN = ("image/png", "image/jpeg", "image/gif")


class FileMethods:
    """The files of one workspace."""

    def __init__(self) -> None:
        self.scopes = {"chat:write", "files:read", "files:write", "im:write", "usergroups:read", "users:read"}
        self.files: dict[str, File] = {}
        self.looks = 1
        """How often Slack has to be asked about a new file until it shows it."""
        self._announced: dict[str, tuple[str, int]] = {}
        self._received: dict[str, bytes] = {}
        self._uploads: Iterator[int] = itertools.count(1)

    def uploaded(self) -> list[File]:
        """What the app has put here and not deleted."""
        return [file for file in self.files.values() if file.owner]

    def receive(self, file_id: str, data: bytes) -> bool:
        """The bytes of a file that was announced; False if they are not as announced."""
        _, length = self._announced.get(file_id, ("", -1))
        if len(data) != length:
            return False
        self._received[file_id] = data
        return True

    def file_json(self, file: File, *, stub: bool = False) -> Json:
        """A file as messages carry it; as a `stub`, the way files come in channels shared with another workspace."""
        if stub:
            return {"id": file.id, "created": 0, "mode": "file_access", "file_access": "check_file_info"}
        base = getattr(self, "url", "")
        return {
            "id": file.id,
            "name": file.name,
            "title": file.name,
            "mimetype": "" if file.looks else file.media_type,
            "size": len(file.data),
            "mode": "hosted",
            "url_private": f"{base}/files-pri/{file.id}/{file.name}",
            "url_private_download": f"{base}/files-pri/{file.id}/{file.name}",
            "permalink": f"{base}/files/{file.id}/{file.name}",
        }

    def shared_by(self, text: str) -> list[File]:
        """The app's own files whose address stands in a message's text, which shares them."""
        return [file for file in self.uploaded() if f"{self.file_json(file)['permalink']}|" in text]

    def check_files(self, blocks: list[Json]) -> None:
        """Pictures have to be there, looked at by Slack, and of a kind that it shows."""
        for number, block in enumerate(blocks):
            if block["type"] == "image" and "slack_file" in block:
                file = self.files.get(block["slack_file"]["id"])
                if file is None or file.looks or not file.owner or file.media_type not in _SHOWN:
                    raise ApiError("invalid_blocks", f"invalid slack file [json-pointer:/blocks/{number}/slack_file]")

    def _need(self, scope: str) -> None:
        if scope not in self.scopes:
            raise ApiError("missing_scope")

    def _files_getUploadURLExternal(self, args: Json) -> Json:  # noqa: N802 - named as the method is
        self._need("files:write")
        length = int(args.get("length") or 0)
        if not args.get("filename") or length < 1:
            raise ApiError("invalid_arguments")
        file_id = f"F{next(self._uploads):09}UP"
        self._announced[file_id] = (str(args["filename"]), length)
        return {"file_id": file_id, "upload_url": f"{getattr(self, 'url', '')}/upload/v1/{file_id}"}

    def _files_completeUploadExternal(self, args: Json) -> Json:  # noqa: N802
        self._need("files:write")
        listed = json.loads(args["files"]) if isinstance(args["files"], str) else args["files"]
        done = []
        for entry in listed:
            if entry["id"] not in self._received:
                raise ApiError("file_not_found")
            name, _ = self._announced.pop(entry["id"])
            media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
            file = File(entry["id"], name, media_type, self._received.pop(entry["id"]), owner="app", looks=self.looks)
            self.files[file.id] = file
            done.append(self.file_json(file))
        return {"files": done}

    def _files_info(self, args: Json) -> Json:
        file = self.files.get(str(args.get("file")))
        if file is None:
            raise ApiError("file_not_found")
        known = self.file_json(file)
        file.looks = max(0, file.looks - 1)
        return {"file": known}

    def _files_delete(self, args: Json) -> Json:
        self._need("files:write")
        file = self.files.get(str(args.get("file")))
        if file is None or not file.owner:
            raise ApiError("file_not_found")
        del self.files[file.id]
        return {}
