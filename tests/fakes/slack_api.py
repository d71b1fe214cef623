"""What Slack's Web API methods do: the state behind `SlackServer`, and the rules by which Slack refuses."""

from __future__ import annotations

import json
import time
from typing import Any

from tests.fakes.slack_blocks import ApiError, check_blocks
from tests.fakes.slack_files import FileMethods
from tests.fakes.slack_views import ViewMethods

Json = dict[str, Any]

_JSON = ("blocks", "metadata", "chunks")


class SlackApiMethods(FileMethods, ViewMethods):
    """Channels, messages, files and views of one workspace."""

    def __init__(self) -> None:
        FileMethods.__init__(self)
        ViewMethods.__init__(self)
        self.bot_user = "U0BOT"
        self.bot_id = "B0BOT"
        self.users = {"U0CUST": "D0CUST"}
        """Who is in the workspace, with the channel of their direct messages."""
        self.channels = {"C0SHOP", "D0CUST"}
        self.archived: set[str] = set()
        self.left: set[str] = set()
        """Channels that the app is not in any more."""
        self.names = {"U0CUST": "Ada", "U0AGENT": "Ann"}
        self.user_groups: dict[str, list[str]] = {}
        self.messages: list[Json] = []
        self.ephemerals: list[Json] = []
        self.statuses: list[Json] = []
        self.pressed: dict[str, str] = {}
        """By the address for answers that came with a press: the message that was pressed."""
        self.page_size = 100
        self._newest = 0

    def new_ts(self) -> str:
        # By the clock, as Slack's are, and each of them once.
        micros = self._newest = max(self._newest + 100, int(time.time() * 1_000_000))
        return f"{micros // 1_000_000}.{micros % 1_000_000:06}"

    def message(self, channel: str, ts: str) -> Json:
        for message in reversed(self.messages):
            if message["channel"] == channel and message["ts"] == ts:
                return message
        raise ApiError("message_not_found")

    def record_response(self, body: Json, trigger: str) -> None:
        """What the app posts to an address for answers: shown to one person, or put in place of what they pressed."""
        check_blocks(body.get("blocks", []))
        shown = next((known for known in self.ephemerals if known["ts"] == self.pressed.get(trigger)), None)
        if body.get("replace_original") and shown is not None:
            shown.update({"blocks": [], **body})
            return
        self.ephemerals.append({**body, "ts": self.new_ts(), "by": "response_url", "trigger": trigger})

    def thread(self, channel: str, ts: str) -> list[Json]:
        """A message and what stands under it, oldest first."""
        return [m for m in self.messages if m["channel"] == channel and ts in (m["ts"], m.get("thread_ts"))]

    def roots(self, channel: str) -> list[Json]:
        """The messages of a channel that stand in no thread, oldest first."""
        return [m for m in self.messages if m["channel"] == channel and m.get("thread_ts", m["ts"]) == m["ts"]]

    def perform(self, method: str, args: Json) -> Json:
        handler = getattr(self, "_" + method.replace(".", "_"), None)
        if handler is None:
            raise ApiError("unknown_method")
        result: Json = handler({name: self._decoded(name, value) for name, value in args.items()})
        return result

    @staticmethod
    def _decoded(name: str, value: Any) -> Any:
        return json.loads(value) if name in _JSON and isinstance(value, str) else value

    def _channel(self, args: Json) -> str:
        channel = str(args.get("channel", ""))
        if channel not in self.channels:
            raise ApiError("channel_not_found")
        if channel in self.archived:
            raise ApiError("is_archived")
        if channel in self.left:
            raise ApiError("not_in_channel")
        return channel

    def _own(self, args: Json) -> Json:
        message = self.message(self._channel(args), str(args.get("ts", "")))
        if message["user"] != self.bot_user:
            raise ApiError("cant_update_message")
        return message

    def _content(self, args: Json, limit: int) -> Json:
        text, blocks = args.get("text") or "", args.get("blocks") or []
        check_blocks(blocks)
        self.check_files(blocks)
        if not text and not blocks:
            raise ApiError("no_text")
        if len(text) > limit:
            raise ApiError("msg_too_long")
        metadata = args.get("metadata")
        if metadata is not None and (
            not isinstance(metadata.get("event_type"), str) or not isinstance(metadata.get("event_payload"), dict)
        ):
            raise ApiError("invalid_metadata_format")
        return {"text": text, "blocks": blocks, **({"metadata": metadata} if metadata is not None else {})}

    def _thread(self, channel: str, args: Json) -> str:
        thread = str(args.get("thread_ts") or "")
        if thread and not any(m["channel"] == channel and m["ts"] == thread for m in reversed(self.messages)):
            raise ApiError("thread_not_found")
        return thread

    def _add(self, channel: str, thread: str, **content: Any) -> Json:
        ts = self.new_ts()
        message = {"type": "message", "channel": channel, "ts": ts, "user": self.bot_user, "bot_id": self.bot_id}
        message |= ({"thread_ts": thread} if thread else {}) | {"streaming": False} | content
        self.messages.append(message)
        return {"channel": channel, "ts": ts, "message": dict(message)}

    def _auth_test(self, args: Json) -> Json:
        return {
            "team_id": self.team,
            "user_id": self.bot_user,
            "bot_id": self.bot_id,
            "user": "looksee",
            "team": "Shop",
        }

    def _chat_postMessage(self, args: Json) -> Json:  # noqa: N802 - named as the method is
        channel, content = self._channel(args), self._content(args, 40_000)
        if shared := self.shared_by(content["text"]):
            content["files"] = [self.file_json(file) for file in shared]
        thread = str(args.get("thread_ts") or "")
        # A reply to what is no more becomes a message of the channel's.
        kept = thread if self.thread(channel, thread) else ""
        return self._add(channel, kept, **content)

    def _chat_postEphemeral(self, args: Json) -> Json:  # noqa: N802
        channel = self._channel(args)
        if not args.get("user"):
            raise ApiError("user_not_in_channel")
        ts = self.new_ts()
        content = self._content(args, 40_000)
        seen = {"channel": channel, "user": args["user"], "ts": ts, "by": "postEphemeral"}
        thread = {"thread_ts": args["thread_ts"]} if args.get("thread_ts") else {}
        self.ephemerals.append({**seen, **thread, **content})
        return {"message_ts": ts}

    def _chat_update(self, args: Json) -> Json:
        message = self._own(args)
        if message["streaming"]:
            raise ApiError("streaming_state_conflict")
        message.update(self._content(args, 4_000))
        return {"channel": message["channel"], "ts": message["ts"]}

    def _chat_delete(self, args: Json) -> Json:
        self.messages.remove(self._own(args))
        return {}

    def _streamed(self, args: Json) -> str:
        text = args.get("markdown_text") or ""
        for chunk in args.get("chunks") or []:
            if chunk.get("type") != "markdown_text":
                raise ApiError("invalid_chunks")
            text += chunk["text"]
        if len(text) > 12_000:
            raise ApiError("msg_too_long")
        return text

    def _chat_startStream(self, args: Json) -> Json:  # noqa: N802
        channel = self._channel(args)
        thread = self._thread(channel, args)
        if not thread:
            raise ApiError("invalid_thread_ts")
        if not channel.startswith("D") and not (args.get("recipient_user_id") and args.get("recipient_team_id")):
            raise ApiError("missing_recipient_user_id")
        return self._add(channel, thread, text=self._streamed(args), blocks=[], streaming=True)

    def _streaming(self, args: Json) -> Json:
        message = self._own(args)
        if not message["streaming"]:
            raise ApiError("message_not_in_streaming_state")
        return message

    def _chat_appendStream(self, args: Json) -> Json:  # noqa: N802
        message = self._streaming(args)
        added = self._streamed(args)
        if len(message["text"]) + len(added) > 12_000:
            raise ApiError("msg_too_long")
        message["text"] += added
        return {"channel": message["channel"], "ts": message["ts"]}

    def _chat_stopStream(self, args: Json) -> Json:  # noqa: N802
        message = self._streaming(args)
        message["text"] += self._streamed(args)
        message["streaming"] = False
        return {"channel": message["channel"], "ts": message["ts"]}

    def _page(self, found: list[Json], args: Json) -> Json:
        oldest, latest = float(args.get("oldest") or 0), float(args.get("latest") or "inf")
        found = [message for message in found if oldest <= float(message["ts"]) <= latest]
        if str(args.get("include_all_metadata", "")).lower() not in ("1", "true"):
            found = [{name: value for name, value in message.items() if name != "metadata"} for message in found]
        start = int(args.get("cursor") or 0)
        end = start + min(int(args.get("limit") or 100), self.page_size)
        cursor = str(end) if end < len(found) else ""
        return {"messages": found[start:end], "has_more": bool(cursor), "response_metadata": {"next_cursor": cursor}}

    def _conversations_open(self, args: Json) -> Json:
        if "im:write" not in self.scopes:
            raise ApiError("missing_scope")
        channel = self.users.get(str(args.get("users")))
        if channel is None:
            raise ApiError("user_not_found")
        self.channels.add(channel)
        return {"channel": {"id": channel}}

    def _conversations_history(self, args: Json) -> Json:
        channel = self._channel(args)
        return self._page(
            [m for m in reversed(self.messages) if m["channel"] == channel and not m.get("thread_ts")], args
        )

    def _conversations_replies(self, args: Json) -> Json:
        thread = self.thread(self._channel(args), str(args.get("ts")))
        if not thread:
            raise ApiError("thread_not_found")
        return self._page(thread, args)

    def _users_info(self, args: Json) -> Json:
        self._need("users:read")
        user = str(args.get("user"))
        if user not in self.users:
            raise ApiError("user_not_found")
        return {"user": {"id": user, "profile": {"display_name": "", "real_name": self.names.get(user, "")}}}

    def _usergroups_users_list(self, args: Json) -> Json:
        self._need("usergroups:read")
        users = self.user_groups.get(str(args.get("usergroup")))
        if users is None:
            raise ApiError("no_such_subteam")
        return {"users": users}

    def _assistant_threads_setStatus(self, args: Json) -> Json:  # noqa: N802
        self._thread(self._channel({"channel": args.get("channel_id")}), args)
        self.statuses.append(args)
        return {}
