"""What playlists say is what the bytes are: read as a player reads them, measured, and compared."""

import io
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import pytest
from sqlalchemy import update

from app.media.making.runner import DIED
from app.media.models import MediumState, Task, TaskKind, VersionState
from app.media.services.tasks import MOST_DEATHS
from tests.factories.odd_files import AAC, QUICK, beep, lavfi, made, picture
from tests.functional.media.studio import Studio


def two_sizes() -> Path:
    """13 s of 640×360 with a flash and a beep every two seconds: two rungs, two chunks."""
    return made("sizes.mp4", *lavfi(picture("640x360", "50", 13, every_s=2), beep(13, every_s=2)), *QUICK, *AAC)


@dataclass
class Rung:
    """One playlist: what it says of itself in the master, and its segments as they were fetched."""

    says: dict[str, str]
    text: str
    init: bytes
    lengths_s: list[float]
    segments: list[bytes] = field(default_factory=list)

    @property
    def borders(self) -> list[float]:
        return [round(sum(self.lengths_s[:number]), 3) for number in range(len(self.lengths_s))]

    def rates(self) -> list[float]:
        """Bits a second of each segment."""
        return [len(one) * 8 / length for one, length in zip(self.segments, self.lengths_s, strict=True)]

    def average(self) -> float:
        return sum(map(len, self.segments)) * 8 / sum(self.lengths_s)


def attributes(line: str) -> dict[str, str]:
    """The attribute list of a tag."""
    return {key: value.strip('"') for key, value in re.findall(r'([A-Z-]+)=("[^"]*"|[^,]*)', line.partition(":")[2])}


def read(studio: Studio, url: str, says: dict[str, str]) -> Rung:
    """Fetch a rung as a player does: its playlist, then byte ranges."""
    text, base = studio.text(url), url.rsplit("/", 1)[0] + "/"

    def fetch(name: str, at: int, length: int) -> bytes:
        answer = studio.uploader.browser.get(base + name, headers={"Range": f"bytes={at}-{at + length - 1}"})
        assert answer.status_code == 206
        return bytes(answer.data)

    place = re.search(r'#EXT-X-MAP:URI="([^"]+)",BYTERANGE="(\d+)@(\d+)"', text)
    assert place
    found = re.findall(r"#EXTINF:([\d.]+),\n#EXT-X-BYTERANGE:(\d+)@(\d+)\n(\S+)", text)
    rung = Rung(says, text, fetch(place[1], int(place[3]), int(place[2])), [float(one[0]) for one in found])
    rung.segments = [fetch(name, int(at), int(length)) for _, length, at, name in found]
    return rung


def rungs_of(studio: Studio, master_url: str) -> tuple[list[Rung], dict[str, Rung]]:
    """The pictures and, by their groups, the sounds."""
    master, base = studio.text(master_url), master_url.removesuffix("master.m3u8")
    lines = master.splitlines()
    assert "#EXT-X-INDEPENDENT-SEGMENTS" in lines
    pictures = [
        read(studio, base + lines[number + 1], attributes(line))
        for number, line in enumerate(lines)
        if line.startswith("#EXT-X-STREAM-INF")
    ]
    media = [attributes(line) for line in lines if line.startswith("#EXT-X-MEDIA:TYPE=AUDIO")]
    return pictures, {one["GROUP-ID"]: read(studio, base + one["URI"], one) for one in media}


def opened(rung: Rung, segment: int) -> Any:
    return av.open(io.BytesIO(rung.init + rung.segments[segment]))


def test_playlists_say_what_the_bytes_are(studio: Studio) -> None:
    public_id = studio.make(two_sizes())
    pictures, sounds = rungs_of(studio, studio.playback(public_id)["hls"])
    the_master_is_right(pictures, sounds)
    key_frames_are_in_the_same_places(pictures)


def the_master_is_right(pictures: list[Rung], sounds: dict[str, Rung]) -> None:
    assert [one.says["RESOLUTION"] for one in pictures] == ["426x240", "640x360"]
    for rung in pictures:
        sound = sounds[rung.says["AUDIO"]]
        with opened(rung, 0) as container, opened(sound, 0) as heard:
            seen, tone = container.streams.video[0], heard.streams.audio[0]
            parameters = bytes(seen.codec_context.extradata)  # of avcC: version, profile, constraints, level
            config = bytes(tone.codec_context.extradata)
            assert rung.says["CODECS"] == f"avc1.{parameters[1:4].hex()},mp4a.40.{config[0] >> 3}"
            assert rung.says["RESOLUTION"] == f"{seen.width}x{seen.height}"
            frames = sum(1 for _ in container.decode(seen))
        assert float(rung.says["FRAME-RATE"]) == pytest.approx(frames / rung.lengths_s[0], abs=0.001)
        assert int(rung.says["BANDWIDTH"]) == pytest.approx(max(rung.rates()) + max(sound.rates()), rel=0.002)
        average = rung.average() + sound.average()
        assert int(rung.says["AVERAGE-BANDWIDTH"]) == pytest.approx(average, rel=0.002)
        assert all("#EXT-X-INDEPENDENT-SEGMENTS" in one.text for one in (rung, sound))


def key_frames_are_in_the_same_places(pictures: list[Rung]) -> None:
    assert pictures[0].borders == pictures[1].borders
    assert len(pictures[0].borders) == 7
    for number, border in enumerate(pictures[0].borders):
        begun = []
        for rung in pictures:
            with opened(rung, number) as container:
                first, *others = list(container.decode(video=0))
                assert first.key_frame
                assert not any(frame.key_frame for frame in others)
                begun.append(first.time)
        assert begun == [pytest.approx(border, abs=0.001)] * 2


def test_what_failed_on_its_way_ends_where_picture_and_sound_do(studio: Studio) -> None:
    public_id = studio.upload(two_sizes())
    while studio.version(public_id).playable_at is None:
        assert studio.step()
    url = studio.playback(public_id)["hls"]
    assert "#EXT-X-ENDLIST" not in read(studio, url.replace("master", "360p"), {}).text
    killed = update(Task).where(Task.kind == TaskKind.VIDEO, Task.position == 1).values(deaths=MOST_DEATHS)
    studio.session.execute(killed)
    studio.session.commit()
    studio.steps()

    medium, version = studio.medium(public_id), studio.version(public_id)
    assert (medium.state, version.state, version.failure_sentence) == (MediumState.FAILED, VersionState.FAILED, DIED)
    pictures, sounds = rungs_of(studio, studio.playback(public_id)["hls"])
    for rung in [*pictures, *sounds.values()]:
        assert rung.text.rstrip().endswith("#EXT-X-ENDLIST")
        assert "#EXT-X-PLAYLIST-TYPE:VOD" in rung.text
        assert sum(rung.lengths_s) == pytest.approx(6, abs=4)
    assert sum(pictures[0].lengths_s) == 6
    assert all(6 <= sum(one.lengths_s) < 10 for one in sounds.values())
