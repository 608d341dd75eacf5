"""From HDR to what every screen shows."""


def to_sdr(transfer: str) -> str:
    """The filters that tone-map to BT.709; ``transfer`` is ``pq`` or ``hlg``.

    The input's colours are said, not guessed. The chain is the one of ffmpeg's wiki and of zscale's documentation, with
    Hable's curve.
    """
    curve = {"pq": "smpte2084", "hlg": "arib-std-b67"}[transfer]
    return (
        f"zscale=tin={curve}:min=bt2020nc:pin=bt2020:rin=tv:t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,"
        "tonemap=tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv,format=yuv420p"
    )
