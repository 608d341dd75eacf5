"""Where people may be led to by an address that came with their request: to pages of this place only."""

from urllib.parse import urlsplit

from flask import request


def is_ours(wanted: str) -> bool:
    """Whether ``wanted`` is the path of a page here, however a browser reads it.

    Browsers take a backslash for a slash, drop tabs and line breaks, and take ``//`` for the beginning of a
    host: so one slash comes first, no second one follows, and neither a backslash nor anything unprintable is in it.
    """
    if not wanted.startswith("/") or wanted.startswith("//") or "\\" in wanted or not wanted.isprintable():
        return False
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return False
    return not parts.scheme and not parts.netloc and len(wanted) <= 4000


def page_of_ours(wanted: str, default: str) -> str:
    """``wanted`` if it is a page here, else ``default``."""
    return wanted if is_ours(wanted) else default


def wanted_page(default: str = "/") -> str:
    """Where the person wanted to go (``next`` in form or address), if that is a page here; else ``default``."""
    return page_of_ours(request.values.get("next", ""), default)
