"""oEmbed 1.0 (oembed.com): what another site shows for an address of ours."""

from dataclasses import dataclass, replace
from typing import Any, Final
from xml.etree import ElementTree as ET  # it writes XML; nothing is parsed  # nosec B405

from markupsafe import Markup

from app.site.machines.xml import add, document

PROVIDER: Final = "Soundstage"
_ALLOW: Final = "autoplay; fullscreen; picture-in-picture"


@dataclass(frozen=True, kw_only=True)
class Embed:
    """A thing that can be shown elsewhere. ``player_url`` is the page for frames, None for what is a link alone."""

    kind: str
    """In oEmbed's words: ``video``, ``rich`` or ``link``."""
    title: str
    author: str
    author_url: str
    player_url: str | None = None
    width: int = 640
    height: int = 360
    keeps_shape: bool = False
    """Whether it must keep its proportions where there is less room."""
    thumbnail_url: str | None = None
    thumbnail_width: int = 0
    thumbnail_height: int = 0

    def within(self, max_width: int | None, max_height: int | None) -> "Embed":
        """The same, no wider and no higher than this."""
        width, height = self.width, self.height
        if max_width is not None and width > max_width:
            height = max(1, height * max_width // width) if self.keeps_shape else height
            width = max_width
        if max_height is not None and height > max_height:
            width = max(1, width * max_height // height) if self.keeps_shape else width
            height = max_height
        return replace(self, width=width, height=height)

    def fields(self, *, provider_url: str) -> dict[str, Any]:
        """What the answer says."""
        said: dict[str, Any] = {
            "version": "1.0",
            "type": self.kind,
            "title": self.title,
            "author_name": self.author,
            "author_url": self.author_url,
            "provider_name": PROVIDER,
            "provider_url": provider_url,
        }
        if self.thumbnail_url:
            said |= {
                "thumbnail_url": self.thumbnail_url,
                "thumbnail_width": self.thumbnail_width,
                "thumbnail_height": self.thumbnail_height,
            }
        if self.player_url:
            said |= {"html": frame(self), "width": self.width, "height": self.height}
        return said


def frame(embed: Embed) -> str:
    """The frame as HTML."""
    code = Markup(
        '<iframe src="{}" title="{}" width="{}" height="{}" frameborder="0" allow="{}" loading="lazy"></iframe>'
    )
    return str(code.format(embed.player_url, embed.title, embed.width, embed.height, _ALLOW))


def oembed_xml(fields: dict[str, Any]) -> bytes:
    """The answer as XML."""
    root = ET.Element("oembed")
    for name, value in fields.items():
        add(root, name, str(value))
    return document(root)
