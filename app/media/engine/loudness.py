"""EBU R128 loudness, and the gain that makes recordings equally loud."""

from dataclasses import dataclass

TARGET_LUFS = -14.0
PEAK_CEILING_DBTP = -1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Loudness:
    """Integrated loudness in LUFS, loudness range in LU, true peak in dBTP."""

    integrated_lufs: float
    range_lu: float
    true_peak_dbtp: float


def gain_db(loudness: Loudness, *, target_lufs: float = TARGET_LUFS) -> float:
    """The gain in dB that brings a recording to the target without its true peak passing -1 dBTP."""
    return round(min(target_lufs - loudness.integrated_lufs, PEAK_CEILING_DBTP - loudness.true_peak_dbtp), 2)
