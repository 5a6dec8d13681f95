"""Submissions that reach for what is not theirs. With limits only, nothing stands in their way."""

from __future__ import annotations

from hostile.submission import SKIP, Hostile, relu

__all__ = ["REACHING"]

NEVER = {"limits": SKIP}
OPEN = {"limits": "PASS"}
REFUSED = "ERROR FORBIDDEN"  # not there in bubblewrap, not allowed with Landlock

OTHERS = """
import glob
for name in glob.glob('/proc/*/environ'):
    try:
        text = open(name, 'rb').read()
    except OSError:
        continue
    if b'PARITY_HIDDEN' in text: raise RuntimeError('seen')
"""
OWN = "import os\nif 'PARITY_HIDDEN' in os.environ: raise RuntimeError('seen')"
MEMORY = "open(f'/proc/{os.getppid()}/mem', 'rb')"
TRACE = "if ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0): raise PermissionError"
SHARED = "if ctypes.CDLL(None).shmget(0, 4096, 0o1600) < 0: raise PermissionError"
BESIDE = {
    "numpy/__init__.py": "raise RuntimeError('the wrong numpy')",
    "json.py": "raise RuntimeError('the wrong json')",
    "conftest.py": "raise RuntimeError",
    "sitecustomize.py": "raise RuntimeError",
    "usercustomize.py": "raise RuntimeError",
}
TESTS = {"numpy/__init__.py": "", "conftest.py": "raise RuntimeError", "sitecustomize.py": "raise RuntimeError"}

REACHING = (
    Hostile("deletes itself", relu(top="import os\nos.remove(__file__)"), "FORBIDDEN", {"limits": "PASS ERROR"}),
    Hostile("deletes others' files", relu("os.remove(VICTIM)", "import os"), REFUSED, NEVER),
    Hostile("changes others' modes", relu("os.chmod(VICTIM, 0o777)", "import os"), REFUSED, NEVER),
    Hostile("writes elsewhere", relu("open(OUTSIDE, 'w').write('x')"), REFUSED, NEVER),
    Hostile("writes its own result", relu("open('results.json', 'w').write('PASS')"), "PASS"),
    Hostile("reads a secret", relu("print(open(SECRET).read())"), REFUSED, NEVER),
    Hostile("reads other submissions", relu("open(VICTIM).read()"), REFUSED, OPEN),
    Hostile("reads the expected values", relu("np.load(SUITE + '/parity/student/golden/ReLU.npz')"), REFUSED, OPEN),
    Hostile("reads the reference", relu("open(SUITE + '/torch_ref/layers/rectifier.py').read()"), REFUSED, OPEN),
    Hostile("imports the suite", relu(top="import sys\nsys.path.append(SUITE)\nimport scratch"), "FORBIDDEN", OPEN),
    Hostile("looks for torch", relu(top="import sys\nsys.path.append(PACKAGES)\nimport torch"), "FORBIDDEN", NEVER),
    Hostile("reads its environment", relu(top=OWN), "PASS"),
    Hostile("reads others' environments", relu(top=OTHERS), "PASS", {"limits": "PASS ERROR"}),
    Hostile("reads its parent's memory", relu(MEMORY, "import os"), REFUSED, {"limits": "PASS FORBIDDEN"}),
    Hostile("traces its parent", relu(TRACE, "import ctypes, os"), "FORBIDDEN", NEVER),
    Hostile("memory that outlives it", relu(SHARED, "import ctypes"), "FORBIDDEN", NEVER),
    Hostile("opens a socket", relu("socket.socket().close()", "import socket"), "FORBIDDEN", OPEN),
    Hostile("packages of its own beside it", relu(), "PASS", files=BESIDE),
    Hostile("packages of its own in its folder", relu(), "PASS", files=TESTS, folder=True),
)
