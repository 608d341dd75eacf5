"""Where someone wanted to go before a page of ours came between."""

from urllib.parse import urlsplit

from flask import request


def onward(default: str = "/") -> str:
    """The address in ``next``, if it is one of this site; else ``default``."""
    wanted = request.values.get("next", "")
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return default
    ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return wanted if ours and "\\" not in wanted and wanted.isprintable() else default
