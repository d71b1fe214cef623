"""What some model's tokenizer, chat template or server takes for more than letters, broken up."""

from __future__ import annotations

import re

from bot.spoken import JOINER

# The server renders the template itself and tokenises all of it with special tokens, so whatever a customer types of
# these would count as if the template had said it; and it does not tell which strings its vocabulary holds. So it goes
# by how they begin: <|im_end|>, </s>, <start_of_turn>, <__media__>, <用户>; [INST], [gMASK], [/INST]; >>TITLE<<;
# |||EMAIL_ADDRESS|||. Of the screenshots' labels, [screenshot 2], it leaves the bracket alone.
_BEGINNINGS = re.compile(r"[<＜](?=[^\s<])|[\[［](?=/?[A-Za-z]?[A-Z_])|>>(?=[A-Z])|\|\|\|(?=[A-Z])")


def broken(text: str) -> str:
    """The text with an invisible word joiner in everything that may be such a string: for a server that tokenises
    everybody's words with special tokens."""
    return _BEGINNINGS.sub(lambda found: found[0] + JOINER, text)
