"""The same networks in PyTorch: the files and the names of `scratch`."""

