"""Submissions that take memory, disk, or somebody's patience in reading."""

from __future__ import annotations

from hostile.submission import Hostile, relu

__all__ = ["TAKING"]

# What `numpy.save` writes before the numbers, for 745 GiB of them.
LYING = """
import io
HEADER = b"{'descr': '<f8', 'fortran_order': False, 'shape': (100000000000,), }".ljust(117) + b"\\n"
LYING = io.BytesIO(b"\\x93NUMPY\\x01\\x00\\x76\\x00" + HEADER)
"""
BOMB = """
import io
packed = io.BytesIO()
np.savez_compressed(packed, a=np.zeros(1 << 25, np.uint8))
def unpack():
    packed.seek(0)
    return np.load(packed)['a']
"""
PATH = "from pathlib import Path as path"
DEEP = "for _ in range(1100):\n    os.mkdir('a')\n    os.chdir('a')"
UNLIMITED = "resource.setrlimit(resource.RLIMIT_AS, (1 << 40, 1 << 40))"

TAKING = (
    Hostile("memory bomb", relu("kept = [0]\nwhile True: kept = kept + kept"), "MEMORY"),
    Hostile("a huge array", relu("np.ones(1 << 32)"), "MEMORY"),
    Hostile("a header that asks for 745 GiB", relu("np.load(LYING)", LYING), "MEMORY ERROR"),
    Hostile("zip bomb", relu("kept = [unpack() for _ in range(40)]", BOMB), "MEMORY TIMEOUT", slow=True),
    Hostile("gigabytes printed", relu("while True: print('x' * 100000)"), "OUTPUT_LIMIT", says="printed"),
    Hostile("gigabytes written to stderr", relu("while True: os.write(2, b'x' * 65536)", "import os"), "OUTPUT_LIMIT"),
    Hostile("a large file", relu("open('large', 'wb').write(bytes(1 << 25))"), "OUTPUT_LIMIT"),
    Hostile("a full disk", relu("for n in range(10**6): open(f'{n}', 'wb').write(bytes(1 << 20))"), "OUTPUT_LIMIT"),
    Hostile(
        "many small files",
        relu("for n in range(10**6): path(f'{n}').write_bytes(b'x')", PATH),
        "OUTPUT_LIMIT TIMEOUT",
        slow=True,
    ),
    Hostile(
        "folders in folders",
        relu(DEEP, "import os"),
        "PASS",
        slow=True,
        at={"landlock": "PASS OUTPUT_LIMIT", "limits": "PASS OUTPUT_LIMIT"},
    ),
    Hostile("a folder that may not be entered", relu("os.makedirs('a/b', exist_ok=True)", "import os"), "PASS"),
    Hostile("many open files", relu("kept = [open('/dev/null') for _ in range(1000)]"), "OUTPUT_LIMIT"),
    Hostile("raises its own limits", relu(UNLIMITED, "import resource"), "ERROR FORBIDDEN", {"limits": "ERROR PASS"}),
)
