"""XOR, MNIST, Fashion-MNIST and toy 2-D sets, for both halves; import its submodules by name.

This file imports nothing, because a package on PyPI has the same name: when that one is found first, `parity` says so
in a sentence (parity/environment.py) instead of failing somewhere inside an import.
"""
