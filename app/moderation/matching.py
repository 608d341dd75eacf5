"""Finds what rules watch for in a text: words, links, patterns. Pure: built once from the rules, asked for every text.

The time that a text takes depends on its length, hardly on how many words are watched: words are looked up, not searched
for. Patterns are google-re2's, which never takes more than linear time.
"""

import re
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

import re2
import structlog

from app.moderation import normalising
from app.moderation.normalising import Skeleton, skeleton

DEADLINE_S: Final = 0.25
"""Longest that patterns are looked for in one text."""
MOST_INSTRUCTIONS: Final = 5000
"""Size of one compiled pattern."""
_PATTERNS_A_SET: Final = 25
_MEMORY: Final = 32 << 20

log = structlog.get_logger()


class PatternInvalid(ValueError):
    """A pattern that cannot be looked for. The message is a sentence for people."""


class Match(NamedTuple):
    """Where a rule found what it watches for: characters ``begin`` to ``end`` of the text as it was written."""

    rule: Any
    term: str
    begin: int
    end: int
    read_as: str
    """What stands there, as it was read."""


class TookTooLong(Exception):
    """A text was not looked through within the deadline."""


# Words ----------------------------------------------------------------------------------------------------------------


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
    found = [form for word in _WORD[False].findall(normalising.fold(bare)) if (form := word)]
    if sum(letter.isalnum() for word in found for letter in word) < 2:  # noqa: PLR2004 - one letter is no word
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


_TIGHT: Final = {True: _tight(normalising.ASCII_LETTER), False: _tight(normalising.LETTER)}
_WORD: Final = {True: re.compile(f"{normalising.ASCII_LETTER}+"), False: re.compile(f"{normalising.LETTER}+")}
_LOOSE: Final = re.compile(r"(?<!\w)\w{1,2}(?:[^\w]{1,6}\w{1,2}(?!\w))+")


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
        for chain in (*_TIGHT[is_ascii].finditer(folded), *_LOOSE.finditer(folded)):
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
    single = sum(1 for piece in span if len(piece.word) == 1)
    return single == len(span) or (len(span) > 2 and 2 * single > len(span))


def _is_whole(word: str, one: Watched) -> bool:
    """Whether a word is a whole phrase written as one."""
    return any(bones.letters == one.bones.letters and bones.covers(one.bones) for bones in normalising.skeletons(word))


def _is_phrase(pieces: Sequence[_Piece], words: Sequence[Skeleton]) -> bool:
    return all(
        any(bones.letters == word.letters and bones.covers(word) for bones in normalising.skeletons(piece.word))
        for piece, word in zip(pieces, words, strict=True)
    )


# Links ----------------------------------------------------------------------------------------------------------------

_DEFANGED: Final = re.compile(r"\s?[\[({]\s?(?:\.|dot)\s?[\])}]\s?|\s+dot\s+|\\\.", re.IGNORECASE)
_HOST: Final = re.compile(r"(?<![\w.-])((?:[\w-]{1,63}\.)+[^\W\d_][\w-]{1,62})\.?(?::\d{1,5})?((?:/[^\s<>\"']*)?)")
_DOTS: Final = str.maketrans("。．｡․", "....")


def hosts_in(text: str) -> Iterator[tuple[str, str, int, int]]:
    """Each host that a text names, in small letters, with the path behind it and where it stands.

    Also those that are written around (``example[.]com``), and those that a redirector's address carries.
    """
    shown = _DEFANGED.sub(".", normalising.plain(text).translate(_DOTS))
    for match in _HOST.finditer(shown):
        yield _in_letters(match[1]), match[2], match.start(), match.end()
        carried = match[2]
        for _ in range(3):
            if "%" not in carried and "=" not in carried:
                break
            carried = unquote(carried)
            for inner in _HOST.finditer(re.sub(r"[=&?#@]|//", " ", carried)):
                yield _in_letters(inner[1]), inner[2], match.start(), match.end()


def _in_letters(host: str) -> str:
    """A host with its punycode read."""
    labels = []
    for label in host.lower().split("."):
        try:
            labels.append(label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label)
        except UnicodeError:
            labels.append(label)
    return ".".join(labels)


def host_key(host: str) -> str:
    """A host as a reader sees it: look-alikes share it."""
    return ".".join(
        label.translate(_HOST_LEET) for label in normalising.fold(host).replace(" ", "").strip(".").split(".") if label
    )


_HOST_LEET: Final = str.maketrans("01i", "oll")


@dataclass(frozen=True, slots=True)
class WatchedLink:
    """A host, with all below it, or what begins with a path of it."""

    rule: Any
    term: str
    key: str
    path: str


def parse_link(term: str, rule: Any = None) -> WatchedLink | None:
    """What a line of a list of links watches for; None where it names no host."""
    found = next(hosts_in(term.strip().removeprefix("*.")), None)
    return WatchedLink(rule, term.strip(), host_key(found[0]), found[1].rstrip("/")) if found else None


class LinkSet:
    """Links to watch for."""

    def __init__(self, watched: Iterable[WatchedLink]) -> None:
        self._by_key: dict[str, list[WatchedLink]] = defaultdict(list)
        for one in watched:
            self._by_key[one.key].append(one)

    def find(self, text: str) -> Iterator[Match]:
        """Where any of them stands in a text."""
        if not self._by_key or ("." not in text and "。" not in text and "dot" not in text.lower()):
            return
        for host, path, begin, end in hosts_in(text):
            labels = host_key(host).split(".")
            for number in range(len(labels) - 1):
                for one in self._by_key.get(".".join(labels[number:]), ()):
                    if path.lower().startswith(one.path.lower()):
                        yield Match(one.rule, one.term, min(begin, len(text)), min(end, len(text)), host + path[:200])


# Patterns -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WatchedPattern:
    """A pattern in the language of RE2, without regard to case."""

    rule: Any
    term: str
    compiled: Any


def parse_pattern(term: str, rule: Any = None) -> WatchedPattern:
    """A pattern to look for.

    Raises:
        PatternInvalid: it cannot be read, is too large, or matches nothing at all.
    """
    try:
        compiled = re2.compile(term, _options())
    except (re2.error, ValueError, UnicodeError) as error:
        said = error.args[0] if error.args else ""
        why = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise PatternInvalid(f"“{term[:60]}” cannot be read as a pattern: {why or 'it is none'}.") from error
    if compiled.programsize > MOST_INSTRUCTIONS:
        raise PatternInvalid(f"“{term[:60]}” is too large. Make it shorter, or repeat less in it.")
    if compiled.search("") is not None:
        raise PatternInvalid(f"“{term[:60]}” matches a text without any words. It would hold everything.")
    return WatchedPattern(rule, term, compiled)


class PatternSet:
    """Patterns to look for. Those that cannot be read are left out; ``broken`` names their rules."""

    def __init__(self, watched: Sequence[WatchedPattern]) -> None:
        self._groups: list[tuple[Any, Sequence[WatchedPattern]]] = []
        for begin in range(0, len(watched), _PATTERNS_A_SET):
            group = watched[begin : begin + _PATTERNS_A_SET]
            together = re2.Set.SearchSet(_options())
            for one in group:
                together.Add(one.term)
            together.Compile()
            self._groups.append((together, group))

    def find(self, text: str) -> Iterator[Match]:
        """Where any of them matches.

        Raises:
            TookTooLong: not all were looked for within the deadline.
        """
        if not self._groups:
            return
        shown, ends_at = normalising.plain(text), time.monotonic() + DEADLINE_S
        for together, group in self._groups:
            for number in together.Match(shown) or ():
                found = group[number].compiled.search(shown)
                begin, end = found.span() if found is not None else (0, 0)
                yield Match(
                    group[number].rule, group[number].term, min(begin, len(text)), min(end, len(text)), shown[begin:end][:300]
                )
            if time.monotonic() > ends_at:
                raise TookTooLong


def _options() -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.max_mem = _MEMORY
    options.log_errors = False
    return options
