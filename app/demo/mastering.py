"""The last step of every piece: loudness as EBU R128 measures it, a limiter, and 16 bits."""

import numpy as np
from numpy.typing import NDArray

from app.demo.sound import RATE, Samples, count

_BLOCK = 4410
"""100 ms, the hop of the measurement."""


def _k_weighting(size: int) -> NDArray[np.float32]:
    """Power response of the K-weighting filters of ITU-R BS.1770-4, at the bins of an FFT of ``size``.

    The filters are given there for 48 kHz; here their analogue shapes are drawn: a shelf of +4 dB above 1.7 kHz and a
    high-pass at 38 Hz.
    """
    bins = np.fft.rfftfreq(size, 1 / RATE)
    shelf_gain, corner, quality = 10 ** (3.99984385397 / 20), 1681.9744509555319, 0.7071752369554193
    s = 1j * bins / corner
    shelf = (shelf_gain * s**2 + np.sqrt(shelf_gain) / quality * s + 1) / (s**2 + s / quality + 1)
    s = 1j * bins / 38.13547087613982
    rumble = s**2 / (s**2 + s / 0.5003270373253953 + 1)
    power: NDArray[np.float32] = (np.abs(shelf * rumble) ** 2).astype(np.float32)
    return power


def loudness_lufs(signal: Samples) -> float:
    """Integrated loudness of a stereo signal in LUFS, with the gates of BS.1770-4, to within some 0.2 LU."""
    blocks = signal.shape[1] // _BLOCK
    spectrum = np.fft.rfft(signal[:, : blocks * _BLOCK].reshape(2, blocks, _BLOCK), axis=2)
    power = (spectrum.real**2 + spectrum.imag**2) @ _k_weighting(_BLOCK) * (2 / _BLOCK**2)
    hops = power.sum(axis=0)
    windows = np.convolve(hops, np.full(4, 0.25), "valid")
    levels = -0.691 + 10 * np.log10(np.maximum(windows, 1e-12))
    loud = windows[levels > -70]
    if not len(loud):
        return -70.0
    gate = -0.691 + 10 * np.log10(loud.mean()) - 10
    return float(-0.691 + 10 * np.log10(windows[(levels > -70) & (levels > gate)].mean()))


def limit(signal: Samples, ceiling: float) -> Samples:
    """Hold every sample below ``ceiling``: the gain falls 6 ms early and recovers as gently."""
    step = 64
    size = signal.shape[1]
    peaks = np.abs(np.pad(signal, ((0, 0), (0, -size % step)))).max(axis=0).reshape(-1, step).max(axis=1)
    reach = 4
    padded = np.pad(peaks, reach, mode="edge")
    peaks = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(axis=1)
    gain = np.minimum(1, ceiling / np.maximum(peaks, 1e-9))
    smooth = np.pad(gain, reach, mode="edge")
    smooth = np.convolve(smooth, np.full(2 * reach + 1, 1 / (2 * reach + 1)), "valid")
    gain = np.minimum(gain, smooth)
    curve = np.interp(np.arange(size), np.arange(len(gain)) * step + step / 2, gain).astype(np.float32)
    limited: Samples = signal * curve
    return np.clip(limited, -ceiling, ceiling, out=limited)


def master(signal: Samples, *, target_lufs: float, fade_in: float = 0.01, fade_out: float = 0.5) -> Samples:
    """Bring a finished mix to a loudness without clipping, and fade its ends.

    The ceiling of -2.5 dBFS leaves room for what lossy codecs add.
    """
    signal = signal - signal.mean(axis=1, keepdims=True)
    head, tail = count(fade_in), count(fade_out)
    signal[:, :head] *= np.linspace(0, 1, head, dtype=np.float32)
    signal[:, -tail:] *= np.linspace(1, 0, tail, dtype=np.float32) ** np.float32(1.5)
    for _ in range(2):
        gain = 10 ** ((target_lufs - loudness_lufs(signal)) / 20)
        signal = limit(signal * np.float32(gain), 10 ** (-2.5 / 20))
    return signal


def to_pcm(signal: Samples) -> bytes:
    """Interleaved little-endian 16-bit samples; no dither, for the noise of these pieces is louder than a step."""
    return (np.clip(signal.T, -1, 1) * 32767).round().astype("<i2").tobytes()
