"""Hostile files: what strangers upload to read our disk, reach our network, or use up the machine.

``payloads(canaries)`` makes them all, by group. Each says how it may end: ``refused`` when it is confirmed, ``failed``
when it is looked at, or ``ready`` where it is honest media besides. Nothing else is asked here; that no canary sings is
for whoever works them off.
"""

from dataclasses import dataclass

from tests.factories import media_files
from tests.harness.canary import Canaries

STOPPED = frozenset({"refused", "failed"})
HONEST = frozenset({"ready"})
EITHER = STOPPED | HONEST


@dataclass(frozen=True, kw_only=True)
class Payload:
    """A hostile file: its bytes, the name it comes under, and how it may end.

    ``heavy`` ones take seconds to be worked on, and are for the long runs.
    """

    what: str
    filename: str
    data: bytes
    ends: frozenset[str] = STOPPED
    heavy: bool = False


def payloads(canaries: Canaries) -> dict[str, list[Payload]]:
    """Every payload, by group."""
    from tests.harness import payload_boxes, payload_shapes, payload_tags  # noqa: PLC0415 - they import this module

    return {
        "playlists": playlists(canaries),
        "documents": documents(canaries),
        "boxes": payload_boxes.boxes(canaries),
        "tags": payload_tags.tagged(canaries),
        "shapes": payload_shapes.shapes(),
        "carried": payload_shapes.carried(canaries),
        "names": names(),
    }


def playlists(canaries: Canaries) -> list[Payload]:
    """What tells a player to fetch something else, each under an innocent name."""
    file, url, port = canaries.file, canaries.url, canaries.port
    hls = "#EXTM3U\n#EXT-X-VERSION:4\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:0\n"

    def segment(uri: str) -> str:
        return f"{hls}#EXTINF:1.0,\n{uri}\n#EXT-X-ENDLIST\n"

    dash = (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration='
        '"PT1S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>{}</BaseURL>'
        '<SegmentList><SegmentURL media="canary.ts"/></SegmentList></Representation></AdaptationSet></Period></MPD>'
    )
    sdp = f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {port} RTP/AVP 96\n"
    xspf = f"<?xml version='1.0'?><playlist><trackList><track><location>{url}</location></track></trackList></playlist>"
    link = f'<?xml version="1.0"?><?quicktime type="application/x-quicktime-media-link"?><embed src="{url}"/>'
    key = f'#EXT-X-KEY:METHOD=AES-128,URI="{url}/key"\n#EXT-X-MAP:URI="file://{file}"\n'
    texts = {
        "HLS of a file": ("film.mp4", segment(f"file://{file}")),
        "HLS of a relative file": ("film.ts", segment("canary.ts")),
        "HLS of an address": ("film.mkv", segment(url)),
        "HLS with a key and a map from elsewhere": ("film.mov", hls + key + f"#EXTINF:1,\n{url}\n#EXT-X-ENDLIST\n"),
        "HLS master": ("song.mp3", f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{url}.m3u8\n"),
        "HLS behind a byte order mark": ("song.wav", "\ufeff" + segment(url)),
        "HLS behind empty lines": ("song.wav", "\n\n  \n" + segment(url)),
        "HLS by subfile": ("film.mp4", segment(f"subfile,,start,0,end,64,,:{file}")),
        "HLS by data": ("film.mp4", segment(f"data:application/vnd.apple.mpegurl,{segment(url)!r}")),
        "HLS by crypto": ("film.mp4", segment(f"crypto+file://{file}")),
        "HLS by concat": ("film.mp4", segment(f"concat:file:{file}|{url}")),
        "HLS by cache, async and tcp": ("film.mp4", segment(f"cache:async:tcp://127.0.0.1:{port}")),
        "HLS by udp and rtp": ("film.mp4", segment(f"udp://127.0.0.1:{port}") + segment(f"rtp://127.0.0.1:{port}")),
        "DASH of a file": ("film.mp4", dash.format(f"file://{file}")),
        "DASH of an address": ("film.webm", dash.format(f"{url}/")),
        "ffconcat of a file": ("film.mkv", f"ffconcat version 1.0\nfile 'file:{file}'\nduration 1\n"),
        "ffconcat of an address": ("film.mkv", f"ffconcat version 1.0\nfile {url}\n"),
        "ffconcat of a neighbour": ("film.mp4", "ffconcat version 1.0\nfile canary.wav\n"),
        "a concat list without its head": ("film.mp4", f"file '{file}'\nfile '{url}'\n"),
        "SDP": ("film.mp4", sdp),
        "M3U without a head": ("song.mp3", f"{file}\n{url}\n"),
        "PLS": ("song.mp3", f"[playlist]\nNumberOfEntries=1\nFile1={url}\n"),
        "XSPF": ("song.mp3", xspf),
        "ASX": ("film.mp4", f'<asx version="3.0"><entry><ref href="{url}"/></entry></asx>'),
        "SMIL": ("film.mp4", f'<smil><body><video src="{url}"/></body></smil>'),
        "RAM": ("song.mp3", f"rtsp://127.0.0.1:{port}/canary\nfile://{file}\n"),
        "RTSP text": ("film.mov", f"rtsptext\r\nrtsp://127.0.0.1:{port}/\r\n"),
        "AviSynth": ("film.avi", f'AviSource("{file}")\n'),
        "a QuickTime link": ("film.mov", link),
        "an address as a name": (f"{url}.mp4", url),
    }  # fmt: skip
    made = [Payload(what=what, filename=name, data=text.encode()) for what, (name, text) in texts.items()]
    tag = b"ID3\x04\x00\x00" + bytes((0, 0, 0, 10)) + b"\0" * 10
    made.append(Payload(what="HLS behind a music tag", filename="song.mp3", data=tag + segment(url).encode()))
    wide = segment(url).encode("utf-16")
    made.append(Payload(what="HLS in UTF-16", filename="song.mp3", data=wide))
    return made


def documents(canaries: Canaries) -> list[Payload]:
    """What is no recording, or not only one."""
    sound, film = media_files.blip("mp3").read_bytes(), media_files.video_in("mov").read_bytes()
    page = f"<!doctype html><html><script src='{canaries.url}'></script><img src=x onerror=alert(1)>".encode()
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><image href="file://{canaries.file}"/><use href="{canaries.url}"/>'
    picture = media_files.picture().read_bytes()
    pdf = b"%PDF-1.4\n1 0 obj<</OpenAction<</S/URI/URI(" + canaries.url.encode() + b")>>>>endobj\n"
    free = len(pdf + page) + 8
    ftyp = b"\0\0\0\x14ftypqt  \0\0\2\0qt  " if film[4:8] != b"ftyp" else film[: int.from_bytes(film[:4])]
    return [
        Payload(what="nothing but zeros", filename="song.wav", data=b"\0" * 5000),
        Payload(what="HTML", filename="song.mp3", data=page),
        Payload(what="SVG", filename="film.mp4", data=svg.encode()),
        Payload(what="SVG behind XML", filename="film.mp4", data=b"<?xml version='1.0'?>\n" + svg.encode()),
        Payload(what="ZIP", filename="film.mp4", data=b"PK\x03\x04" + b"\0" * 400),
        Payload(what="a program", filename="song.flac", data=b"\x7fELF" + b"\2" * 400),
        Payload(what="PDF", filename="song.mp3", data=pdf),
        Payload(what="PNG, one of a numbered series", filename="frame%03d.png", data=picture),
        Payload(what="PNG, one of all", filename="*.png", data=picture),
        Payload(what="PDF, then MP4", filename="film.mp4", data=pdf + film),
        Payload(what="HTML, then MP3", filename="song.mp3", data=page + sound, ends=EITHER),
        Payload(
            what="MP4 with PDF and HTML inside",
            filename="film.mov",
            data=ftyp + free.to_bytes(4) + b"free" + pdf + page + film[len(ftyp) if film[4:8] == b"ftyp" else 0 :],
            ends=EITHER,
        ),
        Payload(what="MP3, then ZIP", filename="song.mp3", data=sound + b"PK\x05\x06" + b"\0" * 18, ends=HONEST),
        Payload(what="MP3, then HTML", filename="song.mp3", data=sound + page, ends=HONEST),
    ]


def names() -> list[Payload]:
    """An honest sound under names that are not."""
    sound = media_files.blip("wav").read_bytes()
    given = [
        *(
            "../../../../etc/cron.d/evil.wav",
            "..\\..\\windows\\evil.wav",
            "/etc/passwd",
            "C:\\evil.wav",
            "..",
            ".",
            "~root",
        ),
        *("a\0b.wav", "a\r\nSet-Cookie: x=y\r\n\r\n<script>.wav", "\u202egpj.exe.wav", "\u2066a\u2069\u200f\u061c.wav"),
        *(
            "<img src=x onerror=alert(1)>.wav",
            '"; rm -rf /; ".wav',
            "-i http://127.0.0.1/.wav",
            "file:etc.wav",
            "con.wav",
        ),
        *(
            "%2e%2e%2f.wav",
            "x" * 5000 + ".wav",
            "\ufeff\u200b\u2028\u2029.wav",
            "{{7*7}}${7*7}#{7*7}.wav",
            "\ud800.wav",
        ),
        *("\U0001f3b5e\u0301.wav", " "),
    ]
    return [Payload(what=f"the name {name[:40]!r}", filename=name, data=sound, ends=HONEST) for name in given]
