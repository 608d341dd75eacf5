"""What somebody did to a set, in words."""

from app.playlists.models import ChangeKind, SetChange

_OF_ITEMS = {
    "note": "the note", "starts_at_ms": "where it starts", "stops_at_ms": "where it stops", "season": "the season",
    "episode": "the number", "medium_secret": "the link",
}  # fmt: skip
_OF_SETS = {
    "title": "the title", "description_markdown": "the description", "genre": "the genre", "tags": "the tags",
    "release_date": "the release date", "realm_slug": "the realm", "kind": "the kind", "newest_first": "the order",
    "slug": "the address", "visibility": "who may see it", "comments_policy": "who may comment", "cover": "the cover",
}  # fmt: skip


def words_of(change: SetChange) -> tuple[str, str]:
    """What stands before the title of a work, and what behind it; a change of the set itself names no work."""
    is_undoing = change.undoes_id is not None
    match change.kind:
        case ChangeKind.ADDED:
            return ("put back" if is_undoing else "added"), ""
        case ChangeKind.REMOVED:
            return "took out", ""
        case ChangeKind.MOVED:
            return ("moved back" if is_undoing else "moved"), ""
        case ChangeKind.EDITED:
            names = [*change.before]
            of_item = [_OF_ITEMS[name] for name in names if name in _OF_ITEMS]
            what = _joined(of_item or [_OF_SETS[name] for name in names if name in _OF_SETS])
            verb = "put back" if is_undoing else "changed"
            return f"{verb} {what}", " of the set" if not of_item else ""


def is_of_item(change: SetChange) -> bool:
    """Whether a change is of something in the set, and not of the set itself."""
    return change.kind is not ChangeKind.EDITED or any(name in _OF_ITEMS for name in change.before)


def _joined(words: list[str]) -> str:
    *first, last = words or ["something"]
    return f"{', '.join(first)} and {last}" if first else last
