"""What the child takes from itself before it imports the submission; each tier adds to the one below.

"limits": processor time, memory, the size and number of files. "bwrap" and "landlock" add a filter of system calls
(libseccomp): no other process, no network, no signal to others. "landlock" adds rules on files; in "bwrap" they are not
needed, since nothing else is there.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["Confinement", "adopt_orphans"]

# Refused with EPERM, so that an exception in Python tells what was tried. Whatever starts a process, reaches another
# one or the network, outlives the child, or changes what Landlock has no rules for (modes, owners, times).
REFUSED = """
    fork vfork execve execveat ptrace process_vm_readv process_vm_writev process_madvise kcmp
    tkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_open pidfd_getfd pidfd_send_signal
    setsid setpgid setpriority sched_setscheduler sched_setattr sched_setparam setrlimit
    socket connect bind listen accept accept4
    shmget shmat shmctl msgget semget mq_open memfd_create memfd_secret
    chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes utimensat futimesat
    setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr mknod mknodat
    unshare setns mount umount2 pivot_root chroot move_mount open_tree fsopen fsmount fsconfig fspick mount_setattr
    bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register
    keyctl add_key request_key name_to_handle_at open_by_handle_at fanotify_init quotactl acct swapon swapoff
    init_module finit_module delete_module kexec_load kexec_file_load reboot sethostname setdomainname
    settimeofday clock_settime clock_adjtime adjtimex iopl ioperm syslog personality
""".split()  # noqa: SIM905  (a list of one hundred strings is no easier to read)
CLONE_THREAD = 0x10000
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER


class Confinement:
    """What is made ready once in the parent, and put on by each child.

    Raises:
        Exception: this tier cannot be had here; the message says why.
    """

    def __init__(self, tier: str, limits: Mapping[str, Any], reads: Mapping[str, Any], work: str) -> None:
        self._tier, self._limits = tier, limits
        self._seccomp = _load_seccomp() if tier in ("bwrap", "landlock") else None
        self._rules = _rules(reads, work) if tier == "landlock" else None

    def apply(self) -> None:
        """Put it on; there is no way back."""
        self._limit()
        if self._rules is not None:
            self._rules.apply()
        if self._seccomp is not None:
            _filter(self._seccomp)

    def _limit(self) -> None:
        import resource  # not on Windows, where this module is imported too

        cpu = self._limits["cpu"]
        # At the first a signal that a program may ignore, a second later one that it cannot.
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
        for kind, most in (
            (resource.RLIMIT_FSIZE, self._limits["file"]),
            (resource.RLIMIT_NOFILE, self._limits["files"]),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_AS, self._limits["memory"]),
        ):
            try:
                resource.setrlimit(kind, (most, most))
            except ValueError:
                if sys.platform != "darwin":  # macOS has no limit of address space
                    raise


def adopt_orphans() -> None:
    """Have the orphans of this process's children become its own children, so that they can be found and ended."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)


def _load_seccomp() -> Any:
    import ctypes.util

    # pyseccomp asks for the library by running ldconfig or a compiler, neither of which is in the jail.
    found, names = ctypes.util.find_library, {"c": "libc.so.6", "seccomp": "libseccomp.so.2"}
    ctypes.util.find_library = lambda name: names.get(name)
    try:
        import pyseccomp
    finally:
        ctypes.util.find_library = found
    return pyseccomp


def _filter(seccomp: Any) -> None:
    """Everything is allowed but what is not."""
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    refused = seccomp.ERRNO(errno.EPERM)
    for name in REFUSED:
        _refuse(rules, refused, name)
    # A thread is a clone with this flag; clone3 hides its flags in memory, and its absence has glibc use clone.
    _refuse(rules, seccomp.ERRNO(errno.ENOSYS), "clone3")
    _refuse(rules, refused, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, CLONE_THREAD, 0))
    for name in ("kill", "tgkill"):  # only itself, as abort() does
        _refuse(rules, refused, name, seccomp.Arg(0, seccomp.NE, os.getpid()))
    _refuse(rules, refused, "prlimit64", seccomp.Arg(2, seccomp.NE, 0))  # a new limit
    rules.load()


def _refuse(rules: Any, action: int, name: str, *arguments: Any) -> None:
    try:
        rules.add_rule(action, name, *arguments)
    except OSError:
        if name in ("clone", "clone3", "execve", "socket", "kill", "ptrace"):
            raise
        # else a call that this architecture or this version of libseccomp does not know


def _rules(reads: Mapping[str, Any], work: str) -> Any:
    """Landlock's: these trees and files may be read, these folders listed, and one folder written."""
    from landlock import FSAccess, Ruleset

    rules = Ruleset()
    everything = rules.restrict_rules
    read = FSAccess.READ_FILE | FSAccess.READ_DIR
    for path in reads["read"]:
        rules.allow(path, rules=read if Path(path).is_dir() else FSAccess.READ_FILE)
    for path in reads["list"]:
        rules.allow(path, rules=FSAccess.READ_DIR)
    rules.allow("/dev/null", rules=FSAccess.READ_FILE | FSAccess.WRITE_FILE)
    rules.allow(work, rules=everything & ~(FSAccess.EXECUTE | FSAccess.MAKE_CHAR | FSAccess.MAKE_BLOCK))
    return rules
