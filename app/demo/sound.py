"""A small synthesiser: oscillators, filters, rooms and a mastering chain, all on arrays of samples.

Mono signals have the shape ``(n,)``, stereo ones ``(2, n)``, both float32 at ``RATE`` samples a second. Everything
random takes a generator, so that a piece sounds the same each time it is rendered.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.floating[Any]]

RATE = 44_100
"""Samples a second of everything the demo renders."""

TAU = 2 * np.pi


def hertz(midi: float) -> float:
    """The frequency of a MIDI note number in equal temperament, 69 being A at 440 Hz."""
    return float(440 * 2 ** ((midi - 69) / 12))


def count(seconds: float) -> int:
    """How many samples last ``seconds``."""
    return max(1, round(seconds * RATE))


def clock(seconds: float) -> NDArray[np.float64]:
    """The time of each sample, in seconds; 64 bits, because phases grow long."""
    return np.arange(count(seconds)) / RATE


def _turns(hz: float, seconds: float, phase: float) -> Samples:
    """How far into its period a wave is at each sample, 0–1.

    Counted in 2⁻³² of a turn, so that whole turns overflow away: exact however long the tone, faster than a remainder.
    """
    turns = np.arange(count(seconds), dtype=np.uint32)
    turns *= np.uint32(round(hz / RATE * 2**32))
    turns += np.uint32(phase % 1.0 * 2**32)
    return turns.astype(np.float32) * np.float32(2**-32)


def sine(hz: float, seconds: float, phase: float = 0.0) -> Samples:
    """A pure tone."""
    wave = _turns(hz, seconds, phase)
    wave *= np.float32(TAU)
    return np.sin(wave, out=wave)


def saw(hz: float, seconds: float, phase: float = 0.0) -> Samples:
    """A sawtooth with its step rounded (polyBLEP), so that high notes do not alias harshly."""
    step = hz / RATE
    position = _turns(hz, seconds, phase)
    wave = 2 * position - 1
    early, late = np.flatnonzero(position < step), np.flatnonzero(position > 1 - step)
    head = position[early] / step
    tail = (position[late] - 1) / step
    wave[early] -= 2 * head - head * head - 1
    wave[late] -= tail * tail + 2 * tail + 1
    return wave


def pulse(hz: float, seconds: float, width: float = 0.5, phase: float = 0.0) -> Samples:
    """A pulse wave: the difference of two sawteeth, ``width`` of a period apart."""
    return (saw(hz, seconds, phase) - saw(hz, seconds, phase + width)) * np.float32(0.5)


def noise(seconds: float, rng: np.random.Generator) -> Samples:
    """White noise."""
    return rng.standard_normal(count(seconds), dtype=np.float32) * np.float32(0.3)


def envelope(seconds: float, attack: float, release: float, curve: float = 1.0) -> Samples:
    """A rise over ``attack``, a fall over ``release`` seconds, and one in between; ``curve`` above 1 falls faster."""
    size = count(seconds)
    shape = np.ones(size, np.float32)
    rise, fall = min(size, count(attack)), min(size, count(release))
    shape[:rise] = np.linspace(0, 1, rise, dtype=np.float32)
    shape[size - fall :] *= np.linspace(1, 0, fall, dtype=np.float32) ** np.float32(curve)
    return shape


def decay(seconds: float, half_life: float) -> Samples:
    """An exponential fall that halves every ``half_life`` seconds, with 2 ms of attack and no click at its end."""
    fall = np.exp2(-clock(seconds) / half_life).astype(np.float32)
    return fall * envelope(seconds, 0.002, min(0.02, seconds / 4))


def line(points: list[tuple[float, float]], seconds: float) -> Samples:
    """Automation: straight lines through (second, value) points."""
    at, values = zip(*points, strict=True)
    curve = np.empty(count(seconds), np.float32)
    for start in range(0, len(curve), 1 << 17):
        block = curve[start : start + (1 << 17)]
        block[:] = np.interp(np.arange(start, start + len(block)) / RATE, at, values)
    return curve


def _smooth_size(size: int) -> int:
    """The next size that the FFT likes: a power of two, or one and a half times one."""
    power = 1 << max(4, (size - 1).bit_length())
    return power * 3 // 4 if power * 3 // 4 >= size else power


def shape_spectrum(signal: Samples, response: NDArray[np.inexact[Any]], size: int) -> Samples:
    """Multiply the spectrum of ``signal`` (mono or stereo) by a real ``response`` of ``size // 2 + 1`` bins."""
    if signal.ndim > 1:
        out = np.empty_like(signal)
        for channel, side in enumerate(signal):
            out[channel] = shape_spectrum(side, response, size)
        return out
    spectrum = np.fft.rfft(signal, size)
    spectrum *= response
    return np.fft.irfft(spectrum, size)[: len(signal)].astype(np.float32, copy=False)


def _bins(size: int) -> NDArray[np.float32]:
    return np.fft.rfftfreq(size, 1 / RATE).astype(np.float32)


def lowpass(signal: Samples, hz: float, order: int = 2) -> Samples:
    """Take away what lies above ``hz``: a Butterworth slope without phase shift."""
    size = _smooth_size(signal.shape[-1] + 2048)
    return shape_spectrum(signal, _butterworth(size, hz, order), size)


def _butterworth(size: int, hz: float, order: int) -> NDArray[np.floating[Any]]:
    response: NDArray[np.floating[Any]] = 1 / np.sqrt(1 + (_bins(size) / np.float32(hz)) ** (2 * order))
    return response


def highpass(signal: Samples, hz: float, order: int = 2) -> Samples:
    """Take away what lies below ``hz``."""
    low = lowpass(signal, hz, order)
    return np.subtract(signal, low, out=low)


def bandpass(signal: Samples, low: float, high: float, order: int = 2) -> Samples:
    """Keep what lies between two frequencies."""
    size = _smooth_size(signal.shape[-1] + 2048)
    return shape_spectrum(signal, _butterworth(size, high, order) * (1 - _butterworth(size, low, order)), size)


def formants(signal: Samples, peaks: tuple[tuple[float, float, float], ...]) -> Samples:
    """Shape a buzz into a vowel: ``peaks`` are (centre in Hz, width in Hz, gain)."""
    size = _smooth_size(signal.shape[-1] + 2048)
    bins = _bins(size)
    response = np.full_like(bins, 0.02)
    for centre, width, gain in peaks:
        response += np.float32(gain) / (1 + ((bins - centre) / width) ** 2)
    return shape_spectrum(signal, response.astype(np.float32), size)


def swept_lowpass(signal: Samples, cutoff: Samples, resonance: float = 0.0) -> Samples:
    """A low-pass filter whose cutoff moves. ``cutoff`` in Hz, one value a sample; mono in, mono out.

    Works on overlapping windows of 2,048 samples, which is smooth for anything slower than a tenth of a second.
    """
    width, hop, batch = 2048, 1024, 256
    frames = 2 + len(signal) // hop
    padded = np.zeros((frames + 1) * hop, np.float32)
    padded[hop : hop + len(signal)] = signal
    window = np.hanning(width + 1)[:width].astype(np.float32)
    bins = _bins(width)[None, :]
    views = np.lib.stride_tricks.sliding_window_view(padded, width)[::hop]
    out = np.zeros((len(views) + 1) * hop, np.float32)
    for first in range(0, len(views), batch):
        numbers = np.arange(first, min(first + batch, len(views)))
        ratio = bins / cutoff[np.clip(numbers * hop, 0, len(cutoff) - 1)][:, None]
        squared = ratio * ratio
        response = 1 / np.sqrt(1 + squared * squared)
        if resonance:
            response *= 1 + np.float32(resonance) * np.exp(-((ratio - 1) ** 2) * 12)
        spectrum = np.fft.rfft(views[numbers] * window, axis=1)
        spectrum *= response
        blocks = np.fft.irfft(spectrum, width, axis=1).astype(np.float32)
        start, length = first * hop, len(numbers) * hop
        out[start : start + length] += blocks[:, :hop].ravel()
        out[start + hop : start + hop + length] += blocks[:, hop:].ravel()
    return out[hop : hop + len(signal)]


def drive(signal: Samples, amount: float) -> Samples:
    """Saturate softly, as tape does; louder in, rounder out."""
    driven: Samples = (np.tanh(signal * amount) / np.tanh(amount)).astype(np.float32)
    return driven


def wobble(signal: Samples, depth_ms: float, rate_hz: float, rng: np.random.Generator) -> Samples:
    """The pitch of worn tape: a delay that wanders, slowly by itself and faster with the motor. Stereo or mono."""
    size = signal.shape[-1]
    knots = rng.random(int((size / RATE + 2) / 0.7) + 1)
    out = np.empty_like(signal)
    for start in range(0, size, 1 << 18):
        samples = np.arange(start, min(size, start + (1 << 18)))
        wander = np.interp(samples / RATE, np.arange(len(knots)) * 0.7, knots)
        at = samples - depth_ms / 1000 * RATE * (1 + 0.6 * np.sin(TAU * rate_hz * samples / RATE) + wander)
        index = np.clip(np.floor(at).astype(np.int64), 0, size - 2)
        share = np.clip(at - index, 0, 1).astype(np.float32)
        out[..., samples] = signal[..., index] * (1 - share) + signal[..., index + 1] * share
    return out


def stereo(signal: Samples, pan: float = 0.0) -> Samples:
    """Place a mono signal between left (-1) and right (1) at equal power."""
    angle = (pan + 1) * np.pi / 4
    return np.stack([signal * np.float32(np.cos(angle)), signal * np.float32(np.sin(angle))])


def echo(signal: Samples, seconds: float, feedback: float, repeats: int, *, ping_pong: bool = True) -> Samples:
    """The repeats alone of a stereo signal, each duller than the one before and on the other side."""
    step = count(seconds)
    out = np.zeros_like(signal)
    for side in range(2):
        again = signal[side]
        for repeat in range(1, repeats + 1):
            offset = repeat * step
            if offset >= signal.shape[1]:
                break
            dulled = again * np.float32(0.5)
            dulled[1:-1] += (again[:-2] + again[2:]) * np.float32(0.25)
            dulled *= np.float32(feedback)
            again = dulled
            out[(side + repeat) % 2 if ping_pong else side, offset:] += again[: signal.shape[1] - offset]
    return out


def reverb(signal: Samples, seconds: float, rng: np.random.Generator, *, bright_hz: float = 5000) -> Samples:
    """A room, without the dry signal: convolution with a stereo tail of noise that dulls as it fades.

    Works block by block (overlap-add), so that memory stays small however long the signal is.
    """
    length = count(seconds)
    fall = np.exp(-6.9 * np.arange(length) / length).astype(np.float32)
    fall[: count(0.012)] *= np.linspace(0, 1, count(0.012), dtype=np.float32)
    hiss = rng.standard_normal((2, length), dtype=np.float32)
    late = np.linspace(0, 1, length, dtype=np.float32)
    tail = (lowpass(hiss, bright_hz) * (1 - late) + lowpass(hiss, bright_hz / 4) * late * 2) * fall
    tail /= np.sqrt((tail**2).sum(axis=1, keepdims=True))
    size = _smooth_size(length * 2)
    block = size - length + 1
    response = np.fft.rfft(tail, size, axis=1)
    out = np.zeros((2, signal.shape[1] + size), np.float32)
    for start in range(0, signal.shape[1], block):
        spectrum = np.fft.rfft(signal[:, start : start + block], size, axis=1)
        spectrum *= response
        out[:, start : start + size] += np.fft.irfft(spectrum, size, axis=1)
    return out[:, : signal.shape[1]]


def blend(*parts: tuple[Samples, float]) -> Samples:
    """Mix stereo signals of one length, each with a gain, without a temporary copy of any."""
    out = np.zeros_like(parts[0][0])
    for signal, gain in parts:
        for start in range(0, out.shape[1], 1 << 16):
            out[:, start : start + (1 << 16)] += signal[:, start : start + (1 << 16)] * np.float32(gain)
    return out


class Tape:
    """A stereo tape of fixed length, on which sounds are laid at a second, with a gain and a place.

    Attributes:
        samples: what is on it, shape ``(2, n)``.
    """

    def __init__(self, seconds: float) -> None:
        self.samples: Samples = np.zeros((2, count(seconds)), np.float32)

    def lay(self, signal: Samples, at: float = 0.0, gain: float = 1.0, pan: float = 0.0) -> None:
        """Mix a signal in; what runs over the end of the tape is cut, what starts before it loses its head."""
        placed = stereo(signal, pan) if signal.ndim == 1 else signal
        start = round(at * RATE)
        if start < 0:
            placed, start = placed[:, -start:], 0
        placed = placed[:, : max(0, self.samples.shape[1] - start)]
        self.samples[:, start : start + placed.shape[1]] += placed * np.float32(gain)
