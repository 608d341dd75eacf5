"""Watched words and phrases. They are looked up, not searched for: five thousand take no longer than fifty."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from app.moderation import normalising
from app.moderation.matching.match import Match
from app.moderation.normalising import Skeleton, skeleton


@dataclass(frozen=True, slots=True)
class Watched:
    """A word or a phrase that a rule watches for."""

    rule: Any
    term: str
    bones: Skeleton
    """Of all its words together."""
    words: tuple[Skeleton, ...]
    opens: bool
    """Whether letters may stand before it."""
    closes: bool
    """Whether letters may follow."""
    is_latin: bool


def parse_term(term: str, rule: Any = None) -> Watched | None:
    """What a line of a list of words watches for; None where there is nothing in it to watch for.

    ``word`` is the whole word, ``word*`` also its beginning, ``*word`` its end, ``*word*`` anything with it inside.
    """
    term = " ".join(term.split())
    bare = term.strip("*")
    found: list[str] = _WORD[False].findall(normalising.fold(bare))
    if sum(letter.isalnum() for word in found for letter in word) < 2:
        return None
    unspaced = normalising.UNSPACED.search(bare) is not None
    return Watched(
        rule=rule, term=term, bones=skeleton("".join(found)), words=tuple(skeleton(word) for word in found),
        opens=term.startswith("*") or unspaced, closes=term.endswith("*") or unspaced,
        is_latin=all(letter.isascii() for letter in bare if letter.isalpha()),
    )  # fmt: skip


class _Piece(NamedTuple):
    begin: int
    end: int
    word: str


@dataclass(slots=True)
class _Index:
    """Words by their letters, and how long those are: what is looked up at each place."""

    by_letters: dict[str, list[Watched]] = field(default_factory=lambda: defaultdict(list))
    lengths: tuple[int, ...] = ()

    def add(self, letters: str, one: Watched) -> None:
        self.by_letters[letters].append(one)

    def done(self) -> None:
        self.by_letters = dict(self.by_letters)
        self.lengths = tuple(sorted({len(letters) for letters in self.by_letters}))


def _tight(letters: str) -> re.Pattern[str]:
    """Words with signs between them and no space. Possessive, so that no text makes it look twice."""
    return re.compile(rf"(?<!{letters}){letters}++(?:[^\w\s]{{1,6}}{letters}++)+")


def _loose(letters: str) -> re.Pattern[str]:
    """One letter, repeated at will, or two at a time, with anything but letters between them."""
    first, other = (rf"({letters})(?:\{group}{{0,20}}|{letters})(?!{letters})" for group in (1, 2))
    return re.compile(rf"(?<!{letters}){first}(?:[^\w]{{1,6}}(?<!{letters}){other})+")


_TIGHT: Final = {True: _tight(normalising.ASCII_LETTER), False: _tight(normalising.LETTER)}
_WORD: Final = {True: re.compile(f"{normalising.ASCII_LETTER}+"), False: re.compile(f"{normalising.LETTER}+")}
_LOOSE: Final = {True: _loose(normalising.ASCII_LETTER), False: _loose(normalising.LETTER)}


class WordSet:
    """Words and phrases to watch for."""

    def __init__(self, watched: Iterable[Watched]) -> None:
        self._whole, self._open, self._phrases = _Index(), _Index(), _Index()
        for one in watched:
            (self._open if one.opens or one.closes else self._whole).add(one.bones.letters, one)
            if len(one.words) > 1:
                self._phrases.add(one.words[0].letters, one)
        for index in (self._whole, self._open, self._phrases):
            index.done()
        self._lengths = tuple(sorted({*self._whole.lengths, *self._open.lengths}))

    def find(self, text: str) -> Iterator[Match]:
        """Where any of them stands in a text."""
        if not self._lengths:
            return
        for folded in normalising.foldings(text):
            origins: list[int] | None = None
            for one, begin, end in self._spots(folded):
                if origins is None:
                    origins = normalising.origins(text)
                first, last = origins[min(begin, len(origins) - 1)], origins[min(end, len(origins)) - 1]
                first, last = min(first, last), max(first, last) + 1
                if not (one.is_latin and normalising.is_borrowed(text, first, last)):
                    yield Match(one.rule, one.term, first, last, folded[begin:end])

    def _spots(self, folded: str) -> Iterator[tuple[Watched, int, int]]:
        is_ascii = folded.isascii()
        known = {word: found for word in set(_WORD[is_ascii].findall(folded)) if (found := self._known(word))}
        phrases = {word for word, found in known.items() if any(len(one.words) > 1 for one in found)}
        if known:
            pieces = [_Piece(match.start(), match.end(), match[0]) for match in _WORD[is_ascii].finditer(folded)]
            for number, piece in enumerate(pieces):
                for one in known.get(piece.word, ()):
                    if piece.word not in phrases or len(one.words) == 1 or _is_whole(piece.word, one):
                        yield one, piece.begin, piece.end
                        continue
                    rest = pieces[number : number + len(one.words)]
                    if len(rest) == len(one.words) and _is_phrase(rest, one.words):
                        yield one, piece.begin, rest[-1].end
        for chain in (*_TIGHT[is_ascii].finditer(folded), *_LOOSE[is_ascii].finditer(folded)):
            yield from self._in_chain(chain)

    def _known(self, word: str) -> list[Watched]:
        """What a word is, has in it, or begins."""
        found = []
        for bones in normalising.skeletons(word):
            found += [one for one in self._whole.by_letters.get(bones.letters, ()) if bones.covers(one.bones)]
            found += self._phrases.by_letters.get(bones.letters, ())
            if self._open.lengths:
                found += self._inside(bones)
        return found

    def _inside(self, bones: Skeleton) -> Iterator[Watched]:
        """What may stand in a longer word, and does in this one."""
        letters = bones.letters
        for length in self._open.lengths:
            for begin in range(len(letters) - length + 1):
                for one in self._open.by_letters.get(letters[begin : begin + length], ()):
                    at_start, at_end = begin == 0, begin + length == len(letters)
                    if (one.opens or at_start) and (one.closes or at_end) and bones.covers(one.bones, begin):
                        yield one

    def _in_chain(self, chain: re.Match[str]) -> Iterator[tuple[Watched, int, int]]:
        """Words that were taken apart: by signs, or by spaces between single letters."""
        pieces = [
            _Piece(chain.start() + match.start(), chain.start() + match.end(), form)
            for match in _WORD[False].finditer(chain[0])
            if (form := match[0].strip(normalising.SIGNS) or match[0])
        ]
        is_loose = any(letter.isspace() for letter in chain[0])
        bones = skeleton("".join(piece.word for piece in pieces))
        first, last = _borders(pieces, bones)
        for begin in first:
            for length in self._lengths:
                letters = bones.letters[begin : begin + length]
                if len(letters) < length:
                    break
                for one in (*self._whole.by_letters.get(letters, ()), *self._open.by_letters.get(letters, ())):
                    ends = last.get(begin + length - 1)
                    if not bones.covers(one.bones, begin) or (ends is None and not one.closes):
                        continue
                    span = pieces[first[begin] : (ends if ends is not None else len(pieces) - 1) + 1]
                    if len(span) > 1 and (not is_loose or _is_spelt(span)):
                        yield one, span[0].begin, span[-1].end


def _borders(pieces: Sequence[_Piece], bones: Skeleton) -> tuple[dict[int, int], dict[int, int]]:
    """At which letters of a chain a piece begins and ends, and which piece that is."""
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    starts: dict[int, int] = {}
    offset = place = 0
    for number, piece in enumerate(pieces):
        starts[offset] = number
        offset += len(piece.word)
    for run, count in enumerate(bones.runs):
        for _ in range(count):
            if place in starts:
                first.setdefault(run, starts[place])
            place += 1
            if place in starts or place == offset:
                last[run] = starts.get(place, len(pieces)) - 1
    return first, last


def _is_spelt(span: Sequence[_Piece]) -> bool:
    """Whether somebody spells a word out: letter by letter, or three pieces or more that are mostly letters."""
    single = sum(1 for piece in span if len(set(piece.word)) == 1)
    return single == len(span) or (len(span) > 2 and 2 * single > len(span))


def _is_whole(word: str, one: Watched) -> bool:
    """Whether a word is a whole phrase written as one."""
    return any(bones.letters == one.bones.letters and bones.covers(one.bones) for bones in normalising.skeletons(word))


def _is_phrase(pieces: Sequence[_Piece], words: Sequence[Skeleton]) -> bool:
    return all(
        any(bones.letters == word.letters and bones.covers(word) for bones in normalising.skeletons(piece.word))
        for piece, word in zip(pieces, words, strict=True)
    )
