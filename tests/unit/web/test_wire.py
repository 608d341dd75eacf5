"""A message in its frame is what a WebSocket library reads as that message."""

from typing import Any

import pytest
from wsproto.frame_protocol import FrameProtocol, Opcode

from app.web.wire import frame_of


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 100_000])
@pytest.mark.parametrize("kind", [str, bytes])
def test_a_frame_is_read_as_its_message(size: int, kind: type[str] | type[bytes]) -> None:
    said = "ä" * (size // 2) + "x" * (size % 2) if kind is str else b"\x80" * size
    reader = FrameProtocol(client=True, extensions=[])
    reader.receive_bytes(frame_of(said))
    frames = list(reader.received_frames())
    assert {frame.opcode for frame in frames[:1]} == {Opcode.TEXT if kind is str else Opcode.BINARY}
    assert all(not frame.frame_finished for frame in frames[:-1])
    assert frames[-1].message_finished
    read: Any = [frame.payload for frame in frames]
    assert type(said)().join(read) == said
