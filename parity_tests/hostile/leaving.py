"""Submissions that end, or never end, or start what does not end."""

from __future__ import annotations

from hostile.submission import Hostile, relu

__all__ = ["LEAVING"]

NESTED = """
import sys
sys.setrecursionlimit(10**9)
class Nested:
    def __repr__(self): return str([self])
"""
DEAF = """
import signal
for number in range(1, 32):
    if number not in (9, 19): signal.signal(number, signal.SIG_IGN)
"""
FORK = """
import os, time
def fork():
    if os.fork() == 0:
        time.sleep(300)
        os._exit(0)
for _ in range(20): fork()
"""
DAEMON = """
import os, time
def daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            SLEEP
        os._exit(0)
    os.wait()
"""
THREAD = "import threading, time\nthreading.Thread(target=time.sleep, args=(300,)).start()"
STILL = DAEMON.replace("SLEEP", "time.sleep(300)")
RENAMED = DAEMON.replace("SLEEP", "os.execve('/bin/sleep', ['sleep', '301.5'], {})")
POOL = "with multiprocessing.Pool(2) as pool: pool.map(abs, [1])"
OS = "import os"

LEAVING = (
    Hostile("sys.exit(0) at import", "import sys\nsys.exit(0)\n", "EXITED"),
    Hostile("sys.exit(0) in a call", relu("sys.exit(0)", "import sys"), "EXITED"),
    Hostile("os._exit(0) at import", "import os\nos._exit(0)\n", "EXITED"),
    Hostile("os._exit(0) in a call", relu("os._exit(0)", OS), "EXITED"),
    Hostile("kills itself", relu("os.kill(os.getpid(), 9)", OS), "CRASH", says="SIGKILL"),
    Hostile("kills its parent", relu("os.kill(os.getppid(), 9)", OS), "FORBIDDEN", {"limits": "CRASH"}),
    Hostile("kills its group", relu("os.killpg(0, 9)", OS), "FORBIDDEN", {"limits": "CRASH"}),
    Hostile("stops its parent", relu("os.kill(os.getppid(), 19)", OS), "FORBIDDEN", {"limits": "TIMEOUT"}, slow=True),
    Hostile("segmentation fault", relu("ctypes.string_at(0)", "import ctypes"), "CRASH", says="SIGSEGV"),
    Hostile("abort", relu("os.abort()", OS), "CRASH", says="SIGABRT"),
    Hostile("recursion without a limit", relu("repr(Nested())", NESTED), "CRASH MEMORY"),
    Hostile("infinite loop in a call", relu("while True: pass"), "TIMEOUT", slow=True),
    Hostile("infinite loop at import", "while True: pass\n", "TIMEOUT", slow=True),
    Hostile("correct but slow", relu("time.sleep(0.9)", "import time"), "TIMEOUT", says="longer", slow=True),
    Hostile("stops itself", relu("os.kill(os.getpid(), 19)", OS), "TIMEOUT", says="longer", slow=True),
    Hostile("signals ignored", relu("while True: pass", DEAF), "TIMEOUT", slow=True),
    # With limits only, nothing forbids a process, so these are small: what counts there is that none of it is left.
    Hostile("fork bomb", relu(top=FORK), "FORBIDDEN", {"limits": "PASS"}),
    Hostile("a daemon", relu("daemon()", STILL), "FORBIDDEN", {"limits": "PASS"}),
    Hostile("a daemon without an environment", relu("daemon()", RENAMED), "FORBIDDEN", {"limits": "PASS"}),
    Hostile(
        "another program",
        relu("subprocess.Popen(['/bin/sleep', '301.5'])", "import subprocess"),
        "FORBIDDEN",
        {"limits": "PASS"},
    ),
    Hostile(
        "a program in its place",
        relu("os.execv('/bin/sleep', ['sleep', '301.5'])", OS),
        "FORBIDDEN",
        {"limits": "TIMEOUT"},
        slow=True,
    ),
    Hostile(
        "a pool of processes", relu(POOL, "import multiprocessing"), "FORBIDDEN ERROR", {"limits": "PASS"}, slow=True
    ),
    Hostile("a thread left running", relu(top=THREAD), "PASS"),
)
