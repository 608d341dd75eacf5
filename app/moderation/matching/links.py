"""Watched links: hosts with all below them, however they are written, also behind a redirector."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from app.moderation import normalising
from app.moderation.matching.match import Match

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


LONGEST_HOST: Final = 253
MOST_LABELS: Final = 20
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
            labels = host_key(host[-LONGEST_HOST:]).split(".")[-MOST_LABELS:]
            for number in range(len(labels) - 1):
                for one in self._by_key.get(".".join(labels[number:]), ()):
                    if path.lower().startswith(one.path.lower()):
                        yield Match(one.rule, one.term, min(begin, len(text)), min(end, len(text)), host + path[:200])
