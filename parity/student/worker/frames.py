"""Frames: how messages with arrays cross between the two processes.

A frame is a magic word, two lengths, a header of JSON, and the bytes of the arrays one after the other. In the header
an array is {"$array": [dtype, shape]}, and a tuple {"$tuple": [items]}. Whoever reads trusts nothing: every length is
compared with a limit before memory is taken for it, only a few dtypes exist, and nothing is ever unpickled.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np

__all__ = ["FrameError", "Incoming", "TooMuchError", "frame_bytes", "read_frame", "write_frame"]

START = struct.Struct("<4sIQ")  # magic word, bytes of the header, bytes of the arrays
MAGIC = b"VPF1"
HEADER_LIMIT = 4 << 20
ARRAYS_LIMIT = 256 << 20
DTYPES = {name: np.dtype(name).newbyteorder("<") for name in ("bool", "uint8", "int32", "int64", "float32", "float64")}
AXES = 8
SIDE_LIMIT = 1 << 31


class FrameError(Exception):
    """The other side did not keep to the format."""


class TooMuchError(FrameError):
    """The other side sent more than is taken."""


def write_frame(stream: BinaryIO, message: dict[str, Any]) -> None:
    """Send a message: see `frame_bytes`."""
    stream.write(frame_bytes(message))
    stream.flush()


def frame_bytes(message: dict[str, Any]) -> bytes:
    """A message of dicts, lists, strings, numbers, None and arrays.

    Raises:
        TypeError: an array of another dtype, or an object that JSON does not know.
    """
    arrays: list[bytes] = []
    header = json.dumps(_without_arrays(message, arrays)).encode()
    return b"".join([START.pack(MAGIC, len(header), sum(map(len, arrays))), header, *arrays])


def _without_arrays(value: Any, arrays: list[bytes]) -> Any:
    if isinstance(value, np.ndarray):
        if value.dtype.name not in DTYPES:
            raise TypeError(f"expected an array of {', '.join(DTYPES)}, got {value.dtype}")
        arrays.append(np.ascontiguousarray(value, DTYPES[value.dtype.name]).tobytes())
        return {"$array": [value.dtype.name, list(value.shape)]}
    if isinstance(value, dict):
        return {str(key): _without_arrays(item, arrays) for key, item in value.items()}
    if isinstance(value, tuple):
        return {"$tuple": [_without_arrays(item, arrays) for item in value]}
    if isinstance(value, list):
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
    header_size, arrays_size = _sizes(start, HEADER_LIMIT, ARRAYS_LIMIT)
    return _decoded(_read(stream, header_size), _read(stream, arrays_size))


class Incoming:
    """What arrives piece by piece from a side that is not trusted; `feed` gives the frames that are complete.

    A frame, and all of them together, may have so many bytes; a length that says more is refused before it is read.
    """

    def __init__(self, frame_limit: int, total_limit: int, header_limit: int = 1 << 20) -> None:
        self._limits = header_limit, frame_limit
        self._left = total_limit
        self._data = bytearray()

    def __len__(self) -> int:
        """The bytes of a frame that is not complete."""
        return len(self._data)

    def feed(self, data: bytes) -> Iterator[dict[str, Any]]:
        """The messages that these bytes complete.

        Raises:
            FrameError: the bytes are no frame.
            TooMuchError: there are too many of them.
        """
        self._left -= len(data)
        if self._left < 0:
            raise TooMuchError("more was sent back than is taken")
        self._data += data
        while len(self._data) >= START.size:
            header_size, arrays_size = _sizes(self._data[: START.size], *self._limits)
            end = START.size + header_size + arrays_size
            if len(self._data) < end:
                return
            frame = bytes(self._data[START.size : end])
            del self._data[:end]
            yield _decoded(frame[:header_size], frame[header_size:])


def _sizes(start: bytes | bytearray, header_limit: int, arrays_limit: int) -> tuple[int, int]:
    magic, header_size, arrays_size = START.unpack(start)
    if magic != MAGIC:
        raise FrameError(f"expected a frame, got {bytes(start)!r}")
    if header_size > header_limit or arrays_size > arrays_limit:
        raise FrameError(f"a frame that says it has {header_size} and {arrays_size} bytes")
    return header_size, arrays_size


def _decoded(header: bytes, body: bytes) -> dict[str, Any]:
    place = _Place(memoryview(body))
    try:
        found = _with_arrays(json.loads(header), place)
    except (ValueError, TypeError, RecursionError, MemoryError) as error:
        raise FrameError(f"a header that cannot be read: {str(error)[:200]}") from error
    if place.offset != len(body) or not isinstance(found, dict):
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
        data = self.body[self.offset : end]
        self.offset = end
        if dtype == np.bool_:  # a byte that is neither 0 nor 1 makes a bool that equals nothing
            return np.frombuffer(data, np.uint8).reshape(shape).astype(np.bool_)
        return np.frombuffer(data, dtype).reshape(shape).astype(dtype.newbyteorder("="))


def _with_arrays(value: Any, place: _Place) -> Any:
    if isinstance(value, list):
        return [_with_arrays(item, place) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"$tuple"}:
        return tuple(_with_arrays(list(value["$tuple"]), place))
    if set(value) != {"$array"}:
        return {key: _with_arrays(item, place) for key, item in value.items()}
    name, shape = value["$array"]
    if (
        name not in DTYPES
        or len(shape) > AXES
        or not all(type(side) is int and 0 <= side < SIDE_LIMIT for side in shape)
    ):
        raise ValueError(f"an array of {name!r} and shape {shape!r}")
    return place.take(DTYPES[name], shape)
