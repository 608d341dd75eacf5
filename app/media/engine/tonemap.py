"""From HDR to what every screen shows."""

REFERENCE_WHITE_NITS = 203
PEAK = 1000 / REFERENCE_WHITE_NITS


def to_sdr(transfer: str) -> str:
    """The filters that tone-map to BT.709; ``transfer`` is ``pq`` or ``hlg``.

    The input's colours are said, not guessed. One is reference white (203 cd/m², ITU-R BT.2408), so that faces and
    greys keep the level that they have in SDR; what is above half of it is bent (Möbius) up to a peak of 1000 cd/m².
    The peak is said too: what a file notes of its own may change from frame to frame, and so from chunk to chunk.
    """
    curve = {"pq": "smpte2084", "hlg": "arib-std-b67"}[transfer]
    return (
        f"zscale=tin={curve}:min=bt2020nc:pin=bt2020:rin=tv:t=linear:npl={REFERENCE_WHITE_NITS},format=gbrpf32le,"
        f"zscale=p=bt709,tonemap=mobius:param=0.5:desat=0:peak={PEAK:.3f},zscale=t=bt709:m=bt709:r=tv,format=yuv420p"
    )
