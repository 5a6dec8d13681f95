"""Frames: how messages with arrays cross between the two processes.

A frame is a magic word, two lengths, a header of JSON, and the bytes of the arrays one after the other. In the header
an array is {"$array": [dtype, shape]}. Whoever reads trusts nothing: every length is compared with a limit before
memory is taken for it, only a few dtypes exist, and nothing is ever unpickled.
"""

from __future__ import annotations

import json
import math
import struct
from typing import Any, BinaryIO

import numpy as np

__all__ = ["FrameError", "read_frame", "write_frame"]

START = struct.Struct("<4sIQ")  # magic word, bytes of the header, bytes of the arrays
MAGIC = b"VPF1"
HEADER_LIMIT = 4 << 20
ARRAYS_LIMIT = 256 << 20
DTYPES = {name: np.dtype(name).newbyteorder("<") for name in ("bool", "uint8", "int32", "int64", "float32", "float64")}
AXES = 8


class FrameError(Exception):
    """The other side did not keep to the format."""


def write_frame(stream: BinaryIO, message: dict[str, Any]) -> None:
    """Send a message of dicts, lists, strings, numbers, None and arrays.

    Raises:
        TypeError: an array of another dtype, or an object that JSON does not know.
    """
    arrays: list[bytes] = []
    header = json.dumps(_without_arrays(message, arrays)).encode()
    stream.write(START.pack(MAGIC, len(header), sum(map(len, arrays))))
    stream.write(header)
    for data in arrays:
        stream.write(data)
    stream.flush()


def _without_arrays(value: Any, arrays: list[bytes]) -> Any:
    if isinstance(value, np.ndarray):
        if value.dtype.name not in DTYPES:
            raise TypeError(f"expected an array of {', '.join(DTYPES)}, got {value.dtype}")
        arrays.append(np.ascontiguousarray(value, DTYPES[value.dtype.name]).tobytes())
        return {"$array": [value.dtype.name, list(value.shape)]}
    if isinstance(value, dict):
        return {str(key): _without_arrays(item, arrays) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_arrays(item, arrays) for item in value]
    return value


def read_frame(stream: BinaryIO) -> dict[str, Any] | None:
    """The next message; None where the stream has ended.

    Raises:
        FrameError: the bytes are no frame, or one that is too large.
    """
    start = stream.read(START.size)
    if not start:
        return None
    if len(start) < START.size:
        raise FrameError("a frame that breaks off")
    magic, header_size, arrays_size = START.unpack(start)
    if magic != MAGIC:
        raise FrameError(f"expected a frame, got {start!r}")
    if header_size > HEADER_LIMIT or arrays_size > ARRAYS_LIMIT:
        raise FrameError(f"a frame of {header_size} and {arrays_size} bytes")
    header = _read(stream, header_size)
    body = memoryview(_read(stream, arrays_size))
    try:
        message = json.loads(header)
        found = _with_arrays(message, place := _Place(body))
    except (ValueError, TypeError, RecursionError) as error:
        raise FrameError(f"a header that cannot be read: {error}") from error
    if place.offset != arrays_size or not isinstance(found, dict):
        raise FrameError("a header that does not fit its arrays")
    return found


def _read(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise FrameError("a frame that breaks off")
    return data


class _Place:
    """Where in the bytes the next array begins."""

    def __init__(self, body: memoryview) -> None:
        self.body, self.offset = body, 0

    def take(self, dtype: np.dtype[Any], shape: list[int]) -> np.ndarray[Any, Any]:
        count = math.prod(shape)
        end = self.offset + count * dtype.itemsize
        if end > len(self.body):
            raise ValueError("an array larger than what was sent")
        array = np.frombuffer(self.body[self.offset : end], dtype).reshape(shape).astype(dtype.newbyteorder("="))
        self.offset = end
        return array


def _with_arrays(value: Any, place: _Place) -> Any:
    if isinstance(value, list):
        return [_with_arrays(item, place) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) != {"$array"}:
        return {key: _with_arrays(item, place) for key, item in value.items()}
    name, shape = value["$array"]
    if name not in DTYPES or len(shape) > AXES or not all(type(side) is int and 0 <= side < 1 << 40 for side in shape):
        raise ValueError(f"an array of {name!r} and shape {shape!r}")
    return place.take(DTYPES[name], shape)
