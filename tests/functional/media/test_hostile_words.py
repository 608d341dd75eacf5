"""Words that come with a file are shown as text wherever they appear, and are inert in headers and playlists."""

import json
import re
import unicodedata
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import select

from app.media.models import Caption, Chapter
from tests.factories import media_files
from tests.functional.media.studio import Studio
from tests.harness.browser import browser_of

MARKUP = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;"
TURNED = "\u202eevil\u2066\u200f\u061c"
BREAKS = "\r\nSet-Cookie: a=b\r\n#EXT-X-EVIL\u2028"
TITLE = f"Song {MARKUP}{TURNED}{BREAKS} {{{{7*7}}}}"
FILENAME = f"../evil{TURNED} {MARKUP}\r\nX-Evil: 1.mkv"
CUE = (
    f"<script>alert(1)</script> <b onclick=alert(1)>bold</b> <v Evil onmouseover=x>who</v> {TURNED} "
    "00:00:00.100 --> x & <img src=x onerror=alert(1)> {\\an8}"
)


@cache
def film() -> Path:
    """A second of MKV whose every word is hostile."""

    def build(draft: Path) -> None:
        captions, words = draft.with_name("captions.srt"), draft.with_name("words.txt")
        captions.write_text(f"1\n00:00:00,100 --> 00:00:00,900\n{CUE}\n")
        escaped = "".join("\\" + sign if sign in "=;#\\\n" else sign for sign in TITLE.replace("\r", ""))
        chapter = "[CHAPTER]\nTIMEBASE=1/1000\nSTART={}\nEND={}\ntitle={}\n"
        chapters = [chapter.format(0, 500, escaped), chapter.format(500, 1000, f"Second {escaped}")]
        tags = f"title={escaped}\nartist={escaped}\ngenre={escaped}\ncomment={escaped}\n"
        words.write_text(f";FFMETADATA1\n{tags}{''.join(chapters)}", newline="\n")
        maps = ("-map", "0", "-map", "1", "-map_metadata", "2", "-map_chapters", "2")
        named = ("-metadata:s:s:0", f"title={TITLE}", "-metadata:s:s:0", 'language=en",URI="x')
        source = media_files.video_in("webm")
        media_files.ffmpeg("-i", source, "-i", captions, "-i", words, *maps, "-c", "copy", "-c:s", "srt", *named, draft)

    return media_files._make("words-1.mkv", build)


class Elements(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.bad: list[str] = []
        self.words: list[str] = []
        self._in_script = self._in_data = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what runs, or loads from where we did not say."""
        values = dict(attrs)
        self._in_data = tag == "script" and values.get("type") == "application/ld+json"
        self._in_script = tag == "script" and not self._in_data
        self.bad += [f"{tag} {name}" for name in values if name.startswith(("on", "hx-on"))]
        if values.get("src") == "x" or (values.get("href") or "").lower().startswith("javascript"):
            self.bad.append(f"{tag} {values}")

    def handle_data(self, data: str) -> None:
        """Note the words, and scripts that were written by a stranger."""
        if self._in_script and "alert(1)" in data:
            self.bad.append(data)
        if self._in_data and data.strip():
            json.loads(data)
            self.bad += ["data that could end its element"] if "<" in data else []
            return
        self.words.append(data)


def is_inert(text: str) -> bool:
    """No control sign, none that cannot be seen, none that turns the direction, no second line."""
    return not [sign for sign in text if unicodedata.category(sign) in {"Cc", "Cf", "Zl", "Zp"}]


@pytest.fixture
def public_id(studio: Studio) -> str:
    """The film, made and published."""
    answer = studio.uploader.upload(film().read_bytes(), FILENAME)
    assert answer.status_code == 200, answer.text
    public_id = str(answer.json["medium"]["public_id"])
    studio.settle()
    browser = studio.uploader.browser
    assert browser.submit(f"/studio/media/{public_id}/publish").status_code == 303
    medium = studio.medium(public_id)
    medium.downloads_allowed = True
    studio.session.commit()
    studio.settle()
    return public_id


def test_words_of_a_file_are_text_for_people_and_inert_for_machines(studio: Studio, public_id: str) -> None:
    are_text_for_people(studio, public_id)
    are_inert_for_machines(studio, public_id)


def are_text_for_people(studio: Studio, public_id: str) -> None:
    """On every page that shows them, as they are kept."""
    medium, version = studio.medium(public_id), studio.version(public_id)
    slug, stranger, owner = medium.slug, browser_of(studio.app), studio.uploader.browser
    assert "<script>alert(1)</script>" in medium.title
    assert re.fullmatch(r"[a-z0-9-]+", slug)
    kept = [medium.title, medium.genre, version.original_name, *(word for credit in medium.credits for word in credit)]
    kept += [one.title for one in studio.session.scalars(select(Chapter).where(Chapter.medium_id == medium.id))]
    captions = studio.session.scalars(select(Caption).where(Caption.medium_id == medium.id)).all()
    kept += [one.label for one in captions] + [one.language for one in captions]
    assert len(kept) >= 9
    for words in kept:
        assert is_inert(words), ascii(words)

    title = medium.title
    pages = {
        "/": stranger, f"/{medium.realm_slug}": stranger, "/@ana": stranger, "/@ana/videos": stranger,
        f"/@ana/{slug}": stranger, f"/embed/media/{public_id}": stranger, f"/search?q={quote(title)}": stranger,
        "/search?q=Song": stranger, "/studio/media": owner, f"/studio/media/{public_id}": owner,
        f"/studio/media/{public_id}/progress": owner, "/upload": owner,
    }  # fmt: skip
    seen = 0
    for path, browser in pages.items():
        answer = browser.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        found = Elements(answer.text)
        assert not found.bad, (path, found.bad)
        assert "Set-Cookie: a=b" not in str(answer.headers)
        seen += "<script>alert(1)</script>" in "".join(found.words)
    assert seen >= 8, "the words themselves are to be read there"


def are_inert_for_machines(studio: Studio, public_id: str) -> None:
    """In JSON, playlists, captions and headers."""
    medium, browser = studio.medium(public_id), browser_of(studio.app)
    said = browser.get(f"/media/{public_id}/playback")
    assert said.mimetype == "application/json"
    assert json.loads(said.text)["title"] == medium.title

    master = browser.get(json.loads(said.text)["hls"])
    lines = master.text.splitlines()
    assert not [line for line in lines if line and not line.startswith("#") and ("evil" in line or "<" in line)]
    assert not [line for line in lines if line.startswith(("#EXT-X-EVIL", "Set-Cookie"))]
    (subtitles,) = [line for line in lines if "TYPE=SUBTITLES" in line]
    assert len(re.findall(r'URI="', subtitles)) == 1, subtitles
    assert re.fullmatch(r'#EXT-X-MEDIA:(?:[A-Z0-9-]+=(?:"[^"]*"|[A-Z0-9-]+),?)+', subtitles), subtitles

    (track,) = json.loads(said.text)["captions"]
    assert is_inert(track["label"])
    answer = browser.get(track["url"])
    assert answer.mimetype == "text/vtt"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    cue = answer.text.split("-->", 1)[1].split("\n", 1)[1]
    assert "-->" not in cue
    assert set(re.findall(r"<[^>]*>", cue)) <= {"<b>", "</b>", "<v Evil onmouseover=x>", "</v>"}, cue
    assert "alert(1)" in cue

    answer = browser.get(f"/media/{public_id}/download")
    assert answer.status_code == 200
    disposition = answer.headers["Content-Disposition"]
    assert disposition.isascii()
    assert disposition.startswith("attachment; ")
    assert re.fullmatch(
        r"attachment; filename=\"[A-Za-z0-9 ._()-]+\"; filename\*=UTF-8''[A-Za-z0-9!#$&+.^_`|~%-]+", disposition
    )
    assert "X-Evil" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_words_of_a_file_name_are_a_title_like_any_other(studio: Studio) -> None:
    answer = studio.uploader.upload(media_files.blip("wav").read_bytes(), FILENAME.replace(".mkv", ".wav"))
    medium = studio.medium(answer.json["medium"]["public_id"])
    assert is_inert(medium.title)
    assert "alert(1)" in medium.title
    for path in ("/studio/media", f"/studio/media/{medium.public_id}", "/upload"):
        page = studio.uploader.browser.get(path)
        assert page.status_code == 200
        assert not Elements(page.text).bad
    listed = studio.uploader.browser.get("/uploads")
    assert listed.mimetype == "application/json"
