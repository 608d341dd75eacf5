"""Finds what rules watch for in a text: words, links, patterns. Pure: built once, asked for every text."""

from app.moderation.matching.links import LinkSet, WatchedLink, hosts_in, parse_link
from app.moderation.matching.match import Match
from app.moderation.matching.patterns import PatternInvalid, PatternSet, TookTooLong, WatchedPattern, parse_pattern
from app.moderation.matching.words import Watched, WordSet, parse_term

__all__ = [
    "LinkSet", "Match", "PatternInvalid", "PatternSet", "TookTooLong", "Watched", "WatchedLink", "WatchedPattern",
    "WordSet", "hosts_in", "parse_link", "parse_pattern", "parse_term",
]  # fmt: skip
