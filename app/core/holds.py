"""Holds: what keeps a thing from being seen by others, whoever or whatever put them there."""

from enum import StrEnum


class Hold(StrEnum):
    """How far a thing is taken away. Its owner sees it, and why, until it is removed."""

    HIDDEN = "hidden"
    """Nobody but its owner and the moderators finds it, until somebody decides."""
    REMOVED = "removed"
    """Against the rules: its owner sees that it was there and why it went, and cannot play, change or publish it."""
