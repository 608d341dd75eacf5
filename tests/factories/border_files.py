"""Films of numbered frames (see `media_files.counted`), each stored in a way that makes cutting them hard."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from tests.factories.media_files import counted
from tests.factories.odd_files import QUICK, lavfi, made

H265 = ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


def _film(name: str, seconds: float, rate: str, *codec: str, size: str = "320x180") -> Path:
    return made(name, *lavfi(counted(seconds, rate, size)), *codec)


@cache
def _open_gop_264(seconds: float) -> Path:
    params = "open-gop=1:keyint=48:min-keyint=48:bframes=3:b-pyramid=normal:scenecut=0"
    return _film("open.mp4", seconds, "25", *QUICK, "-x264-params", params)


@cache
def _open_gop_265(seconds: float) -> Path:
    params = "log-level=none:open-gop=1:keyint=60:min-keyint=60:bframes=4:b-pyramid=1:scenecut=0"
    return _film("open.mkv", seconds, "24", *H265, "-x265-params", params)


@cache
def _many_b_frames(seconds: float) -> Path:
    return _film("b-frames.mp4", seconds, "30", *QUICK, "-bf", "8", "-g", "77", "-x264-params", "b-adapt=0")


@cache
def _varying(seconds: float) -> Path:
    drop = ("-vf", "select='not(eq(mod(n,3),1))*not(between(mod(n,300),100,130))'")
    keep = ("-g", "90", "-fps_mode", "passthrough", "-enc_time_base", "1:90000")
    return _film("varying.mp4", seconds, "30", *drop, *QUICK, *keep)


@cache
def _cinema(seconds: float) -> Path:
    return _film("cinema.mkv", seconds, "24000/1001", *QUICK, "-g", "48", "-bf", "2")


@cache
def _drop_frame(seconds: float) -> Path:
    code = ("-timecode", "01:00:00;02")
    return _film("drop.mov", seconds, "30000/1001", *QUICK, "-g", "75", "-bf", "2", *code)


@cache
def _fast(seconds: float) -> Path:
    return _film("fast.mp4", seconds, "60", *QUICK, "-g", "100", "-bf", "2", size="640x480")


@cache
def _broadcast(seconds: float) -> Path:
    late = ("-muxdelay", "0", "-output_ts_offset", "4321.098")
    return _film("broadcast.ts", seconds, "25", "-c:v", "mpeg2video", "-q:v", "3", "-g", "12", "-bf", "2", *late)


@cache
def _vp9(seconds: float) -> Path:
    codec = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "400k", "-g", "110")
    return _film("vp9.webm", seconds, "25", *codec, "-auto-alt-ref", "1", "-lag-in-frames", "8")


@cache
def _prores(seconds: float) -> Path:
    return _film("prores.mov", seconds, "25", "-c:v", "prores_ks", "-profile:v", "proxy", "-vendor", "apl0")


@cache
def _long_gop(seconds: float) -> Path:
    return _film("long.mp4", seconds, "25", *QUICK, "-g", "250", "-keyint_min", "250", "-sc_threshold", "0", "-bf", "2")


@cache
def _long_gop_ts(seconds: float) -> Path:
    rare = ("-g", "250", "-keyint_min", "250", "-sc_threshold", "0", "-bf", "2")
    return _film("long.ts", seconds, "25", *QUICK, *rare)


BORDER_FILES: dict[str, Callable[[float], Path]] = {
    "H.264 with open GOPs": _open_gop_264,
    "H.265 with open GOPs": _open_gop_265,
    "eight B-frames in a row": _many_b_frames,
    "varying rate": _varying,
    "23.976 a second in milliseconds": _cinema,
    "29.97 with drop-frame time code": _drop_frame,
    "60 a second": _fast,
    "MPEG-2 in MPEG-TS, from 72 minutes on": _broadcast,
    "VP9 with hidden frames": _vp9,
    "ProRes": _prores,
    "key frames ten seconds apart": _long_gop,
    "key frames ten seconds apart, MPEG-TS": _long_gop_ts,
}
"""Each takes its length in seconds."""
