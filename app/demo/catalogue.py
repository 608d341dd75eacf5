"""Everything that the demo's artists have published, in the order of their pages; the texts are in ``notes_*``."""

from collections.abc import Iterator
from pathlib import Path

from app.demo import rendering
from app.demo.notes_films import FILMS
from app.demo.notes_programmes import PROGRAMMES
from app.demo.notes_records import RECORDS
from app.demo.shapes import DemoItem, RenderedArtist, RenderedItem

ITEMS: tuple[DemoItem, ...] = (*RECORDS, *FILMS, *PROGRAMMES)
"""All releases: seven records, four films, four programmes."""


def get_item(slug: str) -> DemoItem:
    """The release with that slug.

    Raises:
        KeyError: nothing here is called that.
    """
    for item in ITEMS:
        if item.slug == slug:
            return item
    raise KeyError(slug)


def render_all(
    folder: Path, items: tuple[DemoItem, ...] = ITEMS, *, processes: int = 2
) -> Iterator[RenderedItem | RenderedArtist]:
    """Render ``items`` and the artists' pictures into ``folder``; each is yielded once it is done.

    Artists come first, then films (which take longest), then sound. Takes some 30 s on two cores, and 100 MB of disk.
    """
    yield from rendering.render_all(folder, items, processes=processes)
