"""A database of places in MaxMind's format, as small as one can be: for a few IPv4 networks.

After https://maxmind.github.io/MaxMind-DB/: a tree over the bits of an address, then the data, then what is said of it.
"""

import ipaddress
from collections.abc import Mapping
from typing import Any

MARKER = b"\xab\xcd\xefMaxMind.com"
_STRING, _MAP, _UINT16, _UINT32, _UINT64, _ARRAY = 2, 7, 5, 6, 9, 11


def _control(kind: int, size: int) -> bytes:
    assert size < 29, "longer than this writer needs"
    return bytes([kind << 5 | size]) if kind < 8 else bytes([size, kind - 7])


def _number(kind: int, value: int) -> bytes:
    raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return _control(kind, len(raw)) + raw


def _encode(value: Any) -> bytes:
    if isinstance(value, str):
        raw = value.encode()
        return _control(_STRING, len(raw)) + raw
    if isinstance(value, dict):
        return _control(_MAP, len(value)) + b"".join(_encode(key) + _encode(one) for key, one in value.items())
    if isinstance(value, list):
        return _control(_ARRAY, len(value)) + b"".join(map(_encode, value))
    return _number(_UINT32, value)


def mmdb_of(networks: Mapping[str, Any]) -> bytes:
    """The file that knows ``networks`` ("203.0.113.0/24" → record)."""
    tree: list[list[Any]] = [[None, None]]
    data, offsets = b"", {}
    for name, record in networks.items():
        offsets[name] = len(data)
        data += _encode(record)
        network = ipaddress.IPv4Network(name)
        bits, node = f"{int(network.network_address):032b}"[: network.prefixlen], 0
        for place, bit in enumerate(bits):
            side = int(bit)
            if place == len(bits) - 1:
                tree[node][side] = ("data", offsets[name])
            elif tree[node][side] is None:
                tree.append([None, None])
                tree[node][side] = node = len(tree) - 1
            else:
                node = tree[node][side]
    count = len(tree)

    def pointer(entry: Any) -> bytes:
        value = count if entry is None else count + 16 + entry[1] if isinstance(entry, tuple) else entry
        return int(value).to_bytes(3, "big")

    body = b"".join(pointer(left) + pointer(right) for left, right in tree)
    said = {
        "node_count": count, "record_size": _Raw(_number(_UINT16, 24)), "ip_version": _Raw(_number(_UINT16, 4)),
        "database_type": "Test", "languages": ["en"], "binary_format_major_version": _Raw(_number(_UINT16, 2)),
        "binary_format_minor_version": _Raw(_number(_UINT16, 0)), "build_epoch": _Raw(_number(_UINT64, 1)),
        "description": {"en": "Test"},
    }  # fmt: skip
    metadata = _control(_MAP, len(said)) + b"".join(
        _encode(key) + (value.raw if isinstance(value, _Raw) else _encode(value)) for key, value in said.items()
    )
    return body + b"\0" * 16 + data + MARKER + metadata


class _Raw:
    """A value that is written already."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
