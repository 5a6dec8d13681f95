"""Submissions that want to pass without the right numbers."""

from __future__ import annotations

from hostile.submission import Hostile, relu, returning

__all__ = ["CHEATING"]

# The stream of the answers, as a submission finds it: the pipe that is open for writing.
FRAMES = r"""
import os, json, struct, stat
def is_pipe(number):
    try:
        return stat.S_ISFIFO(os.fstat(number).st_mode)
    except OSError:
        return False
def frame(message, arrays=b""):
    header = message if isinstance(message, bytes) else json.dumps(message).encode()
    return struct.pack("<4sIQ", b"VPF1", len(header), len(arrays)) + header + arrays
def answer(dtype, shape, number=0):
    values = {"forward": {"$array": [dtype, shape]}}
    return {"kind": "reply", "number": number, "values": values, "raised": None}
def send(data):
    for number in filter(is_pipe, range(3, 64)):
        while data:
            data = data[os.write(number, data):]
def is_socket(number):
    try:
        return stat.S_ISSOCK(os.fstat(number).st_mode)
    except OSError:
        return False
def speak(message):
    for number in filter(is_socket, range(3, 256)):
        os.write(number, frame(message))
ended = {"kind": "ended", "signal": 0, "status": 0, "cpu": 0.0, "clean": True, "refused": "the machine is to blame"}
nothing = {"kind": "reply", "number": 0, "values": {}, "containers": {}, "raised": None}
end = {"kind": "end"}
large = 30 << 20
"""
PATCHED = """
import numpy.testing
for module in (np, np.testing):
    for name in ('allclose', 'array_equal', 'isclose', 'assert_allclose', 'assert_array_equal'):
        setattr(module, name, lambda *args, **kwargs: True)
"""
JSON = 'import json\njson.dumps = lambda *args, **kwargs: \'{"kind": "end"}\''
EVERYTHING = "import builtins\nbuiltins.isinstance = lambda *args: True"
YES = "class Yes:\n    shape, dtype = (5,), np.dtype(float)\n    def __eq__(self, other): return True"
YES_ARRAY = "class Yes(np.ndarray):\n    def __eq__(self, other): return True"
PICKLE = "class Bomb:\n    def __reduce__(self): return open, (OUTSIDE, 'w')"


def sending(data: str) -> str:
    """Writes this itself, and leaves before anything else is written."""
    return relu(f"send({data})\nos._exit(0)", FRAMES)


CHEATING = (
    Hostile("answers that leave everything out", relu("send(frame(nothing))", FRAMES), "PROTOCOL"),
    Hostile("one answer that leaves everything out", sending("frame(nothing)"), "FAIL", says="nothing"),
    Hostile("the last word without an answer", sending("frame(end)"), "PROTOCOL"),
    Hostile("the worker's word", sending("frame({'kind': 'ended', 'signal': 0, 'status': 0})"), "PROTOCOL"),
    Hostile("the worker's word to the worker's listener", relu("speak(ended)", FRAMES), "PASS"),
    Hostile("half a frame", sending("frame(nothing)[:-3]"), "PROTOCOL"),
    Hostile("no frame", sending("b'PASS' * 100"), "PROTOCOL"),
    Hostile("lying lengths", sending("struct.pack('<4sIQ', b'VPF1', 10, 1 << 62)"), "PROTOCOL"),
    Hostile("an array larger than what was sent", sending("frame(answer('float64', [10**11]))"), "PROTOCOL"),
    Hostile("an array of objects", sending("frame(answer('object', [1]), bytes(8))"), "PROTOCOL"),
    Hostile("a header that is too deep", sending("frame(b'[' * 900000)"), "PROTOCOL"),
    Hostile("a number of 10,000 digits", sending("frame(b'1' * 10000)"), "PROTOCOL"),
    Hostile(
        "more than is taken",
        sending("b''.join(frame(answer('uint8', [large], n), bytes(large)) for n in range(3))"),
        "OUTPUT_LIMIT",
    ),
    Hostile("its pipe closed", relu("os.closerange(3, 64)", "import os"), "PROTOCOL"),
    Hostile("large results", returning("np.zeros(1 << 23)"), "FAIL MEMORY"),
    Hostile("an __eq__ that always says yes", returning("Yes()", YES), "FAIL ERROR"),
    Hostile("an array whose __eq__ always says yes", returning("np.zeros(5).view(Yes)", YES_ARRAY), "FAIL"),
    Hostile("numpy.testing patched", returning("output + 1", PATCHED), "FAIL"),
    Hostile("json patched", relu(top=JSON), "PROTOCOL"),
    Hostile("builtins patched", relu(top=EVERYTHING), "PROTOCOL ERROR FAIL"),
    Hostile("pickles", returning("np.array([Bomb()], object)", PICKLE), "FAIL", says="object"),
)
