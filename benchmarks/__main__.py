"""Everything: speed of the MLP step, Valor, convolution and other layers, peak memory, exactness of single operations,
and how fast a class is graded.

Takes about ten minutes, and five with --repeats 1; one part alone is quicker: python -m benchmarks.bench_layers.
Writes benchmarks/results.json unless --json names another file.
"""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from benchmarks import (
    bench_conv,
    bench_exactness,
    bench_grade,
    bench_layers,
    bench_memory,
    bench_mlp,
    bench_valor,
    measure,
)

EVERY = (bench_mlp, bench_valor, bench_conv, bench_layers, bench_memory, bench_exactness, bench_grade)


def run(repeats: int) -> list[measure.Row]:
    """The rows of every benchmark, each in a fresh process.

    What an array of some megabytes costs depends on what the process has already taken from the system: in a long-lived
    one PyTorch's float64 convolutions were seen to take half the time that they take in a fresh one.
    """
    rows = []
    for bench in EVERY:
        with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
            rows += pool.submit(bench.run, repeats).result()
    return rows


if __name__ == "__main__":
    measure.main(run, __doc__, Path(__file__).parent / "results.json")
