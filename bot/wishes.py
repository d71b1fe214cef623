"""Whether somebody asks for a person, in English or Chinese words. Pure.

What is asked about the wish counts, not what merely speaks of people: a screenshot may say "contact an agent", and a
question may be about that. So clauses have to be the wish from their first word to their last; when unsure, it is none.
Saying outright that one wants it is a wish wherever it stands; a mere word ("agent!!", "人工") is one only if there is
nothing else but greetings.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 600
"""Characters; in more, somebody tells a story, or has pasted something."""
_LONGEST_CLAUSE = 100
"""Characters of a Chinese clause that are looked at."""

_QUOTED = re.compile(
    r"(?m)^\s*>.*$|\"[^\"\n]*\"|“[^”\n]*”|「[^」\n]*」|『[^』\n]*』|《[^》\n]*》|«[^»\n]*»|`[^`\n]*`|(?<!\w)['‘][^'‘’\n]*['’](?!\w)"
)
_CLAUSES = re.compile(r"[\n.!?;,:…。！？；，：、~～()（）—]+| - ")

# --- English, in lower case with straight apostrophes

_POLITE = (
    r"(?:(?:hi|hello|hey|there|ok|okay|no|nope|stop|please|pls|plz|sorry|and|but|so|well|just|look|sir|madam|thanks|"
    r"thank you|anyway|actually)\s+)*"
)
_TAIL = (
    r"(?:\s+(?:please|pls|plz|now|right now|asap|immediately|instead|here|today|directly|again|thanks|thank you|"
    r"right away|and not (?:to )?(?:a|the|this) (?:ro)?bot|not (?:to )?(?:a|the|this) (?:ro)?bot|not (?:a|this) machine|"
    r"at once|for once|if possible|of yours|from (?:your|the) (?:team|company|support)|on (?:your|the) team))*"
)
_ABOUT = r"(?:\s+(?:about|regarding|concerning|because|who can|that can|to help|to get|to sort|to solve)\b.*)?"
_ARTICLE = r"(?:(?:a|an|the|any|some|one|another|your|one of your|an actual)\s+)?"
_KIND = r"(?:(?:real|live|living|actual|human|proper|support|service|customer|care|help|desk|support team)\s+)*"
_STAFF = (
    r"(?:humans?(?: beings?)?|agents?|representatives?|reps?|operators?|advis[eo]rs?|employees?|supervisors?|"
    r"staff(?: members?)?|team members?)"
)
_PERSON = rf"(?:{_ARTICLE}{_KIND}(?:{_STAFF}|persons?|people|man|woman))"
_ANYBODY = rf"(?:{_PERSON}|(?:some|any)(?:one|body)(?: (?:else|real|human|from (?:your|the) \w+))?)"
_DESK = rf"(?:{_ANYBODY}|(?:your |the )?(?:customer (?:service|support|care)|support team|human support|support))"
_WANT = (
    r"(?:i(?:'d| would| do)?(?: really| just| still| only)? (?:want|need|like|love|prefer|wish|demand|have)(?: you)? to|"
    r"i(?:'d| would) rather|i wanna|i gotta|i must|i insist (?:to|on)|(?:can|could|may|might|will|would|do) (?:i|you|we)"
    r"(?: please| just)?|let me|lemme|is it possible to|you (?:should|must|have to|need to)|i(?:'m| am) asking to)"
)
_HAVE = (
    r"(?:i(?:'d| would)?(?: really| just| still| only)? (?:want|need|like|prefer|demand)|i wanna have|"
    r"(?:can|could|may) i (?:please )?(?:get|have|see)|get me|give me|gimme|i(?:'d| would) like|i am asking for)"
)
_TALK = r"(?:talk|speak|chat|talking|speaking|write|be connected|be transferred|get through)(?: directly)? (?:to|with)"
_HAND_ON = (
    r"(?:(?:connect|transfer|put|pass|hand|forward|redirect|switch|escalate|send|refer|direct)(?: (?:me|us|this|it))?"
    r"(?: through| over| on)? (?:to|with)|get (?:me )?in touch with|contact|reach|get (?:a hold|hold) of)"
)
_HAND_ME_ON = (
    r"(?:(?:connect|transfer|put|pass|hand|forward|redirect|switch|send|refer|direct) (?:me|us)(?: through| over| on)? "
    r"(?:to|with)|get me(?: in touch with)?)"
)
_HELP = r"(?:help|answer|call|contact|look at|look into|take over|check|join|assist|reply to|respond to|deal with)"

_OUTRIGHT = re.compile(
    rf"{_POLITE}(?:"
    rf"{_WANT} {_TALK} {_ANYBODY}{_TAIL}{_ABOUT}|"
    rf"{_WANT} {_HAND_ON} {_DESK}{_TAIL}{_ABOUT}|"
    rf"{_HAVE} {_PERSON}{_TAIL}{_ABOUT}|"
    rf"{_HAND_ME_ON} {_DESK}{_TAIL}{_ABOUT}|"
    rf"(?:can|could|may|will) {_ARTICLE}{_KIND}(?:{_STAFF}|(?<=real )person|(?<=human )person)(?: please)? {_HELP}\b.*|"
    rf"is there (?:{_PERSON}|(?:some|any)(?:one|body))(?: here)?(?: that| who| whom)? (?:i|we) (?:can|could) "
    rf"(?:talk|speak|chat) (?:to|with){_TAIL}|"
    rf"i(?: really)? (?:do not|don't) want to (?:talk|speak|chat|write) (?:to|with) (?:a|the|this|an?y?) ?"
    rf"(?:ro)?(?:chat)?bots?{_TAIL}"
    r")"
)
_WORD = re.compile(
    rf"{_POLITE}(?:(?:{_TALK}|{_HAND_ME_ON}) {_ANYBODY}|"
    rf"{_ARTICLE}{_KIND}{_STAFF}(?:\s+{_STAFF})*|{_ARTICLE}(?:real|live|actual|human) (?:person|people)|"
    rf"no (?:ro)?bots?|human support|{_STAFF} (?:needed|required|wanted)){_TAIL}"
)
_GREETING = re.compile(
    r"\s*(?:(?:hi|hello|hey|there|ok|okay|no|nope|stop|please|pls|plz|sorry|thanks|thank you|good (?:morning|evening|day|"
    r"afternoon)|dear|looksee|bot|sir|madam|not (?:a|this) (?:ro)?bot|asap|now|help|help me|this is useless|useless)\s*)*"
)
_SPOKEN_OF = re.compile(
    r"\b(?:translat\w+|says?|said|wrote|writes|written|tells|told|reads|wording|phrase|sentence|text|buttons?|reply|spell|"
    r"pronounce|if|unless)\b|翻译|翻譯|写着|寫著|写的|寫的|显示|顯示|提示|怎么说|怎麼說|按钮|按鈕|点击|點擊|字样|字樣|如果|要是|假如|的话|的話"
)
_ASKED_ABOUT = re.compile(r"\bmean(?:s|ing)?\b|意思|是什么|是什麼")

# --- Chinese, without spaces

_WHOM = (
    r"(?:一?[个個位名]|你们的?|你們的?|你们家的?|贵司的?)?(?:人工|真人|活人|人工客服|真人客服|客服人[员員]|人工服务|人工服務|真人服务|"
    r"在线客服|線上客服|客服|客服经理|工作人[员員]|负责人|負責人|客服主管|主管|店[长長])"
)
_ZH_POLITE = r"(?:你好|您好|喂|麻烦|麻煩|请|請|拜托|快点?|赶紧|馬上|马上|立刻|直接|那|还是|還是|就|帮我|幫我|给我|給我|让我|讓我)*"
_ZH_ME = r"(?:我们?|我們|本人|俺)?(?:现在|現在|就|还是|還是|真的|只)?"
_ZH_WANT = r"(?:想要?|要|需要|希望|必须|必須|要求)"
_ZH_CAN = r"(?:能不能|能|可不可以|可以|可否|能否|怎么|怎麼|怎样|如何|是否可以)"
_ZH_HAND_ON = r"[转轉换換接](?:接|到|给|給|成|为|為|一下|下|至)?"
_ZH_MEET = r"(?:找|联系|聯繫|聯絡|接通|接|叫|呼叫|连线|见|見)(?:一下|下)?"
_ZH_TALK = r"(?:和|跟|与|與|同)"
_ZH_TALKING = r"(?:(?:直接)?(?:说话|說話|说|說|谈谈?|談談?|聊天|聊聊?|沟通|溝通|对话|對話|讲话?|講話?|交流|联系|聯繫|通话)(?:一下|几句)?)"
_ZH_DOING = (
    r"(?:来)?(?:处理|處理|解决|解決|回复|回覆|回答|服务|服務|帮忙|幫忙|帮我|幫我|帮助|接待|联系我|看一下|看看|跟进)?"
)
_ZH_TAIL = r"(?:一下|吧|啊|呀|了|啦|哦|来|來|谢谢|謝謝|好吗|好嗎|行吗|行嗎|可以吗|可以嗎|行不行|可不可以|快点?|不要机器人|不要機器人)*"
_ZH_ASKED = r"(?:吗|嗎|么|嘛|不|呢)?"
_ZH_TO_THEM = rf"{_ZH_HAND_ON}(?:{_WHOM})"

_ZH_OUTRIGHT = re.compile(
    rf"{_ZH_POLITE}(?:"
    rf"{_ZH_ME}{_ZH_WANT}?{_ZH_POLITE}(?:{_ZH_TO_THEM}){_ZH_DOING}{_ZH_TAIL}|"
    rf"{_ZH_ME}{_ZH_CAN}{_ZH_POLITE}(?:{_ZH_TO_THEM}|{_ZH_MEET}{_WHOM}){_ZH_DOING}{_ZH_TAIL}{_ZH_ASKED}|"
    rf"{_ZH_ME}(?:{_ZH_WANT}|{_ZH_CAN}){_ZH_POLITE}{_ZH_TALK}{_WHOM}{_ZH_TALKING}{_ZH_TAIL}{_ZH_ASKED}|"
    rf"{_ZH_ME}{_ZH_WANT}{_ZH_POLITE}(?:{_ZH_MEET}|有)?{_WHOM}{_ZH_DOING}{_ZH_TAIL}|"
    rf"{_ZH_ME}(?:不想|不要|不愿意?)(?:再)?{_ZH_TALK}?(?:机器人|機器人|AI|ai){_ZH_TALKING}?{_ZH_TAIL}"
    r")"
)
_ZH_WORD = re.compile(
    rf"{_ZH_POLITE}(?:(?:人工|真人|人工客服|真人客服|人工服务|人工服務|活人|客服人工){{1,9}}|"
    rf"{_ZH_MEET}{_WHOM}|有(?:没有|沒有)?(?:人工客服|人工服务|人工服務|真人客服|人工|真人|活人))(?:在)?{_ZH_DOING}{_ZH_TAIL}{_ZH_ASKED}"
)
_ZH_GREETING = re.compile(
    r"(?:你好|您好|喂|哈[喽啰]|在吗|在嗎|在么|请|請|谢谢|謝謝|麻烦了?|麻煩了?|快点?|急|嗨|不要机器人|不要機器人)*"
)


def asks_for_person(text: str) -> bool:
    """Whether a message, or a part of it, says that its writer wants a person to answer."""
    if len(text) > LONGEST:
        return False
    plain = unicodedata.normalize("NFKC", _QUOTED.sub(" § ", text)).replace("’", "'").casefold()
    clauses = [clause for part in _CLAUSES.split(plain) if (clause := " ".join(_bare(part).split()))]
    if not clauses or _SPOKEN_OF.search(plain):
        return False
    outright = [place for place, clause in enumerate(clauses) if _outright(clause)]
    if outright:
        return not any(map(_ASKED_ABOUT.search, clauses[outright[0] :]))
    words = [_word(clause) for clause in clauses]
    return any(words) and all(word or _greeting(clause) for word, clause in zip(words, clauses, strict=True))


def _bare(part: str) -> str:
    """Without what is neither letter, digit, space nor apostrophe: emoji, stars, marks of emphasis."""
    return "".join(c for c in part if c.isalnum() or c in " '§")


def _outright(clause: str) -> bool:
    return bool(_OUTRIGHT.fullmatch(clause) or _ZH_OUTRIGHT.fullmatch(_chinese(clause)))


def _word(clause: str) -> bool:
    return bool(_WORD.fullmatch(clause) or _ZH_WORD.fullmatch(_chinese(clause)))


def _greeting(clause: str) -> bool:
    return bool(_GREETING.fullmatch(clause) or _ZH_GREETING.fullmatch(_chinese(clause)))


def _chinese(clause: str) -> str:
    """A clause as Chinese is written. Of a very long one its beginning, which is no wish, but would be tried in all the
    ways in which its words can be parted."""
    return clause.replace(" ", "")[:_LONGEST_CLAUSE]
