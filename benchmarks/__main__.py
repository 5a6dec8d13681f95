"""Everything: `python -m benchmarks [--repeats N] [--json FILE]`."""

from benchmarks import bench_conv, bench_mlp, bench_valor, measure


def run(repeats: int) -> list[measure.Row]:
    return [row for bench in (bench_mlp, bench_valor, bench_conv) for row in bench.run(repeats)]


if __name__ == "__main__":
    measure.main(run, __doc__)
