"""What the model says, made harmless: it repeats what it has read, and that may be a stranger's. Pure.

Control characters go. Addresses are links only where the settings allow their host; all others stay readable, with an
invisible word joiner where a platform would look for the rest of an address, so that none makes a link of them by
itself.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise

JOINER = "\u2060"
"""A word joiner: nobody sees it, and it is no white space."""

# What moves the cursor, rings a bell or ends a line elsewhere than it seems; what turns the direction of all that
# follows; and letters that exist for machines alone (tags, with which text can be hidden in text).
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f]")
# What takes no room, or room alone, in a name: marks of direction, fillers, spaces without width.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2060-\u2065\u206a-\u206f\u2800\u3164"
    "\ufeff\uffa0\ufff0-\ufffb]"
)
_JOINING = " \u200c\u200d\ufe0e\ufe0f"
"""Parts of emoji and of words in some scripts, but nothing by themselves."""

_HTTP = re.compile(
    r"""
    (?<![A-Z0-9+.-])https?://([A-Z0-9.-]+)(?::[0-9]{1,5})?
    (/(?:
        [A-Z0-9\-.%/?\#=+,;!$'()]
        | (?<=[A-Z0-9])[_~](?=[A-Z0-9])     # at the edges of words they may be signs of emphasis
        | &(?![A-Z0-9\#]+;)                 # and this a reference to a character
    )*)?
    """,
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
_MAIL = re.compile(r"(?<![^\s<(:：，。（])[A-Z0-9._%+-]+@([A-Z0-9.-]+)", re.ASCII | re.IGNORECASE)
_TARGET = re.compile(r"https?://([A-Z0-9.-]+)(?::[0-9]{1,5})?(?:/[!-\[\]-_a-z{-~]*)?", re.ASCII | re.IGNORECASE)
# A name ends here for every program; for one or another, nearly all else goes on with it: other letters, other dots,
# escapes, and brackets or commas if more follows.
_ENDS = re.compile(r"[*_~`)\],;.!?\"'>]*(?:\Z|[\s<])")
# An escaping backslash or a sign of emphasis in between is gone once Markdown is shown.
_JOINTS = re.compile(
    r"""
    (?<=:)(?=\\*/\\*/)                                      # https:|//
    | (?<=[.．｡])(?=[\\*_~`]*[^\W\d_])                       # example.|com
    | (?<=\d\.)(?=\d+\.\d+\.\d)                           # 1.|2.3.4
    """,
    re.VERBOSE,
)


def printable(text: str) -> str:
    """The text without control characters other than line ends and tabs, and without what turns its direction."""
    return _HIDDEN.sub("", text)


def name_of(text: str) -> str:
    """Somebody's or something's name, on one line, without what nobody sees in it; "" if nothing can be seen."""
    line = " ".join(_UNSEEN.sub("", printable(" ".join(text.split()))).split())
    return line if line.strip(_JOINING) else ""


class Links:
    """Which addresses may be links: those at `hosts` and at what is below them ("shop.example" allows
    "www.shop.example" as well). Without hosts, none."""

    def __init__(self, hosts: Collection[str] = ()) -> None:
        self._hosts = tuple(host.lower() for host in hosts)

    def allows(self, address: str) -> bool:
        """Whether an address, as a whole, may be the target of a link. Only http and https ever may."""
        found = _TARGET.fullmatch(address)
        return found is not None and self._allowed(found[1])

    def live(self, text: str) -> Iterator[tuple[int, int]]:
        """Where addresses stand in a text that may be links."""
        for found in _HTTP.finditer(text):
            end = found.end()
            if found[2] is None:
                while text[end - 1] == ".":  # of the sentence
                    end -= 1
            elif trailing := re.search(r"[.,;!?')]+$", found[2]):
                end -= len(trailing[0])
            host = found[1].rstrip(".") if found[2] is None else found[1]
            if self._allowed(host) and (found[2] or _ENDS.match(text, found.end())):
                yield found.start(), end

    def joints(self, text: str) -> list[int]:
        """Where a text has to be parted, so that no program finds the address in it that it is not to find."""
        joints = [found.start() for found in _JOINTS.finditer(text)]
        if not joints or not self._hosts:
            return joints
        spared = [*self.live(text), *self._mail(text)]
        return outside(joints, spared)

    def inert(self, text: str) -> str:
        """The text, parted there."""
        return parted(text, self.joints(text))

    def _mail(self, text: str) -> Iterator[tuple[int, int]]:
        for found in _MAIL.finditer(text):
            host = found[1].rstrip(".")
            if self._allowed(host) and _ENDS.match(text, found.end()):
                yield found.span()

    def _allowed(self, host: str) -> bool:
        host = host.lower()
        return any(host == own or host.endswith("." + own) for own in self._hosts)


class _Anywhere(Links):
    def joints(self, text: str) -> list[int]:
        return []

    def _allowed(self, host: str) -> bool:
        return True


ANYWHERE: Links = _Anywhere()
"""For what a person of the desk wrote: each address in it may be a link."""


def outside(places: Iterable[int], spans: Iterable[tuple[int, int]]) -> list[int]:
    """Those places that are within none of the spans, which do not overlap."""
    ordered = sorted(spans)
    starts = [start for start, _ in ordered]

    def inside(place: int) -> bool:
        last = bisect_left(starts, place) - 1
        return last >= 0 and place < ordered[last][1]

    return [place for place in places if not inside(place)]


def parted(text: str, places: Collection[int]) -> str:
    """The text with a word joiner at these places."""
    return JOINER.join(text[start:end] for start, end in pairwise([0, *sorted(places), len(text)]))
