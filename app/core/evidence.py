"""Evidence: objects in storage that stay for a time that the law sets, whoever deletes what named them.

Who knows of it is handed in by ``app/wiring.py`` as ``app.extensions["evidence"]``; without it nothing is evidence.
"""

from collections.abc import Callable, Collection

from flask import current_app


def kept_as_evidence(keys: Collection[str]) -> set[str]:
    """Those of these storage keys that are not to be deleted yet."""
    find: Callable[[Collection[str]], set[str]] | None = current_app.extensions.get("evidence")
    return find(keys) if find is not None and keys else set()
