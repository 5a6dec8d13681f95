"""Everything: speed of the MLP step, of Valor and of convolution, and the exactness of single operations.

Takes about ten minutes. Writes benchmarks/results.json unless --json names another file.
"""

from pathlib import Path

from benchmarks import bench_conv, bench_exactness, bench_mlp, bench_valor, measure


def run(repeats: int) -> list[measure.Row]:
    """The rows of every benchmark."""
    return [row for bench in (bench_mlp, bench_valor, bench_conv, bench_exactness) for row in bench.run(repeats)]


if __name__ == "__main__":
    measure.main(run, __doc__, Path(__file__).parent / "results.json")
