"""The command line as a user meets it: exit codes, one readable line, JSON for scripts."""

import json
import os
import re

import pytest

from tweetsent.core.errors import TweetsentError
from tweetsent.core.settings import read_settings
from tweetsent.pipeline import cli
from tweetsent.pipeline.sources import checked_config
from tweetsent.pipeline.training_config import TrainConfig
from tweetsent.pipeline.training_data import load_training_data

ROWS = "text,label\n" + "".join(f"{word} {i},{label}\n" for i in range(12) for word, label in (("up", "bullish"), ("down", "bearish"), ("flat", "neutral")))


def one_line(done) -> str:
    "The error line; fails when there is a traceback, more than one line, or no error."
    assert "Traceback" not in done.stdout + done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_help_lists_the_commands(tweetsent):
    done = tweetsent("--help")
    assert done.returncode == 0
    for command in ("demo", "ingest", "run", "runs", "compare", "models", "doctor"):
        assert re.search(rf"\b{command}\b", done.stdout)


def test_version(tweetsent):
    assert re.fullmatch(r"tweetsent \d+\.\d+\.\d+\n", tweetsent("--version").stdout)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["run", "train", "-p", "sed", "1"], 2, r"parameter 'sed' is not one of .*'seed'"),
        (["run", "train", "-p", "seed", "soon"], 2, r"parameter 'seed' is 'soon', expected int"),
        (["run", "train", "-p", "seed"], 2, r"the value is missing"),
        (["run", "nosuch"], 2, r"notebook 'nosuch' is not one of \['compare', 'evaluate', 'label', 'market', 'pretrain', 'train'\]"),
        (["ingest", "nosuch.csv"], 1, r"nosuch\.csv.*(does not exist|not found|no such)"),
        (["ingest", "good.csv", "--out", "x.xlsx"], 2, r"'\.xlsx' is not one of"),
        (["ingest", "good.csv", "--schema", "sentiment9"], 2, r"schema 'sentiment9' is not one of .*sentiment3"),
        (["compare", "a", "b"], 1, r"no run there yet"),
        (["run", "evaluate"], 1, r"no train run there yet"),
        (["ingest", "~nosuch/x.csv"], 1, r"~nosuch/x\.csv: file not found"),
        (["ingest", "good.csv", "--out", "good.csv"], 2, r"would write over good\.csv"),
        (["ingest", ".", "--out", "all.parquet"], 2, r"lies in the folder \. that is read"),
        (["ingest", "good.csv", "--out", "good.csv/x.parquet"], 1, r"good\.csv/x\.parquet: .*(is a file|taken by a file)"),
        (["ingest", "good.csv", "--out", "folder.parquet"], 1, r"a folder has this name"),
        (["ingest", "good.csv", "--out", "x" * 300 + ".parquet"], 1, r"the name is too long"),
        (["ingest", os.fsdecode(b"l\xe4nder.csv")], 1, r"is not UTF-8; rename the file"),
        (["run", "broken.ipynb"], 2, r"broken\.ipynb is not a notebook"),
        (["run", "train", "-p", "run_id", "latest"], 2, r"run id 'latest' means something else"),
        (["run", "train", "-p", "run_id", "trained"], 2, r"run id 'trained' is taken by the model .*models/trained"),
    ],
)
def test_wrong_use_is_one_line(tweetsent, project, words, code, message):
    (project / "good.csv").write_text(ROWS)
    (project / os.fsdecode(b"l\xe4nder.csv")).write_text(ROWS)
    (project / "broken.ipynb").touch()
    for folder in ("folder.parquet", "models/trained"):
        (project / folder).mkdir(parents=True)
    done = tweetsent(*words)
    assert done.returncode == code
    assert re.search(message, one_line(done), re.IGNORECASE)


def test_a_file_whose_name_begins_with_a_tilde_is_read(tweetsent, project):
    (project / "~b.csv").write_text(ROWS)
    assert tweetsent("ingest", "~b.csv", "--out", "out.parquet").returncode == 0


def test_what_nobody_foresaw_is_one_line_too(monkeypatch, capsys, project):
    def breaks(folder):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(cli, "list_runs", breaks)
    with pytest.raises(SystemExit) as ended:
        cli.main(["runs"])
    assert ended.value.code == 1
    assert capsys.readouterr().err == "error: ZeroDivisionError: division by zero; this was not foreseen, run again with --debug to see where it happened\n"
    with pytest.raises(ZeroDivisionError):
        cli.main(["runs", "--debug"])


def test_a_table_without_texts_reads_in_the_notebook_as_it_does_outside(tweetsent, project):
    (project / "numbers.csv").write_text("day,close\n1,2\n")
    done = tweetsent("run", "train", "-p", "data", "numbers.csv", "-p", "model", "tfidf")
    assert done.returncode == 1 and one_line(done).startswith("error: numbers.csv: no text column among the columns")


BAD_TRAINING_INPUT = [
    (ROWS, {"split": "weekly"}, 2, r"'split' is 'weekly'.*random.*time.*author"),
    ("text,label\nup,bullish\ndown,sideways\n", {}, 1, r"row 2.*'sideways'.*bearish.*neutral.*bullish"),
    (ROWS, {"model": "nosuch"}, 2, r"nosuch.*minilm"),
    (ROWS, {"label_map": "{"}, 2, r"label_map.*JSON"),
    (ROWS, {"schema": "two"}, 2, r"schema 'two' is not one of"),
    (ROWS, {"max_train_examples": 1}, 2, r"max_train_examples"),
    ("text,label\nup,bullish\nup more,bullish\n", {}, 1, r"one class"),
    ("text,label\nup,\ndown,\n", {}, 1, r"label"),
    ("text,mood\nup,good\ndown,bad\n", {}, 1, r"label"),
]


@pytest.mark.parametrize(("content", "parameters", "code", "message"), BAD_TRAINING_INPUT)
def test_bad_training_input_is_refused_while_it_is_read(project, content, parameters, code, message):
    (project / "x.csv").write_text(content)
    settings = read_settings(project)
    with pytest.raises(TweetsentError, match=f"(?i){message}") as refused:
        load_training_data(checked_config(TrainConfig, data="x.csv", **{"model": "tfidf"} | parameters), settings)
    assert refused.value.exit_code == code


@pytest.mark.parametrize(("content", "parameters", "code", "message"), BAD_TRAINING_INPUT[:2])
def test_bad_training_input_is_one_line_and_leaves_no_run(tweetsent, project, content, parameters, code, message):
    (project / "x.csv").write_text(content)
    done = tweetsent("run", "train", "-p", "data", "x.csv", "-p", "model", parameters.get("model", "tfidf"), *(f"-p{n}={v}" for n, v in parameters.items() if n != "model"))
    assert done.returncode == code, done.stderr
    assert re.search(message, one_line(done), re.IGNORECASE)
    left = [path.name for path in (project / "reports").glob("*") if path.name not in ("failed", "index.html")]
    assert not left and not (project / "models").exists()
    for failed in (project / "reports" / "failed").glob("*"):
        assert (failed / "notebook.ipynb").is_file() and json.loads((failed / "error.json").read_text())["error"]


def test_debug_shows_the_traceback(tweetsent):
    done = tweetsent("run", "nosuch", "--debug")
    assert "Traceback" in done.stderr and done.returncode == 1


def test_plan_stops_before_training(tweetsent, project):
    (project / "x.csv").write_text(ROWS)
    done = tweetsent("run", "train", "-p", "data", "x.csv", "-p", "model", "minilm", "-p", "plan", "true")
    assert done.returncode == 0 and "train minilm (full) on x.csv" in done.stdout
    assert not list((project / "reports").glob("*")) and not (project / "models").exists()


def test_parameters_are_listed_from_the_notebook(tweetsent):
    done = tweetsent("run", "train", "--parameters")
    assert "num_train_epochs" in done.stdout and "label_map" in done.stdout


def test_runs_and_models_speak_json(tweetsent):
    assert json.loads(tweetsent("runs", "--json").stdout) == []
    models = json.loads(tweetsent("models", "--json").stdout)
    assert [one["name"] for one in models["presets"]][:2] == ["tfidf", "minilm"] and models["trained"] == []


def test_doctor_names_what_is_missing_and_never_a_key(tweetsent):
    import os

    done = tweetsent("doctor", "--json", env={**os.environ, "GEMINI_API_KEY": "canary-1234"})
    checks = {check["name"]: check for check in json.loads(done.stdout)}
    assert checks["python"]["status"] == "ok" and checks["GEMINI_API_KEY"]["found"] == "set"
    assert "canary" not in done.stdout + done.stderr
    assert all(check["remedy"] for check in checks.values() if check["status"] != "ok")


def test_bad_settings_name_section_and_key(tweetsent, project):
    (project / "settings.ini").write_text("[model minilm]\nlearning_rat = 1\n")
    done = tweetsent("models")
    assert done.returncode == 2
    assert re.search(r"settings\.ini \[model minilm\]: key 'learning_rat' is not one of .*did you mean 'learning_rate'", one_line(done))
