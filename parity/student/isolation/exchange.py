"""One group of tasks: given to a worker, and whatever comes back taken until the worker says how the child ended.

One loop reads everything: the child's replies, what it prints, and the worker's own word. So no timer is left to fire
late, and no pipe that somebody holds open is waited for.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parity.student.isolation.replies import checked_reply, printable
from parity.student.worker.frames import FrameError, Incoming, TooMuchError, frame_bytes
from parity.student.worker.main import NO_MEMORY, UNSENT

if TYPE_CHECKING:
    from parity.student.isolation.jail import Limits

__all__ = ["Ended", "Exchange"]

REPLY_LIMIT = 32 << 20  # bytes of one reply
GROUP_LIMIT = 64 << 20  # bytes of all replies to a group
KEPT = 4000  # bytes of what is printed
GLANCE = 0.2  # seconds between looks at how much was written
ENTRIES = 10_000  # files and folders
PATH = 2000  # characters; where a path is longer than 4096, nothing can be seen any more


@dataclass
class Ended:
    """How a group ended: the replies by number, and a verdict for what has none; "" where all is there."""

    replies: dict[int, dict[str, Any]] = field(default_factory=dict)
    verdict: str = ""
    why: str = ""
    output: str = ""
    clean: bool = True  # nothing of the child is left in its folder


class _StopError(Exception):
    """The group is over before its child has ended."""

    def __init__(self, verdict: str, why: str) -> None:
        self.verdict, self.why = verdict, why


class Exchange:
    def __init__(self, control: socket.socket, printed: int, limits: Limits, folder: Path | None) -> None:
        self._control, self._printed, self._limits, self._folder = control, printed, limits, folder
        self._word = Incoming(1 << 16, 1 << 20)
        self._incoming = Incoming(REPLY_LIMIT, GROUP_LIMIT)
        self._ending: dict[str, Any] | None = None
        self._complete = False
        self._kept, self._count = bytearray(), 0
        self._found = Ended()
        self._asked = 0

    def run(self, tasks: Sequence[Mapping[str, Any]]) -> Ended:
        found = self._found
        self._asked = len(tasks)
        replies, write = os.pipe()
        deadline = time.monotonic() + self._limits.wall
        try:
            self._give(tasks, write)
            os.set_blocking(replies, False)
            os.set_blocking(self._printed, False)
            self._watch(replies, deadline)
            found.verdict, found.why = self._verdict()
        except _StopError as stop:
            found.verdict, found.why = stop.verdict, stop.why
        except FrameError as error:
            found.replies.clear()  # who breaks the rules has perhaps written the other answers, too
            found.verdict = "OUTPUT_LIMIT" if isinstance(error, TooMuchError) else "PROTOCOL"
            found.why = printable(str(error))
        finally:
            os.close(replies)
        found.output = printable(self._kept.decode(errors="replace"))
        return found

    def _give(self, tasks: Sequence[Mapping[str, Any]], write: int) -> None:
        """The tasks, and the pipe for the answers, whose end here is closed."""
        self._control.settimeout(self._limits.wall)
        try:
            socket.send_fds(self._control, [b"!"], [write])
            self._control.sendall(frame_bytes({"tasks": list(tasks)}))
        except TimeoutError as error:
            raise _StopError("INFRA", "the worker does not take its tasks") from error
        except OSError as error:
            raise _StopError("INFRA", f"the worker has gone ({error})") from error
        finally:
            os.close(write)

    def _watch(self, replies: int, deadline: float) -> None:
        looked = 0.0
        sources: dict[int, Callable[[bytes], None]] = {
            replies: self._take_replies, self._printed: self._take_print, self._control.fileno(): self._take_word,
        }  # fmt: skip
        with selectors.DefaultSelector() as selector:
            for source in sources:
                selector.register(source, selectors.EVENT_READ)
            while self._ending is None:
                now = time.monotonic()
                if now >= deadline:
                    raise _StopError("TIMEOUT", f"it took longer than {self._limits.wall:g} seconds")
                if now >= looked + GLANCE:
                    looked = now
                    self._look_at_disk()
                for key, _ in selector.select(min(deadline - now, GLANCE)):
                    if not self._read_once(key.fd, sources[key.fd]):
                        selector.unregister(key.fd)
        # The child is gone; what it left in the pipes is taken, and nobody is waited for.
        for source in (replies, self._printed):
            while self._read_once(source, sources[source], end_is_gone=True):
                pass

    def _read_once(self, source: int, take: Callable[[bytes], None], end_is_gone: bool = False) -> bool:
        """Whether there may be more."""
        try:
            data = os.read(source, 1 << 16)
        except BlockingIOError:
            return not end_is_gone
        except OSError:
            data = b""
        if data:
            take(data)
        elif source == self._control.fileno():
            self._found.replies.clear()  # whoever ended it, the child's answers are not to be trusted
            raise _StopError("CRASH", "the worker itself was ended")
        return bool(data)

    def _take_replies(self, data: bytes) -> None:
        for frame in self._incoming.feed(data):
            if self._complete or -1 in self._found.replies:
                raise FrameError("a frame after the last")
            if frame.get("kind") == "end":
                self._complete = True
            elif frame.get("kind") == "reply" and len(self._found.replies) < self._asked:
                reply = checked_reply(frame, len(self._found.replies))
                self._found.replies[reply["number"]] = reply
            else:
                raise FrameError("a frame that answers nothing")

    def _take_print(self, data: bytes) -> None:
        self._count += len(data)
        self._kept += data[: max(KEPT - len(self._kept), 0)]
        if self._count > self._limits.output:
            raise _StopError("OUTPUT_LIMIT", f"it printed more than {self._limits.output >> 10} KiB")

    def _take_word(self, data: bytes) -> None:
        for frame in self._word.feed(data):
            self._ending = frame

    def _look_at_disk(self) -> None:
        """The files of the child, where no file system of a fixed size holds them."""
        if self._folder is None:
            return
        size = count = 0
        waiting = [str(self._folder)]
        while waiting:  # not os.walk, which fails on folders nested a thousand deep
            with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    count += 1
                    size += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    if size > self._limits.disk or count > ENTRIES or len(entry.path) > PATH:
                        raise _StopError("OUTPUT_LIMIT", f"it wrote {count} files or more, of {size >> 10} KiB")

    def _verdict(self) -> tuple[str, str]:
        """On a child that has ended."""
        ending = self._ending or {}
        self._found.clean = ending.get("clean") is True
        if ending.get("refused"):
            return "INFRA", f"the child could not be confined: {ending['refused']}"
        if number := ending["signal"]:
            if number in (signal.SIGXCPU, signal.SIGKILL) and ending["cpu"] > self._limits.cpu - 0.5:
                return "TIMEOUT", f"it used up its {self._limits.cpu} seconds of processor time"
            return "CRASH", f"it was ended by {_signal_name(number)}"
        if ending["status"] == NO_MEMORY:
            return "MEMORY", "no memory was left for its answers"
        if ending["status"] == UNSENT or len(self._incoming):
            return "PROTOCOL", "its answers broke off"
        if not self._complete and -1 not in self._found.replies:
            return "EXITED", f"it left with status {ending['status']}"
        if self._complete and len(self._found.replies) < self._asked:
            return "PROTOCOL", "it ended before its last answer"
        return "", ""


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
