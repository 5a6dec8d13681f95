"""Submissions that are broken, or that try what they must not: each with the verdict that it must get.

Most are a ReLU that is right, and does something else besides. In a source SECRET, OUTSIDE, VICTIM, SUITE and PACKAGES
are paths: a file that must not be read, one that must not be written, one that must not be deleted, the suite's folder,
and that of the installed packages.
"""

from hostile.broken import BROKEN
from hostile.cheating import CHEATING
from hostile.leaving import LEAVING
from hostile.reaching import REACHING
from hostile.submission import Hostile
from hostile.taking import TAKING

__all__ = ["HOSTILE", "Hostile"]

HOSTILE = (*BROKEN, *LEAVING, *TAKING, *REACHING, *CHEATING)
