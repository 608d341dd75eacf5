"""One way to read what people write, whatever they do to hide a word in it. Pure rules, no tables.

``fold`` undoes what can be undone for a whole text: full-width and styled letters, accents, look-alikes of other
scripts, signs that are not seen, letters turned round by direction marks. ``skeleton`` is a word as it is compared:
digits and signs are the letters that they stand for, i and l are one, a letter stands once in a row. It remembers how
often that letter was repeated, so that "ass" is found in "asssss" and not in "as".
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Final

LONGEST: Final = 200_000
"""Characters of one text that are looked at."""
SIGNS: Final = "@$!|+€£¢¥"
"""Signs that stand for letters."""

_LOOK_ALIKES: Final = {
    "a": "аɑαᴀⲁꭺ∀ꓮⱥ", "b": "вьʙᏴᏏꓐβƀ", "c": "сϲᴄⅽⲥꓚᏟȼ", "d": "ԁᴅɗđⅾꓒᗞᎠ", "e": "еєεᴇɛə℮ꓰᎬɇ", "f": "ғƒꜰϝꞙꓝ",
    "g": "ɡɢԍցᏀꓖǥ", "h": "нһʜհᏂꓧᎻħ", "i": "іїιɪıɩӏꙇꓲɨ", "j": "јʝᴊϳꓙᎫɉ", "k": "кκᴋқҟꓗᏦ", "l": "ʟłⅼꓡᏞƖƚ", "m": "мᴍⅿꓟᎷϻμ",
    "n": "ηɴոռꓠɲ", "o": "оοᴏօөøⲟꓳ०௦০", "p": "рρᴘꓑᏢᵽ", "q": "ԛգզɋ", "r": "ʀᴦꭱꓣᏒɾɍ", "s": "ѕꜱʂꓢᏚƨ", "t": "тτᴛŧꓔᎢ",
    "u": "υᴜսʊꓴմʉ", "v": "ѵνᴠⅴꓦᏙ", "w": "ԝωᴡաѡꓪᎳ", "x": "хχⅹꓫ×", "y": "уγʏүყꓬɏ", "z": "ᴢʐꓜᏃƶ",
}  # fmt: skip
"""Small letters that a reader takes for a Latin one: those of Unicode's confusables (UTS 39) that keyboards have."""
_CAPITALS: Final = str.maketrans("ΝΗΥΡΧ", "NHYPX")
"""Greek capitals that look like another letter than their small form does."""
_WIDER: Final = {"æ": "ae", "œ": "oe", "ŋ": "n", "ð": "d", "þ": "th", "ʼ": "'", "’": "'", "。": ".", "․": ".", "_": "-"}
_EMBLEMS: Final = (0x1F130, 0x1F150, 0x1F170, 0x1F1E6)
"""Where the letters in squares, in circles and of flags begin."""
_UNSEEN: Final = frozenset("\u115f\u1160\u17b4\u17b5\u3164\uffa0\u034f\u0640")
"""What is a letter or a mark by its category and is not seen; and what only stretches an Arabic word."""
_ACCENTS: Final = (
    range(0x300, 0x370), range(0x591, 0x5C8), range(0x64B, 0x660), range(0x670, 0x671), range(0x1AB0, 0x1B00),
    range(0x1DC0, 0x1E00), range(0x20D0, 0x2100), range(0xFE00, 0xFE10), range(0xFE20, 0xFE30), range(0xE0100, 0xE01F0),
)  # fmt: skip
"""Marks that words are read without: accents, vowel points of Hebrew and Arabic, variants. Others are vowels."""
_LEET: Final = str.maketrans("01345678@$!|+€£¢¥9i", "oleasgtbaslltelcygl")
_REPEATED: Final = re.compile(r"(.)\1+", re.DOTALL)
_TURNED: Final = re.compile("\u202e([^\u202c\n]*)")


def _ranges(codes: Iterable[int]) -> str:
    """The inside of a character class for these characters, given in their order."""
    found = []
    for _, group in groupby(enumerate(codes), lambda pair: pair[1] - pair[0]):
        run = [code for _, code in group]
        found.append(f"{chr(run[0])}-{chr(run[-1])}")
    return "".join(found)


_MARKS: Final = _ranges(code for code in range(0x300, 0x1F000) if unicodedata.category(chr(code))[0] == "M")
_MARKS_ON_LATIN: Final = re.compile(f"(?<=[a-z0-9])[{_MARKS}]+")
LETTER: Final = f"[\\w{_MARKS}{re.escape(SIGNS)}]"
"""What words of a folded text are made of, with the signs that may be letters: the pattern of one."""
ASCII_LETTER: Final = f"[a-z0-9{re.escape(SIGNS[:5])}]"
"""The same, for a text that is ASCII alone."""
UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Letters of scripts that put no space between words."""


class _Table(dict[int, str | None]):
    """What each character is read as, worked out when it comes for the first time."""

    def __missing__(self, code: int) -> str | None:
        self[code] = read = _read_as(chr(code))
        return read


_FOLDS: Final = {letter: latin for latin, letters in _LOOK_ALIKES.items() for letter in letters} | _WIDER


def _read_as(letter: str) -> str | None:
    code, category = ord(letter), unicodedata.category(letter)
    if letter in _UNSEEN or category in {"Cf", "Cn", "Co", "Cs"} or any(code in accents for accents in _ACCENTS):
        return None
    if category in {"Cc", "Zs"} or code == 0x2800:
        return "\n" if letter in "\r\n" else " "
    for first in _EMBLEMS:
        if first <= code < first + 26:
            return chr(ord("a") + code - first)
    return _FOLDS.get(letter, letter)


_TABLE: Final = _Table()
_BETWEEN: Final = -1


def foldings(text: str) -> list[str]:
    """The ways in which a text is read: one, and another where Greek capitals are in it. See ``fold``."""
    readings = [fold(text)]
    if not text.isascii() and (other := text.translate(_CAPITALS)) != text:
        readings.append(fold(other))
    return readings


def fold(text: str) -> str:
    """``text`` in small Latin letters as far as it can be read as such; other scripts without accents.

    What direction marks turn round stands at the end once more, as it is read.
    """
    text = text[:LONGEST]
    if text.isascii():
        return text.lower().translate(_TABLE)
    text = "\n".join([text, *(match[1][::-1] for match in _TURNED.finditer(text))])
    return _MARKS_ON_LATIN.sub("", _bare(text).translate(_TABLE))


def _bare(text: str) -> str:
    """Without case, and every letter apart from what is on it."""
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())


def origins(text: str) -> list[int]:
    """For each character of ``fold(text)``, where in ``text`` it comes from. Slow: for what was found."""
    text = text[:LONGEST]
    places = list(range(len(text)))
    if not text.isascii():
        for match in _TURNED.finditer(text):
            places += [_BETWEEN, *reversed(range(match.start(1), match.end(1)))]
    found: list[int] = []
    after_latin = False
    for place in places:
        for letter in _bare(text[place]) if place != _BETWEEN else "\n":
            read = _TABLE[ord(letter)] or ""
            if after_latin and read and unicodedata.category(read[0])[0] == "M":
                continue
            found += [place] * len(read)
            after_latin = (read[-1:].isascii() and read[-1:].isalnum()) if read else after_latin
    return found


def plain(text: str) -> str:
    """``text`` in one spelling (NFKC), without what is not seen: what patterns and links are looked for in."""
    text = text[:LONGEST]
    if text.isascii():
        return text.replace("\0", "")
    return "".join(
        letter
        for letter in unicodedata.normalize("NFKC", text)
        if letter not in _UNSEEN and letter != "\0" and unicodedata.category(letter) not in {"Cf", "Cs"}
    )


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A word as it is compared: its letters, none twice in a row, and how often each was repeated."""

    letters: str
    runs: tuple[int, ...]

    def covers(self, watched: "Skeleton", begin: int = 0) -> bool:
        """Whether the letters from ``begin`` on are ``watched``, whose letters may be repeated at will."""
        part = self.runs[begin : begin + len(watched.runs)]
        return all(mine >= theirs for mine, theirs in zip(part, watched.runs, strict=True))


@lru_cache(maxsize=50_000)
def skeleton(folded: str) -> Skeleton:
    """The skeleton of a folded word. Numbers stay numbers."""
    letters = folded.translate(_LEET) if any(letter.isalpha() for letter in folded) else folded
    squeezed = _REPEATED.sub(r"\1", letters)
    if len(squeezed) == len(letters):
        return Skeleton(letters, (1,) * len(letters))
    return Skeleton(squeezed, tuple(len(list(run)) for _, run in groupby(letters)))


@lru_cache(maxsize=50_000)
def skeletons(word: str) -> tuple[Skeleton, ...]:
    """What a folded word may be: signs at its ends are its own or the sentence's, signs in it letters or nothing."""
    if word.isalnum():
        return (skeleton(word),)
    without = "".join(letter for letter in word if letter not in SIGNS)
    kept = {word, word.strip(SIGNS), word.lstrip(SIGNS), word.rstrip(SIGNS), without}
    return tuple(dict.fromkeys(skeleton(one) for one in sorted(kept) if one))


def is_borrowed(text: str, begin: int, end: int) -> bool:
    """Whether what stands there is a word of a script with Latin look-alikes, in a text that is truly of that script.

    "рот" is a mouth in a Russian sentence, and "pot" by somebody who hides it; the sentence tells which.
    """
    scripts = {_script(letter) for letter in text[begin:end] if letter.isalpha()}
    if len(scripts) != 1 or scripts <= {"LATIN", ""}:
        return False
    script = scripts.pop()
    others = text[:begin] + text[end:]
    genuine = sum(1 for letter in others.casefold() if _script(letter) == script and _read_as(letter) == letter)
    return genuine > _GENUINE


_GENUINE: Final = 3
"""Letters without a Latin look-alike that make a text one of their script."""


@lru_cache(maxsize=5000)
def _script(letter: str) -> str:
    """The first word of a letter's name: LATIN, CYRILLIC, GREEK."""
    return unicodedata.name(letter, "").partition(" ")[0] if letter.isalpha() else ""
