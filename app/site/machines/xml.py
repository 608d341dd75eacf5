"""Writing XML: people's words may hold what no XML can, so every text goes through here."""

import re
from typing import Final
from xml.etree import ElementTree as ET  # it writes XML; nothing is parsed  # nosec B405

CONTENT_TYPES: Final = {"rss": "application/rss+xml", "xml": "application/xml"}
_IMPOSSIBLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped."""

NAMESPACES: Final = {
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "fh": "http://purl.org/syndication/history/1.0",
    "video": "http://www.google.com/schemas/sitemap-video/1.1",
}
for _prefix, _uri in NAMESPACES.items():
    ET.register_namespace(_prefix, _uri)


def tag(name: str) -> str:
    """``itunes:image`` as ElementTree wants it; a name without a prefix stays as it is."""
    prefix, colon, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if colon else name


def clean(text: str) -> str:
    """``text`` without what XML cannot hold."""
    return _IMPOSSIBLE.sub("", text)


def add(parent: ET.Element, name: str, text: str | None = None, /, **attributes: str) -> ET.Element:
    """A child of ``parent`` with text and attributes, whatever people wrote."""
    child = ET.SubElement(parent, tag(name), {key.rstrip("_"): clean(value) for key, value in attributes.items()})
    if text is not None:
        child.text = clean(text)
    return child


def document(root: ET.Element) -> bytes:
    """The whole document, in UTF-8 with its declaration."""
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body
