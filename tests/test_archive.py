"Archives: killed and resumed, on one machine and on a cluster, every row is there once."

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from test_modeling import FACTS, tfidf_model

from tweetsent.inference.archive import work_folder
from tweetsent.modeling.artifacts import save_model

TWEETSENT = [sys.executable, "-c", "from tweetsent.pipeline.cli import main; main()"]


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    "A project with a trained baseline and an archive of three files, 12,000 rows, of which some are bad and many repeat."
    root = tmp_path_factory.mktemp("project")
    (root / "settings.ini").write_text("[project]\n")
    save_model(tfidf_model(), root / "models" / FACTS["run_id"], **FACTS)
    archive = root / "archive"
    archive.mkdir()
    for number in range(3):
        rows = [f"{number}{i:05},stock {('up', 'down', 'flat')[i % 3]} {i % 1500} https://t.co/{i:05}" if i % 100 else f"{number}{i:05},two,many" for i in range(4_000)]
        (archive / f"part-{number}.csv").write_text("\n".join(["id,text", *rows]) + "\n")
    return root


def command(project: Path, out: str, *more: str) -> list[str]:
    return [*TWEETSENT, "score", "archive", "--model", FACTS["run_id"], "--out", out, "--chunk-rows", "400", "--json", *more]


def scored(project: Path, out: str, *more: str) -> dict:
    done = subprocess.run(command(project, out, *more), cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


def check_every_row(path: Path) -> pl.DataFrame:
    table = pl.read_parquet(path)
    assert table.group_by("file").len().sort("file").rows() == [(f"part-{number}.csv", 4_000) for number in range(3)]
    assert table["row"].to_list() == [*range(1, 4_001)] * 3, "every row once, in order"
    bad = table.filter(pl.col("problem").is_not_null())
    assert bad.height == 120 and bad["problem"][0].startswith("wrong number of fields: line") and bad["predicted_label"].null_count() == 120
    return table


def test_a_job_that_is_killed_again_and_again_gives_every_row_once(project):
    whole = scored(project, "whole.parquet")
    assert (whole["rows"], whole["scored"], whole["problems"]) == (12_000, 11_880, {"wrong number of fields": 120})
    assert whole["computed"] <= 4_500 and whole["repeats"] > 0.5, "links differ, texts repeat"
    table = check_every_row(project / "whole.parquet")

    work, kept = work_folder(project / "killed.parquet"), {}
    for parts in (2, 9, 17):
        process = subprocess.Popen(command(project, "killed.parquet"), cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while len(list(work.glob("part-*.parquet"))) < parts and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not (project / "killed.parquet").exists(), "nothing is shown before it is whole"
        times = {path.name: path.stat().st_mtime_ns for path in work.glob("part-*.parquet")}
        assert all(times[name] == before for name, before in kept.items()), "a finished part is not done again"
        kept = times
    resumed = scored(project, "killed.parquet")
    assert resumed["resumed_parts"] == len(kept) >= 17 and resumed["rows"] == 12_000
    assert check_every_row(project / "killed.parquet").equals(table) and not work.exists()


def test_compressed_files_and_json_lines_are_read_like_the_rest(project, tmp_path):
    import gzip

    import zstandard

    text = "\n".join(json.dumps({"id": i, "text": f"stock up {i}"}) for i in range(50)).encode()
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(text))
    (tmp_path / "b.jsonl.zst").write_bytes(zstandard.compress(text))
    pl.DataFrame({"id": ["1"], "text": ["stock down"]}).write_parquet(tmp_path / "c.parquet")
    done = subprocess.run([*TWEETSENT, "score", f"{tmp_path}/*", "--model", FACTS["run_id"], "--out", str(tmp_path / "o.parquet")], cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert pl.read_parquet(tmp_path / "o.parquet").group_by("file").len().sort("file").rows() == [("a.jsonl.gz", 50), ("b.jsonl.zst", 50), ("c.parquet", 1)]
    assert "101 rows: 101 scored" in done.stdout and "(51 distinct texts were computed)" in done.stdout
    again = subprocess.run([*TWEETSENT, "score", "archive", "--model", FACTS["run_id"], "--out", str(tmp_path / "o.parquet")], cwd=project, capture_output=True, text=True)
    assert again.returncode == 2 and again.stderr.startswith("error: --out ") and "exists already" in again.stderr


@pytest.mark.long
def test_a_cluster_gives_the_same_file_although_a_worker_is_killed(project):
    pytest.importorskip("ray", reason="needs tweetsent[cluster]")
    scored(project, "local.parquet")
    work = work_folder(project / "cluster.parquet")
    small = command(project, "cluster.parquet", "--ray", "local", "--workers", "2", "--chunk-rows", "20")
    process = subprocess.Popen(small, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline, victims = time.monotonic() + 250, []
    while not (victims and any(work.glob("part-*.parquet"))) and time.monotonic() < deadline and process.poll() is None:
        victims = [pid for pid, name in descendants(process.pid) if "PartScorer" in name]
    assert process.poll() is None, process.stderr.read()
    assert len(list(work.glob("part-*.parquet"))) < 600, "killed in the middle"
    os.kill(victims[0], signal.SIGKILL)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert json.loads(out.strip().splitlines()[-1])["rows"] == 12_000
    assert check_every_row(project / "cluster.parquet").equals(pl.read_parquet(project / "local.parquet"))


def descendants(pid: int) -> list[tuple[int, str]]:
    "Processes that this one has started, or theirs, with their titles."
    found, parents = [], {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    wanted = {pid}
    for _ in range(10):
        wanted |= {child for child, parent in parents.items() if parent in wanted}
    for child in wanted:
        try:
            found.append((child, Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\x00", b" ").decode()))
        except OSError:
            continue
    return found
