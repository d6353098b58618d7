"""Do two workers do twice the work? The same tfidf runs of the sample tweets with one worker and with two, each from an empty folder.

    python benchmarks/sweep.py [--runs 8]

Prints the ratio; 1.7 is wanted on two idle cores. Starting the workers is part of it.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

from tweetsent.core.settings import read_settings
from tweetsent.pipeline.sweep import plan_sweep, run_sweep
from tweetsent.pipeline.sweep_runners import LocalRunner, usable_cores


def seconds(n_workers: int, n_runs: int) -> float:
    "Wall clock of a sweep in a folder of its own."
    home = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder).resolve()
        (project / "settings.ini").write_text("[project]\n")
        (project / "grid.yaml").write_text(f"parameters: {{data: sample, model: tfidf}}\ngrid: {{seed: {list(range(1, n_runs + 1))}}}")
        os.chdir(project)
        try:
            settings, start = read_settings(project), time.perf_counter()
            sweep = run_sweep(plan_sweep(project / "grid.yaml", settings), settings, LocalRunner(n_workers))
            assert sweep.counts == {"done": n_runs}, sweep.counts
            return time.perf_counter() - start
        finally:
            os.chdir(home)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=8)
    n_runs = parser.parse_args().runs
    one, two = seconds(1, n_runs), seconds(2, n_runs)
    load = os.getloadavg()[0]
    print(f"{n_runs} tfidf runs: one worker {one:.1f} s, two workers {two:.1f} s: {one / two:.2f}x (1.7 wanted; {usable_cores()} cores, load {load:.1f})")


if __name__ == "__main__":
    main()
