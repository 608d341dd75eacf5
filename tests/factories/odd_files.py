"""Odd but honest recordings: what telephones, cameras, editors and old tapes really hand in.

All films show the same: a dark picture with a red corner at the top left of what people see, that turns white for a
tenth of a second at second 1, while a beep of a kilohertz sounds. What a player shows of them can so be measured: which
way up, when the flash, when the beep. Paths are kept and read-only, as those of `media_files`.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tests.factories import media_files
from tests.factories.media_files import ffmpeg

MARK_S = 1.0
MARK_LASTS_S = 0.1
QUICK = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
AAC = ("-c:a", "aac", "-b:a", "128k")
WEBM = ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus")
AVI = ("-c:v", "mpeg4", "-c:a", "libmp3lame")


def picture(size: str = "192x108", rate: str = "25", seconds: float = 3, *, every_s: float = 0) -> str:
    """A picture source (lavfi) with the corner and the flash; ``every_s``: a flash at each of its multiples."""
    when = f"lt(mod(t+0.0005,{every_s}),{MARK_LASTS_S})*gt(t,0.5)" if every_s else _when()
    return (
        f"color=c=0x303030:s={size}:r={rate}:d={seconds},drawbox=w=iw/4:h=ih/4:c=red:t=fill,"
        f"drawbox=c=white:t=fill:enable='{when}'"
    )


def beep(seconds: float = 3, rate_hz: int = 48_000, *, every_s: float = 0) -> str:
    """A sound source (lavfi) of one channel, silent but for the beep."""
    when = f"lt(mod(t,{every_s}),{MARK_LASTS_S})*gt(t,0.5)" if every_s else _when()
    return f"aevalsrc='{when}*0.7*sin(2*PI*1000*t)':s={rate_hz}:d={seconds}"


def _when() -> str:
    return f"gte(t,{MARK_S - 0.0005})*lt(t,{MARK_S + MARK_LASTS_S - 0.0005})"


def made(name: str, *arguments: str | Path) -> Path:
    """What ffmpeg makes of these arguments, kept under a name that changes with them."""
    digest = hashlib.sha256("\0".join(map(str, arguments)).encode()).hexdigest()[:8]
    return media_files._make(f"odd-{digest}-{name}", lambda draft: ffmpeg(*arguments, draft))


def lavfi(*sources: str) -> list[str]:
    """Inputs of generated picture and sound."""
    return [part for source in sources for part in ("-f", "lavfi", "-i", source)]


@cache
def film(name: str = "film.mp4", size: str = "192x108", rate: str = "25", *codecs: str) -> Path:
    """3 s with the flash and the beep, in H.264 and AAC unless ``codecs`` says otherwise."""
    return made(name, *lavfi(picture(size, rate), beep()), *(codecs or (*QUICK, *AAC)))


@cache
def turned(degrees: int) -> Path:
    """From a telephone held in some way: the picture is stored lying, with a note by how much to turn it."""
    stored = {90: "transpose=cclock", 180: "hflip,vflip", 270: "transpose=clock"}[degrees]
    size = "192x108" if degrees == 180 else "108x192"
    lying = made(f"lying-{degrees}.mp4", *lavfi(picture(size), beep()), "-vf", stored, *QUICK, *AAC)
    return made(f"turned-{degrees}.mp4", "-display_rotation", str(-degrees), "-i", lying, "-c", "copy")


@cache
def varying() -> Path:
    """From a telephone: 30 frames a second, of which light, heat and calls have taken some, in uneven steps."""
    drop = "select='not(eq(mod(n,5),2))*not(between(n,50,57))',setpts='PTS+if(eq(mod(N,3),1),0.004,0)/TB'"
    keep = ("-fps_mode", "passthrough", "-enc_time_base", "1:90000", "-video_track_timescale", "90000")
    return made("varying.mov", *lavfi(picture(rate="30"), beep()), "-vf", drop, *QUICK, *AAC, *keep)


@cache
def hdr(transfer: str) -> Path:
    """Ten bits in BT.2020, ``pq`` or ``hlg``, of the flash film's shape; the flash is HDR reference white (BT.2408)."""
    curve = {"pq": "smpte2084", "hlg": "arib-std-b67"}[transfer]
    convert = (
        f"format=gbrpf32le,setparams=color_primaries=bt709:color_trc=bt709:colorspace=gbr:range=pc,"
        f"zscale=tin=bt709:pin=bt709:t=linear:npl=203,zscale=p=bt2020:t={curve}:m=bt2020nc:r=tv:npl=203,format=yuv420p10le"
    )
    code = ("-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1")
    params = f"log-level=none:colorprim=bt2020:transfer={curve}:colormatrix=bt2020nc"
    colours = ("-color_primaries", "bt2020", "-color_trc", curve, "-colorspace", "bt2020nc", "-color_range", "tv")
    return made(
        f"hdr-{transfer}.mov", *lavfi(picture(), beep()), "-vf", convert, *code, "-x265-params", params, *colours, *AAC
    )


@cache
def patches(transfer: str) -> Path:
    """1 s of five upright bars of HDR, left to right: black, grey, reference white, a highlight, BT.2020 red.

    Levels are ten-bit codes of BT.2408, table 1: for PQ 38 % and 58 % of the signal range, for HLG 38 % and 75 %.
    """
    grey, white = {"pq": (0.38, 0.58), "hlg": (0.38, 0.75)}[transfer]
    levels = [64 + round(876 * one) for one in (0, grey, white, {"pq": 0.75, "hlg": 1.0}[transfer])]
    curve = {"pq": "smpte2084", "hlg": "arib-std-b67"}[transfer]
    level, bar = round(white * 876), "floor(X*5/W)"
    red = [64 + round(0.2627 * level), 512 - round(0.2627 / 1.8814 * white * 896), 512 + round(0.5 * white * 896)]
    luma = "+".join(f"eq({bar},{number})*{value}" for number, value in enumerate([*levels, red[0]]))
    chroma = [f"512+eq({bar},4)*{value - 512}" for value in red[1:]]
    graph = f"color=s=320x180:r=25:d=1,format=yuv420p10le,geq=lum='{luma}':cb='{chroma[0]}':cr='{chroma[1]}'"
    code = ("-c:v", "libx265", "-preset", "ultrafast", "-crf", "4")
    params = f"log-level=none:colorprim=bt2020:transfer={curve}:colormatrix=bt2020nc:range=limited"
    tags = ("-color_primaries", "bt2020", "-color_trc", curve, "-colorspace", "bt2020nc", "-color_range", "tv")
    return made(f"patches-{transfer}.mp4", *lavfi(graph), *code, "-x265-params", params, *tags)


@cache
def fields() -> Path:
    """From a tape: 25 frames of two fields, a bar moving from side to side so that unmended fields would comb."""
    ground = "color=c=0x303030:s=192x144:r=50:d=3,drawbox=w=iw/4:h=ih/4:c=red:t=fill[ground]"
    bar = "color=c=white:s=24x60:r=50:d=3[bar]"
    source = f"{ground};{bar};[ground][bar]overlay=x='48+mod(240*t,100)':y=60"
    flash = f"drawbox=c=white:t=fill:enable='{_when()}'"
    woven = ("-vf", f"{flash},tinterlace=interleave_top,fieldorder=tff", "-flags", "+ilme+ildct")
    return made("fields.ts", *lavfi(source, beep()), *woven, "-c:v", "mpeg2video", "-q:v", "3", "-c:a", "mp2")


@cache
def anamorphic() -> Path:
    """PAL in widescreen: stored 180×144, shown 256×144."""
    return made("wide.mp4", *lavfi(picture("180x144"), beep()), "-vf", "setsar=64/45", *QUICK, *AAC)


@cache
def surround() -> Path:
    """5.1 channels in AC-3, the beep in the centre alone, and a low tone all the while at the left behind."""
    tone = "0.3*sin(2*PI*400*t)"
    channels = f"aevalsrc='0|0|{_when()}*0.7*sin(2*PI*1000*t)|0|{tone}|0':c=5.1:s=48000:d=3"
    return made("surround.mkv", *lavfi(picture(), channels), *QUICK, "-c:a", "ac3", "-b:a", "448k")


@cache
def sound(name: str, rate_hz: int, seconds: float = 3, *codec: str) -> Path:
    """A sound alone, of one channel unless ``codec`` says otherwise."""
    return made(name, *lavfi(beep(seconds, rate_hz)), *codec)


@cache
def album(extension: str) -> Path:
    """A sound with an album's picture, as ``flac``, ``mp3`` or ``m4a``."""
    cover = ("-i", media_files.picture(), "-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic")
    codec = {"flac": ("-c:a", "flac"), "mp3": ("-c:a", "libmp3lame", "-b:a", "192k"), "m4a": AAC}[extension]
    return made(f"album.{extension}", *lavfi(beep()), *cover, *codec)


@cache
def short_film() -> Path:
    """0.2 s of picture and sound."""
    return made("short.mp4", *lavfi(picture(seconds=0.2), "sine=f=440:d=0.2"), *QUICK, *AAC)


@cache
def late(picture_s: float, sound_s: float, extension: str = "mkv") -> Path:
    """Picture and sound of the flash film, each beginning so much later; the flash and the beep stay together."""
    inputs: Sequence[str | Path] = (
        *("-f", "lavfi", "-itsoffset", str(picture_s), "-i", _behind(picture(), picture_s, "")),
        *("-f", "lavfi", "-itsoffset", str(sound_s), "-i", _behind(beep(), sound_s, "a")),
    )
    return made(f"late.{extension}", *inputs, *QUICK, *AAC)


def _behind(source: str, seconds: float, kind: str) -> str:
    """The source without its first seconds."""
    return f"{source},{kind}trim=start={seconds},{kind}setpts=PTS-STARTPTS"


@cache
def trimmed() -> Path:
    """Cut in an editor that copies: stored from the key frame before, with an edit list that hides what it cut."""
    whole = made(
        "long.mp4",
        *lavfi(_delayed(picture(seconds=4), 0.7, ""), _delayed(beep(4), 0.7, "a")),
        *(*QUICK, "-g", "250", "-bf", "2", *AAC),
    )
    return made("trimmed.mp4", "-ss", "0.72", "-i", whole, "-c", "copy")


def _delayed(source: str, seconds: float, kind: str) -> str:
    """The source, shifted: what was at 1 is at ``1 + seconds``, and before its beginning there is black or silence."""
    if kind:
        return f"{source},adelay={round(seconds * 1000)}"
    return f"{source},tpad=start_duration={seconds}"
