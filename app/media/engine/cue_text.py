"""Cue text that is safe to put on a page: the few tags that captions need, in order, and all else as text."""

import re

_TOKEN = re.compile(
    r"<(?P<close>/?)(?P<name>[biucv])(?P<rest>[.\s][^<>]*)?>|&(?:amp|lt|gt|nbsp|lrm|rlm);|<|>|&", re.IGNORECASE
)
_DROPPED = re.compile(r"</?font[^<>]*>|\{\\[^{}]*\}|<\d+:\d{2}(?::\d{2})?[.,]\d+>", re.IGNORECASE)
_ESCAPES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_LONGEST = 2000
_LONGEST_VOICE = 80


def safe_cue_text(raw: str) -> str:
    """WebVTT cue text with at most ``b``, ``i``, ``u``, ``c`` and ``v`` tags, without classes and attributes.

    Fonts and positions of SRT and ASS, and the word times of karaoke, are dropped; every other sign of markup
    becomes text. Blank lines go, since they would end the cue.
    """
    lines = [line.strip() for line in _DROPPED.sub("", raw[:_LONGEST]).splitlines()]
    text = "\n".join(line for line in lines if line)
    open_tags: list[str] = []
    parts, at = [], 0
    for found in _TOKEN.finditer(text):
        parts += [text[at : found.start()], _token(found, open_tags)]
        at = found.end()
    parts.append(text[at:])
    return "".join([*parts, *(f"</{name}>" for name in reversed(open_tags))])


def _token(found: re.Match[str], open_tags: list[str]) -> str:
    token = found[0]
    if not found["name"]:
        return _ESCAPES.get(token, token.lower())
    name = found["name"].lower()
    if not found["close"]:
        open_tags.append(name)
        voice = _voice(found["rest"] or "") if name == "v" else ""
        return f"<{name}{voice}>"
    if name not in open_tags:
        return ""
    closed = []
    while open_tags:
        closed.append(open_tags.pop())
        if closed[-1] == name:
            break
    return "".join(f"</{one}>" for one in closed)


def _voice(rest: str) -> str:
    """The speaker's name, without classes."""
    words = rest.split()
    if words and words[0].startswith("."):
        words = words[1:]
    name = " ".join(words).replace("&", "")
    return f" {name[:_LONGEST_VOICE]}" if name else ""
