"""Cut the typefaces of Soundstage out of their npm packages: small enough for a first visit, and nothing shifts.

Each face becomes up to three WOFF2 files, which the browser fetches by ``unicode-range``:

- ``core``: what English and most of western Europe needs. The only one that a first visit pays for.
- ``rest``: what is left of Latin-1.
- ``ext``: Latin Extended (Polish, Czech, Turkish, Vietnamese's base letters …).

Display faces are pinned to the one optical size, width and weight that titles are set in; the quiet face keeps its
weight axis. Every face gets a fallback made of a font that people have, scaled so that its lines are as wide and as
tall as the real ones (the method of https://developer.chrome.com/blog/font-fallbacks).
"""

# ruff: noqa: INP001 - scripts are run from their folder, which is no package
import hashlib
import json
import string
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped]  # fontTools has no stubs
from fontTools.pens.svgPathPen import SVGPathPen  # type: ignore[import-untyped]  # likewise
from fontTools.pens.transformPen import TransformPen  # type: ignore[import-untyped]  # likewise
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # likewise
from fontTools.varLib import instancer  # type: ignore[import-untyped]  # likewise

CORE = sorted(
    {ord(c) for c in string.printable[:95]}
    | {ord(c) for c in "ÄÖÜäöüßÉÈÊéèêëÁÀÂÃÅÆáàâãåæÇçÍíîïìÑñÓÔÕØóôõøòÚúûùœ"}
    | {ord(c) for c in "‘’‚“”„–—…•·×←→€£©«»‹›¡¿°′−\u00a0"},
)
REST = [c for c in range(0xA0, 0x100) if c not in set(CORE)]
EXT = list(range(0x100, 0x250)) + [c for c in range(0x1E00, 0x1F00) if c]

NAME = "Soundstage"
TIGHTER = 0.02  # em, between the letters of the wordmark
PAIR_ADJUSTMENT = 2  # GPOS lookup type (OpenType specification)
WITHOUT_DEVICES = 0x0F  # the bits of a value format that are plain numbers
DEVICES = ("XPlaDevice", "YPlaDevice", "XAdvDevice", "YAdvDevice")

# Letter frequencies of English text, in per mille, and the advance widths (1/1000 em) that Adobe's metrics publish for
# Helvetica and Times; Arial, Liberation Sans, Times New Roman and Liberation Serif keep them.
FREQUENCY = dict(
    zip(
        " etaoinshrdlucmfwygpbvk",
        (180, 102, 75, 65, 62, 57, 57, 52, 50, 49, 35, 33, 23, 22, 20, 18, 19, 16, 16, 16, 12, 8, 6),
        strict=True,
    ),
)
HELVETICA = {
    **dict.fromkeys("abdeghnopqu", 556),
    **dict.fromkeys("cksvxyz", 500),
    **dict.fromkeys(" ft", 278),
    **dict.fromkeys("ijl", 222),
    "m": 833,
    "r": 333,
    "w": 722,
}
TIMES = {
    **dict.fromkeys("bdghknopquvxy", 500),
    **dict.fromkeys("acez", 444),
    **dict.fromkeys("ijlt", 278),
    " ": 250,
    "f": 333,
    "m": 778,
    "r": 333,
    "s": 389,
    "w": 722,
}


@dataclass(frozen=True, kw_only=True)
class Face:
    """One typeface: where it comes from, what is kept of it, and what stands in until it has arrived."""

    key: str
    family: str
    package: str
    file: str  # with {part} for latin and latin-ext
    axes: Mapping[str, float]  # pinned; axes that are not named stay variable
    weight: str  # for @font-face
    features: tuple[str, ...]
    stand_in: tuple[str, ...]
    stand_in_widths: Mapping[str, int]


SANS = ("Arial", "Liberation Sans", "Helvetica Neue", "Roboto")
SERIF = ("Times New Roman", "Liberation Serif", "Times")
FACES = (
    Face(
        key="quiet",
        family="Instrument Sans",
        package="@fontsource-variable/instrument-sans",
        file="instrument-sans-{part}-wght-normal.woff2",
        axes={},
        weight="400 700",
        features=("kern", "ccmp", "mark", "tnum"),
        stand_in=SANS,
        stand_in_widths=HELVETICA,
    ),
    Face(
        key="music",
        family="Bricolage Grotesque",
        package="@fontsource-variable/bricolage-grotesque",
        file="bricolage-grotesque-{part}-standard-normal.woff2",
        axes={"opsz": 60, "wdth": 88, "wght": 720},
        weight="720",
        features=("kern", "ccmp", "mark"),
        stand_in=SANS,
        stand_in_widths=HELVETICA,
    ),
    Face(
        key="screen",
        family="Fraunces",
        package="@fontsource-variable/fraunces",
        file="fraunces-{part}-full-normal.woff2",
        axes={"opsz": 144, "SOFT": 0, "WONK": 0, "wght": 560},
        weight="560",
        features=("kern", "ccmp", "mark"),
        stand_in=SERIF,
        stand_in_widths=TIMES,
    ),
    Face(
        key="voice",
        family="Newsreader",
        package="@fontsource-variable/newsreader",
        file="newsreader-{part}-opsz-normal.woff2",
        axes={"opsz": 72, "wght": 500},
        weight="500",
        features=("kern", "ccmp", "mark"),
        stand_in=SERIF,
        stand_in_widths=TIMES,
    ),
)


def average_width(widths: Mapping[str, float]) -> float:
    """How wide running English text is a letter, in the units of ``widths``."""
    return sum(share * widths[letter] for letter, share in FREQUENCY.items()) / sum(FREQUENCY.values())


def cut(source: Path, face: Face, codepoints: list[int], target: Path) -> TTFont:
    """Keep only ``codepoints`` and the face's features, pin its axes, write WOFF2, and return the font."""
    font = TTFont(source, recalcTimestamp=False)  # the same bytes every time
    options = subset.Options()
    options.layout_features = list(face.features)
    options.hinting = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]  # the name, the copyright and the licence stay inside
    font["gvar"].variations.setdefault(".notdef", [])
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=codepoints)
    cutter.subset(font)
    if face.axes:
        font = instancer.instantiateVariableFont(font, dict(face.axes))
    settle_kerning(font)
    font.flavor = "woff2"
    font.save(target, reorderTables=False)
    return font


def settle_kerning(font: TTFont) -> None:
    """Kern every weight like the lightest: how kerning varies with weight is a fifth of a file, and hardly seen."""
    for lookup in font["GPOS"].table.LookupList.Lookup if "GPOS" in font else ():
        for subtable in lookup.SubTable:
            pairs = getattr(subtable, "ExtSubTable", subtable)
            if pairs.LookupType != PAIR_ADJUSTMENT:
                continue
            if pairs.Format == 1:
                records = [record for glyph in pairs.PairSet for record in glyph.PairValueRecord]
            else:
                records = [record for first in pairs.Class1Record for record in first.Class2Record]
            for record in records:
                for value in (record.Value1, record.Value2):
                    for device in DEVICES if value is not None else ():
                        value.__dict__.pop(device, None)
            pairs.ValueFormat1 &= WITHOUT_DEVICES
            pairs.ValueFormat2 &= WITHOUT_DEVICES


def wordmark(node_modules: Path, scratch: Path) -> tuple[str, int, int]:
    """The name of the house as an outline, so that it needs no typeface: path data, width and height in its units."""
    face = next(face for face in FACES if face.key == "music")
    source = node_modules / face.package / "files" / face.file.format(part="latin")
    font = cut(source, face, [ord(letter) for letter in NAME], scratch / "wordmark.woff2")
    (scratch / "wordmark.woff2").unlink()
    glyphs, cmap, pen, x = font.getGlyphSet(), font.getBestCmap(), SVGPathPen(None, ntos=lambda n: str(round(n))), 0.0
    for letter in NAME:
        glyph = glyphs[cmap[ord(letter)]]
        glyph.draw(TransformPen(pen, (1, 0, 0, -1, x, font["hhea"].ascent)))
        x += glyph.width - TIGHTER * font["head"].unitsPerEm
    return pen.getCommands(), round(x), font["hhea"].ascent - font["hhea"].descent


def unicode_range(codepoints: list[int]) -> str:
    """The codepoints as CSS writes them: ``U+20-7E,U+A0``."""
    runs: list[list[int]] = []
    for point in sorted(codepoints):
        if runs and runs[-1][1] == point - 1:
            runs[-1][1] = point
        else:
            runs.append([point, point])
    return ",".join(f"U+{a:X}" if a == b else f"U+{a:X}-{b:X}" for a, b in runs)


def stand_in_rule(face: Face, font: TTFont) -> str:
    """The @font-face of the local font that stands in, scaled to the real one."""
    em, cmap, advance, hhea = font["head"].unitsPerEm, font.getBestCmap(), font["hmtx"].metrics, font["hhea"]
    ours = average_width({c: advance[cmap[ord(c)]][0] / em for c in FREQUENCY})
    theirs = average_width({c: width / 1000 for c, width in face.stand_in_widths.items()})
    size = ours / theirs
    sources = ",".join(f'local("{name}")' for name in face.stand_in)
    return (
        f'@font-face{{font-family:"{face.family} Stand-in";src:{sources};size-adjust:{size:.2%};'
        f"ascent-override:{hhea.ascent / em / size:.2%};descent-override:{-hhea.descent / em / size:.2%};"
        f"line-gap-override:{hhea.lineGap / em / size:.2%}}}"
    )


def cut_all(node_modules: Path, target: Path) -> tuple[str, dict[str, str]]:
    """Write every face's files into ``target``.

    Returns:
        The stylesheet with the @font-face rules, and the address of each face's core file for preloading.
    """
    rules, addresses = [], {}
    for face in FACES:
        for part, codepoints, source in (("core", CORE, "latin"), ("rest", REST, "latin"), ("ext", EXT, "latin-ext")):
            path = target / f"{face.key}-{part}.woff2"
            files = node_modules / face.package / "files"
            font = cut(files / face.file.format(part=source), face, codepoints, path)
            address = f"/static/vendor/fonts/{path.name}?v={hashlib.sha256(path.read_bytes()).hexdigest()[:8]}"
            covered = [c for c in codepoints if c in font.getBestCmap()]
            rules.append(
                f'@font-face{{font-family:"{face.family}";src:url("{address}")format("woff2");font-weight:{face.weight};'
                f"font-display:swap;unicode-range:{unicode_range(covered)}}}",
            )
            if part == "core":
                addresses[face.key] = address
                rules.append(stand_in_rule(face, font))
        licence = node_modules / face.package / "LICENSE"
        (target / f"OFL-{face.key}.txt").write_text(licence.read_text())
    head = "/* Made by scripts/vendor_fonts.py: the faces, and local stand-ins of the same measure. */\n"
    return head + "\n".join(rules) + "\n", addresses


def preload_macro(addresses: Mapping[str, str]) -> str:
    """A template that names each face's core file, so that a page preloads the very address its stylesheet asks for."""
    return (
        "{# Made by scripts/vendor_fonts.py: the addresses that static/css/fonts.css asks for. #}\n"
        f"{{% set font_urls = {json.dumps(dict(addresses))} %}}\n"
    )
