"""What a worker needs from this machine, and nothing else: an interpreter, its standard library, NumPy.

Bubblewrap shows exactly this to a worker, and Landlock lets it read exactly this. Other packages, among them torch and
this suite, are left out, and so is the rest of the disk.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import psutil

__all__ = ["bubblewrap", "interpreter", "library_path", "packages", "readable"]

# What is not for workers, beside the standard library.
OTHERS = ("site-packages", "dist-packages")
# Modules of the standard library that bring shared libraries of the system with them.
EXTENSIONS = ("_bz2", "_ctypes", "_decimal", "_hashlib", "_lzma", "_sqlite3", "_ssl", "_uuid", "zlib")
# What a package from PyPI may take for granted: https://peps.python.org/pep-0600
USUAL = ("libstdc++.so.6", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1")
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
HOME = Path("/jail")  # where a worker in bubblewrap finds its things
WORK = HOME / "work"


def interpreter() -> Path:
    """The program itself, not a virtual environment's link to it."""
    return Path(getattr(sys, "_base_executable", sys.executable)).resolve()


def packages(named: Sequence[str] = ()) -> dict[str, Path]:
    """What can be imported beside the standard library; `named` are packages that were asked for."""
    found = {"worker": Path(__file__).parents[1] / "worker", "numpy": Path(np.__file__).parent}
    if (libraries := found["numpy"].with_name("numpy.libs")).exists():
        found["numpy.libs"] = libraries
    for name in ("pyseccomp", "landlock"):  # each tier says itself what it misses
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            file = Path(spec.origin)
            found[file.name if file.stem == name else name] = file if file.stem == name else file.parent
    if not named:
        return found
    from parity.student.isolation.installed import installed

    return found | installed(tuple(named))


def _library_folders() -> list[Path]:
    """Of the standard library: the modules, and those in C where they lie elsewhere."""
    own = Path(os.__file__).resolve().parent
    specs = (importlib.util.find_spec(name) for name in EXTENSIONS)
    files = [Path(spec.origin).resolve() for spec in specs if spec is not None and spec.has_location and spec.origin]
    return [own, *sorted({file.parent for file in files if not file.is_relative_to(own)})]


def library_path() -> dict[str, str]:
    """Where the loader finds Python's own library, if it is one: the variable that said so here is cleared there."""
    if sys.platform != "linux":
        return {}
    folders = {str(path.parent) for path in shared_libraries() if path.name.startswith("libpython")}
    return {"LD_LIBRARY_PATH": ":".join(sorted(folders))} if folders else {}


@cache
def shared_libraries(usual: bool = False) -> tuple[Path, ...]:
    """Those of the system that Python and NumPy load: what this process, which has imported the same, has mapped.

    `usual`: and those that packages may load.
    """
    for name in EXTENSIONS:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for library in ("libseccomp.so.2", *(USUAL if usual else ())):
        with contextlib.suppress(OSError):
            ctypes.CDLL(library)
    mapped = {path for item in psutil.Process().memory_maps() if ".so" in (path := Path(item.path)).name}
    own = _library_folders()
    return tuple(
        sorted(
            path
            for path in filter(Path.exists, mapped)
            if not set(OTHERS) & set(path.parts) and not any(path.is_relative_to(folder) for folder in own)
        )
    )


def _links(usual: bool) -> Iterator[tuple[Path, Path]]:
    """The names under which the loader looks for them: libz.so.1, which leads to libz.so.1.2.13."""
    libraries = set(shared_libraries(usual))
    folders = {path.parent for path in libraries} | {Path(name).resolve() for name in ("/lib", "/lib64")}
    for folder in sorted(filter(Path.is_dir, folders)):
        for entry in os.scandir(folder):
            if entry.is_symlink() and ".so" in entry.name and (target := Path(entry.path).resolve()) in libraries:
                yield Path(entry.path), target


def readable(submission: Path, named: Sequence[str] = ()) -> dict[str, list[str]]:
    """For Landlock: trees and files to read, and folders to list. What a folder allows, all below it is allowed, so
    the standard library's folder, which holds the other packages too, is given entry by entry.

    The submission is a copy in a folder of its own, where the modules that it imports lie beside it.
    """
    folders = _library_folders()
    entries = [Path(entry.path) for folder in folders for entry in os.scandir(folder) if entry.name not in OTHERS]
    others = [path.resolve() for path in packages(named).values()]
    cache_file = [path for path in (Path("/etc/ld.so.cache"), *map(Path, DEVICES[1:])) if path.exists()]
    read = [submission.parent, *others, *entries, *shared_libraries(bool(named)), *cache_file]
    return {"read": [str(path) for path in read], "list": [str(folder) for folder in folders]}


def bubblewrap(
    submission: Path, environment: Mapping[str, str], disk: int, named: Sequence[str] = ()
) -> list[str]:  # fmt: skip
    """The arguments: no namespace but its own, no capability, a file system of what is named here, read-only.

    The submission is a copy in a folder of its own, where the modules that it imports lie beside it.
    There is no /proc: nothing here needs one, and many containers do not let it be mounted.
    """
    found = ["--unshare-all", "--die-with-parent", "--new-session", "--clearenv"]
    found += ["--hostname", "jail", "--cap-drop", "ALL"]
    for name, value in environment.items():
        found += ["--setenv", name, value]
    for name in ("/lib", "/lib64"):
        if Path(name).is_symlink():
            found += ["--symlink", str(Path(name).readlink()), name]
    program = interpreter()
    folders = _library_folders()
    libraries = shared_libraries(bool(named))
    for path in [program, *folders, *libraries]:
        found += ["--ro-bind", str(path), str(path)]
    for path, target in _links(bool(named)):
        found += ["--symlink", str(target), str(path)]
    for path in (folder / name for folder in folders for name in OTHERS):
        if path.is_dir():
            found += ["--size", "4096", "--tmpfs", str(path), "--remount-ro", str(path)]
    for name, path in packages(named).items():
        found += ["--ro-bind", str(path.resolve()), str(HOME / "packages" / name)]
    for device in DEVICES:
        found += ["--dev-bind-try", device, device]
    found += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    found += ["--ro-bind", str(submission.parent), str(HOME / "submission")]
    found += ["--size", str(disk), "--tmpfs", str(WORK), "--chdir", str(WORK)]
    if not any(Path(place).is_relative_to("/tmp") for place in [program, *folders, *libraries]):
        found += ["--symlink", str(WORK), "/tmp"]
    return [*found, "--remount-ro", "/"]
