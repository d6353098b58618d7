"""The demo as a new user meets it: one command, real runs, a table that fits the terminal, pages that need no network."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import polars as pl
import pytest

pytestmark = pytest.mark.timeout(900)  # beside another test on two cores, with one thread
COMMAND = Path(sys.executable).parent / "tweetsent"
RUN_FILES = {"run.json", "metrics.json", "predictions.parquet", "notebook.ipynb", "report.html", "model_card.md"}
LOADS_FROM_OUTSIDE = re.compile(r"""<(?:script|img|iframe|source)[^>]+src\s*=\s*["']?\s*https?:|<link[^>]+href\s*=\s*["']?\s*https?:|@import|url\(\s*["']?https?:""", re.I)


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> tuple[Path, str]:
    "One demo in an empty project: the folder, and what it printed."
    folder = tmp_path_factory.mktemp("demo")
    (folder / "settings.ini").write_text("[project]\n")
    done = subprocess.run([COMMAND, "demo"], cwd=folder, capture_output=True, text=True, timeout=880)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder, done.stdout


def runs(folder: Path) -> dict[str, Path]:
    "Run folders by kind and model, e.g. 'train minilm'."
    found = {}
    for path in sorted(folder.glob("reports/*/run.json")):
        record = json.loads(path.read_text())
        name = f"{record['kind']} {record['model']}" if record["kind"] in ("train", "evaluate") else record["kind"]
        if name not in found or record["created_at"] < json.loads((found[name] / "run.json").read_text())["created_at"]:
            found[name] = path.parent  # the first of its kind: the one on known labels
    return found


def test_demo_leaves_whole_runs(demo):
    folder, _ = demo
    found = runs(folder)
    assert {"train tfidf", "train minilm", "evaluate tfidf", "evaluate minilm"} <= set(found)
    assert {name.split()[0] for name in found} == {"train", "evaluate", "compare", "label"} and len(list(folder.glob("reports/*/run.json"))) == 7
    for name, path in found.items():
        expected = RUN_FILES if name.startswith("train") else {"run.json", "metrics.json", "notebook.ipynb", "report.html"}
        assert expected <= {file.name for file in path.iterdir()}, name
        assert "Traceback" not in (path / "notebook.ipynb").read_text()
    assert not list((folder / "reports" / "failed").glob("*"))


def test_demo_models_beat_the_majority_and_minilm_is_level_with_words(demo):
    folder, _ = demo
    found = runs(folder)
    scores, beyond = {}, {}
    for model in ("tfidf", "minilm"):
        metrics = json.loads((found[f"train {model}"] / "metrics.json").read_text())
        test = metrics["test"]
        assert test["n"] > 0 and test["macro_f1"]["low"] <= test["macro_f1"]["value"] <= test["macro_f1"]["high"]
        beyond[model] = metrics["majority_baseline"]["macro_f1"]["high"] < test["macro_f1"]["low"]
        scores[model] = test["macro_f1"]
    print({name: {end: round(value, 3) for end, value in score.items() if end != "n"} for name, score in scores.items()}, beyond)
    assert all(beyond.values()) and scores["minilm"]["value"] > scores["tfidf"]["value"] - 0.1  # a few hundred tweets, a minute of training


def test_demo_labels_as_well_as_the_simulator_is_told_to(demo):
    folder, printed = demo
    metrics = json.loads((runs(folder)["label"] / "metrics.json").read_text())["against_gold"]
    print({name: (record["n"], round(record["accuracy"], 3), round(record["cohen_kappa"], 3)) for name, record in metrics.items()})
    assert set(metrics) == {"vader", "simulator 1", "simulator 2", "simulator 3", "consensus"} and 0.8 < metrics["simulator 1"]["accuracy"] < 0.9
    assert metrics["consensus"]["accuracy"] >= metrics["simulator 1"]["accuracy"]
    assert "tfidf, own" in printed and "simulated LLM" in printed


def test_demo_metrics_are_those_of_its_predictions(demo):
    folder, _ = demo
    path = runs(folder)["train minilm"]
    rows = pl.read_parquet(path / "predictions.parquet").filter(split="test")
    accuracy = (rows["label"] == rows["predicted_label"]).mean()
    assert accuracy == pytest.approx(json.loads((path / "metrics.json").read_text())["test"]["accuracy"]["value"])


def test_demo_tables_fit_eighty_columns(demo):
    _, printed = demo
    rows = [line for line in printed.splitlines() if re.match(r"\s*(majority|tfidf|tfidf, own|minilm)\s+\.\d{3} \[", line)]
    assert len(rows) == 6 and all(len(line) <= 80 and line.count("[") == 3 for line in rows), printed


def test_demo_pages_need_no_network(demo):
    folder, printed = demo
    pages = [folder / "reports" / "index.html", *folder.glob("reports/*/report.html")]
    assert len(pages) == 8 and "reports/index.html" in printed
    for page in pages:
        assert not LOADS_FROM_OUTSIDE.search(page.read_text(encoding="utf-8")), page


def test_the_chain_from_comparison_to_labels_can_be_walked(demo):
    folder, _ = demo
    reports = folder / "reports"
    records = {path.parent.name: json.loads(path.read_text()) for path in reports.glob("*/run.json")}
    links = {run_id: set(re.findall(r'href="\.\./([^"/]+)/report\.html"', (reports / run_id / "report.html").read_text())) for run_id in records}
    label_run = next(run_id for run_id, record in records.items() if record["kind"] == "label")
    learned = [run_id for run_id, record in records.items() if record.get("labels_run_id")]
    assert len(learned) == 1 and records[learned[0]]["labels_run_id"] == label_run and label_run in links[learned[0]]
    for run_id, record in records.items():
        expected = {record.get("model_run_id"), record.get("run_a"), record.get("run_b")} - {None}
        assert expected <= links[run_id], f"{run_id} does not lead back to {expected}"
    index = (reports / "index.html").read_text()
    assert f'trained <a href="{learned[0]}/report.html"' in index and 'asked in <a href="evaluate-' in index


def at_work_in(folder: Path) -> set[str]:
    "Command lines of the processes whose working directory a folder is, kernels among them; the dead do not count."
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            if Path(os.readlink(process / "cwd")) == folder and (words := (process / "cmdline").read_text()):
                found.add(words.replace("\x00", " "))
    return found


def within(seconds: float, holds) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="processes are read from /proc")
@pytest.mark.parametrize("ends", ["Ctrl-C", "SIGTERM", "failed"])
def test_a_demo_that_ends_early_takes_its_second_process_along(ends, tmp_path):
    other_weights = f"[model minilm]\nweights_sha256 = {'0' * 64}\n" if ends == "failed" else ""
    (tmp_path / "settings.ini").write_text("[project]\n" + other_weights)
    demo = subprocess.Popen([COMMAND, "demo"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    if ends != "failed":
        assert within(120, lambda: len(list(tmp_path.glob("reports/.train-*.tmp-*"))) == 2), "both processes are at work"
        os.killpg(demo.pid, signal.SIGINT) if ends == "Ctrl-C" else demo.terminate()
    _, errors = demo.communicate(timeout=120)
    said = errors.strip().splitlines()
    print(said)
    assert demo.returncode and len([line for line in said if line.startswith("error: ")]) == 1 and "Traceback" not in errors
    assert ("sha256" if ends == "failed" else "was stopped") in said[-1]
    assert within(30, lambda: not at_work_in(tmp_path)), at_work_in(tmp_path)
    assert not list((tmp_path / "reports").glob(".*.tmp-*"))
