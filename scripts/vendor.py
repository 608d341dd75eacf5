#!/usr/bin/env python3
"""Copy what the browser needs out of node_modules into static/vendor, which is committed.

    npm ci && python scripts/vendor.py [node_modules]

There is no bundler: libraries arrive as the ES modules that their makers publish, typefaces are cut down
(scripts/vendor_fonts.py), and the icons that templates use become one SVG sprite. Needs fonttools and brotli
(requirements-dev.txt). Running it twice writes the same bytes. noble-hashes.js is no copy: its makers publish many
small modules, of which it holds one, so it is left as it lies there.
"""

import json
import re
import shutil
import sys
from pathlib import Path

import vendor_fonts  # type: ignore[import-not-found]  # lies beside this script, where Python looks first and mypy does not

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"

# package → {file in the package: name in static/vendor}. hls.js is the full build: the light one knows no separate
# audio group, and our playlists keep audio in a group of its own.
LIBRARIES = {
    "htmx.org": {"dist/htmx.esm.min.js": "htmx.js"},
    "hls.js": {"dist/hls.min.mjs": "hls.js", "dist/hls.worker.js": "hls.worker.js"},
    "socket.io-client": {"dist/socket.io.esm.min.js": "socket.io.js"},
    "sortablejs": {"modular/sortable.core.esm.js": "sortable.js"},
}
# fmt: off
ICONS = [
    "activity", "arrow-left", "arrow-right", "audio-lines", "badge-check", "ban", "bell", "calendar", "captions",
    "check", "chevron-down", "chevron-left", "chevron-right", "chevron-up", "circle-alert", "circle-check",
    "circle-pause", "circle-user-round", "circle-x", "clapperboard", "clock", "cloud-upload", "code", "compass",
    "copy", "copyright", "database", "disc-3", "download", "ellipsis", "external-link", "eye", "eye-off",
    "fast-forward", "file-audio", "file-video", "film", "flag", "funnel", "gauge", "gavel", "globe", "grip-vertical",
    "hash", "headphones", "heart", "history", "house", "image", "inbox", "info", "key-round", "keyboard", "laptop",
    "layout-dashboard", "library", "link", "list-checks", "list-music", "list-plus", "loader-circle", "lock", "log-in",
    "log-out", "mail", "map-pin", "maximize", "megaphone", "menu", "message-circle", "mic", "minimize", "minus",
    "monitor", "moon", "music", "newspaper", "palette", "pause", "pencil", "picture-in-picture-2", "play", "plus",
    "radio", "rectangle-horizontal", "refresh-cw", "repeat", "repeat-1", "repeat-2", "rewind", "rotate-ccw",
    "rotate-cw", "scale", "scroll-text", "search", "send", "server", "settings", "share-2", "shield", "shuffle",
    "skip-back", "skip-forward", "sliders-horizontal", "smartphone", "sparkles", "square-play", "star", "sun", "tag",
    "theater", "timer", "trash-2", "triangle-alert", "undo-2", "upload", "user-round", "user-round-cog", "users",
    "volume-1", "volume-2", "volume-x", "x",
]
# fmt: on
FILLED = {"play", "pause", "skip-back", "skip-forward", "fast-forward", "rewind"}  # a control reads better solid


def version(node_modules: Path, package: str) -> str:
    """The version of ``package`` that is installed."""
    found: str = json.loads((node_modules / package / "package.json").read_text())["version"]
    return found


def copy_libraries(node_modules: Path) -> None:
    """Copy each library's module without its reference to a source map that we do not ship, and its licence."""
    for package, files in LIBRARIES.items():
        for source, name in files.items():
            text = (node_modules / package / source).read_text()
            (VENDOR / name).write_text(re.sub(r"\n?//# sourceMappingURL=\S+\s*$", "\n", text))
        shutil.copyfile(node_modules / package / "LICENSE", VENDOR / "licences" / f"{package}.txt")


def make_sprite(node_modules: Path) -> None:
    """Put the used icons into one file of ``<symbol>`` elements; strokes follow the text colour."""
    symbols = []
    for name in ICONS:
        svg = (node_modules / "lucide-static" / "icons" / f"{name}.svg").read_text()
        inside = " ".join(svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")].split())
        fill = ' fill="currentColor"' if name in FILLED else ""
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24"{fill}>{inside.replace(" />", "/>").replace("> <", "><")}</symbol>'
        )
    outline, width, height = vendor_fonts.wordmark(node_modules, VENDOR)
    symbols.append(
        f'<symbol id="wordmark" viewBox="0 0 {width} {height}" fill="currentColor" stroke="none">'
        f'<path d="{outline}"/></symbol>'
    )
    (VENDOR / "icons.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" fill="none" stroke="currentColor" stroke-width="1.75" '
        'stroke-linecap="round" stroke-linejoin="round">\n' + "\n".join(symbols) + "\n</svg>\n",
    )
    shutil.copyfile(node_modules / "lucide-static" / "LICENSE", VENDOR / "licences" / "lucide-static.txt")


def write_index(node_modules: Path) -> None:
    """Say in static/vendor/README.md what lies there, in which version, under which licence."""
    rows = [(", ".join(files.values()), package) for package, files in LIBRARIES.items()]
    rows += [("icons.svg", "lucide-static")]
    rows += [(f"fonts/{face.key}-*.woff2", face.package) for face in vendor_fonts.FACES]
    lines = [
        "# Copied by scripts/vendor.py; never edited by hand",
        "",
        "| file | package | version | licence |",
        "| --- | --- | --- | --- |",
    ]
    for files, package in rows:
        licence = json.loads((node_modules / package / "package.json").read_text())["license"]
        lines.append(f"| {files} | {package} | {version(node_modules, package)} | {licence} |")
    (VENDOR / "README.md").write_text("\n".join(lines) + "\n")


def main() -> int:
    """Copy everything; the argument is the node_modules folder, ./node_modules when it is left out."""
    node_modules = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "node_modules").resolve()
    if not (node_modules / "htmx.org").is_dir():
        sys.stderr.write(f"{node_modules} holds no packages: run npm ci first.\n")
        return 1
    for folder in (VENDOR / "licences", VENDOR / "fonts"):
        folder.mkdir(parents=True, exist_ok=True)
    copy_libraries(node_modules)
    make_sprite(node_modules)
    stylesheet, addresses = vendor_fonts.cut_all(node_modules, VENDOR / "fonts")
    (ROOT / "static" / "css" / "fonts.css").write_text(stylesheet)
    (ROOT / "templates" / "layouts" / "_fonts.html").write_text(vendor_fonts.preload_macro(addresses))
    write_index(node_modules)
    return 0


if __name__ == "__main__":
    sys.exit(main())
