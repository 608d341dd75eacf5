"""What is taken out of people's words before anyone reads them: signs that are not seen and change what is."""

import re
import unicodedata

MOST_MARKS = 4
"""Accents over one letter. Languages need up to three or four; a hundred of them cover the lines above."""

_JOINERS = "\u200c\u200d"  # Persian, the Indic scripts and families of emoji are written with them
_SEEN_AS_NOTHING = "\u115f\u1160\u3164\uffa0\u034f\u17b4\u17b5"  # letters that have no shape
_NEWLINES = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


def tidied(text: str) -> str:
    """``text`` without control, direction and zero-width characters, with bounded accents and at most one blank line.

    Joiners stay where scripts and emoji need them: between two characters that are not ASCII. Tidying twice changes
    nothing more.
    """
    text = _NEWLINES.sub("\n", text)
    kept: list[str] = []
    marks = 0
    for place, sign in enumerate(text):
        category = unicodedata.category(sign)
        if sign in _JOINERS:
            if not _joins(kept, text, place):
                continue
        elif (category in {"Cc", "Cf", "Cs"} and sign not in "\n\t") or sign in _SEEN_AS_NOTHING:
            continue
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks <= MOST_MARKS:
            kept.append(" " if sign in "\t\u2800" else sign)
    # Composed only now that the accents are bounded: sorting a long run of them takes the square of its length.
    return _BLANK_LINES.sub("\n\n", unicodedata.normalize("NFC", "".join(kept))).strip()


def _joins(before: list[str], text: str, place: int) -> bool:
    """Whether a joiner at ``place`` stands between two characters that it can join."""
    after = text[place + 1 : place + 2]
    return bool(before) and _joinable(before[-1]) and _joinable(after)


def _joinable(sign: str) -> bool:
    return sign > "\x7f" and unicodedata.category(sign)[0] in "LMS"
