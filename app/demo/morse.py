"""Morse code: the script of the radio play, once, from which both its sound and its captions are made."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from app.demo.sound import Samples, count, sine

ALPHABET = {
    "A": ".-", "B": "-...", "C": "-.-.", "D": "-..", "E": ".", "F": "..-.", "G": "--.", "H": "....",
    "I": "..", "J": ".---", "K": "-.-", "L": ".-..", "M": "--", "N": "-.", "O": "---", "P": ".--.",
    "Q": "--.-", "R": ".-.", "S": "...", "T": "-", "U": "..-", "V": "...-", "W": ".--", "X": "-..-",
    "Y": "-.--", "Z": "--..", "0": "-----", "1": ".----", "2": "..---", "3": "...--", "4": "....-", "5": ".....",
    "6": "-....", "7": "--...", "8": "---..", "9": "----.",
}  # fmt: skip
"""International Morse code, after ITU-R M.1677-1."""

UNIT = 0.048
"""Seconds a dot: 25 words a minute, the hand of somebody who did this for years."""


def keying(text: str) -> list[tuple[int, int]]:
    """The (start, length) of every mark of a text, in units: dash 3, gap of a letter 3, of a word 7."""
    marks, at = [], 0
    for word in text.split():
        for letter in word:
            for sign in ALPHABET[letter]:
                length = 1 if sign == "." else 3
                marks.append((at, length))
                at += length + 1
            at += 2
        at += 4
    return marks


def sending_seconds(text: str) -> float:
    """How long it takes to send a text."""
    start, length = keying(text)[-1]
    return (start + length) * UNIT


def send(text: str, hz: float) -> Samples:
    """A text as a keyed tone with soft edges, mono."""
    seconds = sending_seconds(text) + 0.05
    gate = np.zeros(count(seconds), np.float32)
    for start, length in keying(text):
        gate[count(start * UNIT) if start else 0 : count((start + length) * UNIT)] = 1
    edge = np.hanning(count(0.008)).astype(np.float32)
    return np.convolve(gate, edge / edge.sum(), "same").astype(np.float32) * sine(hz, seconds)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One message of the play: who sends it, the Morse text, and what it means in English and German."""

    sender: str
    morse: str
    english: str
    german: str
    pause: float


PLAY: tuple[Line, ...] = (
    Line(
        sender="OST", morse="ANYONE DE OST", english="Anyone, this is Ost.", german="An alle, hier ist Ost.", pause=5.0
    ),
    Line(
        sender="TERN",
        morse="OST DE TERN",
        english="Ost, this is the Tern.",
        german="Ost, hier ist die Tern.",
        pause=1.6,
    ),
    Line(
        sender="OST",
        morse="GALE 9 COMING",
        english="Gale, force nine, coming.",
        german="Sturm, Stärke neun, zieht auf.",
        pause=1.2,
    ),
    Line(sender="TERN", morse="WHICH SEA", english="Which sea?", german="Auf welcher See?", pause=1.4),
    Line(sender="OST", morse="YES", english="Yes.", german="Ja.", pause=1.8),
    Line(
        sender="TERN",
        morse="COOK MADE SOUP",
        english="Our cook has made soup.",
        german="Unser Koch hat Suppe gemacht.",
        pause=2.2,
    ),
    Line(sender="OST", morse="KEEP ME SOME", english="Keep me some.", german="Hebt mir welche auf.", pause=1.2),
    Line(sender="OST", morse="TERN", english="Tern?", german="Tern?", pause=9.0),
    Line(sender="OST", morse="TERN", english="Tern?", german="Tern?", pause=3.2),
    Line(sender="TERN", morse="SOUP SAVED", english="The soup is saved.", german="Die Suppe ist gerettet.", pause=4.2),
)


@cache
def schedule() -> tuple[tuple[float, float, Line], ...]:
    """The play in time: (start, end, line), in seconds."""
    at, timed = 0.0, []
    for message in PLAY:
        at += message.pause
        end = at + sending_seconds(message.morse)
        timed.append((round(at, 3), round(end, 3), message))
        at = end
    return tuple(timed)
