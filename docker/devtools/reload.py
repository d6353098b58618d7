"""Exports a notebook when it is saved, and starts the API anew when a module has changed.

    python docker/devtools/reload.py [WORDS]      WORDS are handed to `tweetsent serve`
"""

import os
import shlex
import sys
from pathlib import Path
from threading import Thread

from nbdev.export import nb_export
from watchfiles import Change, PythonFilter, run_process, watch

ROOT = Path(__file__).resolve().parents[2]


def export(path: str) -> None:
    "One notebook; one that is half saved or wrong is told and tried again when it is saved again."
    try:
        nb_export(path)
        print(f"exported {Path(path).relative_to(ROOT)}", file=sys.stderr, flush=True)
    except Exception as error:
        print(f"not exported: {Path(path).relative_to(ROOT)}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)


def export_what_is_saved() -> None:
    for changes in watch(ROOT / "nbs", watch_filter=lambda _, path: path.endswith(".ipynb"), debounce=300, step=50):
        for path in sorted({path for _, path in changes}):
            parts = Path(path).parts
            if Path(path).is_file() and ".ipynb_checkpoints" not in parts and "experiments" not in parts:
                export(path)


class Modules(PythonFilter):
    "What a server reads; the index of the documentation, which each export writes too, is not among it."

    def __call__(self, change: Change, path: str) -> bool:
        return not path.endswith("_modidx.py") and super().__call__(change, path)


if __name__ == "__main__":
    os.chdir(ROOT)
    Path("data").mkdir(exist_ok=True)
    Thread(target=export_what_is_saved, daemon=True).start()
    serve = shlex.join(["tweetsent", "serve", *sys.argv[1:]])
    run_process(ROOT / "tweetsent", target=serve, target_type="command", watch_filter=Modules(), debounce=300, step=50, grace_period=0.2)
