"""Reports of whole runs: hostile tweets stay inert, pages stand alone, fit a phone, and equal runs give equal bytes."""

import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tweetsent.core.settings import Settings, read_settings
from tweetsent.evaluation.ranking import compare_all
from tweetsent.evaluation.scores import evaluate_splits
from tweetsent.pipeline.confidence import confidence_details, learn_confidence
from tweetsent.pipeline.examination import examined, examined_closely, explanations
from tweetsent.reporting.comparison import describe_runs, run_names
from tweetsent.reporting.index_page import write_index
from tweetsent.reporting.pages import page_script
from tweetsent.reporting.report import render_run, write_report
from tweetsent.reporting.runs import find_run, keep_failed_run, list_runs, start_run, torn_runs

LABELS = ["bearish", "neutral", "bullish"]
HOSTILE = [
    "<script>alert(1)</script> $TSLA to the moon",
    '"><img src=x onerror=alert(1)> buy $AAPL',
    "</title></style></bdi><iframe src='https://evil.example/'></iframe>",
    "javascript:alert(1) [click](javascript:alert(1)) ![x](https://evil.example/x.png)",
    "{{ 7 * 7 }} {% for x in y %} ${7*7} &lt;b&gt;",
    "\u202eright to left override never closed $MSFT",
    "שלום עולם $NVDA עולה היום חזק 🚀",
    "e" + "\u0301" * 10_000,
    "W" * 5_000,
    "nul \x00 and escape \x1b[31m and bell \x07",
    "</svg><style>body{display:none}</style><a href='https://evil.example' onclick='x()'>here</a>",
]
CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
)


def predictions(split: str, n: int, seed: int, skill: float = 2.0) -> pl.DataFrame:
    "Answers of a made-up model; every hostile tweet gets a wrong answer with a high score."
    rng = np.random.default_rng([seed, n])
    label_ids = np.random.default_rng(n).choice(3, size=n, p=[0.15, 0.65, 0.2])
    logits = rng.normal(size=(n, 3)) + skill * np.eye(3)[label_ids]
    hostile = min(len(HOSTILE), n)
    logits[:hostile] = 6 * np.eye(3)[(label_ids[:hostile] + 1) % 3] + rng.normal(size=(hostile, 3)) / 10
    probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    texts = HOSTILE[:hostile] + [f"$TICK{i} closes {'up' if i % 2 else 'down'} {i % 9} % after the call" for i in range(hostile, n)]
    categories = ["sarcasm", "negation", "emoji-only", "options slang", "several tickers"]
    return pl.DataFrame(
        {"tweet_id": [f"{split}-{i:05d}" for i in range(n)], "split": split, "text": texts, "label": [LABELS[i] for i in label_ids]}
        | {"predicted_label": [LABELS[i] for i in probs.argmax(axis=1)], "score": probs.max(axis=1)}
        | {f"prob_{label}": probs[:, i] for i, label in enumerate(LABELS)}
        | {"abstained": False, "group": list(range(n)), "leaked": [split == "test" and i % 37 == 0 for i in range(n)]}
        | {"category": [categories[i % 5] if split == "challenge" else None for i in range(n)]},
        schema_overrides={"category": pl.String},
    )


def history() -> list[dict]:
    "A training log with two losses and a best checkpoint in the middle."
    logged = [{"step": 10 * i, "epoch": i / 30, "train_loss": 1.05 * 0.96**i + 0.03 * (-1) ** i} for i in range(1, 61)]
    scored = [(0.61, 0.71), (0.48, 0.79), (0.44, 0.83), (0.47, 0.82)]
    return sorted(
        logged + [{"step": 150 * i, "epoch": i / 2, "eval_loss": loss, "macro_f1": f1} for i, (loss, f1) in enumerate(scored, 1)],
        key=lambda row: row["step"],
    )


def train_run(settings: Settings, run_id: str, model: str = "minilm", seed: int = 1, skill: float = 2.0, n: int = 600) -> Path:
    "A published training run with every part a report can show."
    parts = [("validation", 200), ("test", n), ("challenge", 60)]
    frame = pl.concat([predictions(split, size, seed, skill) for split, size in parts])
    shares = {split: {"bearish": 0.15, "neutral": 0.65, "bullish": 0.2} for split in ("train", "validation", "test")}
    parameters = {"data": f"{HOSTILE[0]}.csv", "test": "valid.csv", "model": model, "seed": seed}
    run = start_run("train", parameters, run_id=run_id, settings=settings)
    run.note(model=model, label_names=LABELS, preset={"method": "full", "checkpoint": "x/y"})
    run.note(data_fingerprints={"train": "ab12", "test": f"cd{n}"})
    run.write_metrics(evaluate_splits(frame, LABELS, seed, {"test": 3}, ["neutral"] * 5 + ["bullish"], n_resamples=100))
    run.write_predictions(frame)
    run.write_details(
        split_card={"method": "random", "seed": seed, "sizes": {"train": 9543, "validation": 200, "test": n}, "label_shares": shares}
        | {
            "n_groups": 9000,
            "n_duplicate_rows": 731,
            "n_leaked_without_grouping": 61,
            "notes": ["the test set was given: its rows stay as they are"],
        },
        ledgers={
            "data": {"source": "/somewhere/train.csv", "n_read": 9560, "n_dropped": 17, "summary": [f"row 5: {HOSTILE[1]}"]}
            | {"counts": {"dropped: empty text": 17, "repaired: id as float": 4}}
        },
        guesses={"data": {"text": "column 'text', by its name", "label": HOSTILE[2]}},
        history=history() if model == "minilm" else [],
        stopped_because="all 4 epochs done",
    )
    write_report(run.folder)
    return run.publish()


class Wordy:
    "Answers by the words up and down; dislikes one ticker."

    label_names, version = tuple(LABELS), "wordy-1"

    def predict_proba(self, texts, targets=None):
        up, down = (np.array([text.lower().count(word) for text in texts], dtype=float).reshape(-1) for word in ("up", "down"))
        odds = np.exp(np.column_stack([down + np.array(["$AAPL" in text for text in texts]).reshape(-1), np.full(len(texts), 0.5), up]))
        return (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)


def evaluate_run(settings: Settings, run_id: str) -> Path:
    "A published evaluation with every part of an examination: a weak ticker and a strange month are planted."
    frame = predictions("test", 900, 5).with_columns(
        text=pl.when(pl.int_range(900) >= len(HOSTILE)).then(pl.lit("$ZYX ") + pl.col("text")).otherwise("text"),
        created_at=pl.datetime(2024, 1 + pl.int_range(900) // 100, 5, time_zone="UTC"),
        author=pl.lit(HOSTILE[0]),
    )
    strange = frame["created_at"].dt.month() == 4
    other = pl.col("label").replace({"neutral": "bullish", "bullish": "bearish", "bearish": "neutral"})
    frame = frame.with_columns(
        text=pl.when(strange).then(pl.col("text") + " tariff").otherwise(pl.col("text").str.replace("$ZYX", "$ABC", literal=True)),
        predicted_label=pl.when(strange & (pl.int_range(900) % 2 == 0)).then(other).otherwise("predicted_label"),
    )
    validation = predictions("validation", 300, 6)
    train_rows = validation.select("text", "label", group=pl.int_range(300))
    details = examined(frame) | examined_closely(Wordy(), frame, train_rows) | {"explanations": explanations(Wordy(), frame, 4)}
    scored = predictions("test", 900, 5)
    details["confidence"] = confidence_details(learn_confidence(validation, LABELS, wanted_accuracy=0.9), scored, LABELS)
    run = start_run("evaluate", {"run": "train-minilm", "data": "elsewhere.csv"}, run_id=run_id, settings=settings)
    run.note(model="minilm", label_names=LABELS, model_run_id="train-minilm", data_fingerprints={"train": "ab12", "test": "ef"})
    run.write_metrics(evaluate_splits(scored, LABELS, 5, {}, ["neutral"], n_resamples=50, ordinal=True))
    run.write_predictions(frame)
    run.write_details(**details)
    write_report(run.folder)
    return run.publish()


def compare_run(settings: Settings, run_id: str, *names: str) -> Path:
    "A published comparison of runs."
    runs = [find_run(name, settings.reports_dir) for name in names]
    frames = [pl.read_parquet(run.folder / "predictions.parquet") for run in runs]
    run = start_run("compare", {"run_a": names[0], "run_b": names[1], "seed": 13}, run_id=run_id, settings=settings)
    found = compare_all(frames, run_names(runs), LABELS, 13, n_resamples=400)
    run.write_metrics({f"test_{letter}": one.test for letter, one in zip("abc", runs, strict=False)})
    run.write_details(comparison=describe_runs(runs, found))
    write_report(run.folder)
    return run.publish()


@pytest.fixture(scope="module")
def settings(tmp_path_factory) -> Settings:
    "A project with two training runs, their comparison, a run on another test set, and a failed one."
    found = read_settings(tmp_path_factory.mktemp("project"))
    train_run(found, "train-tfidf", "tfidf", seed=2, skill=1.2)
    train_run(found, "train-minilm", "minilm")
    train_run(found, "train-other-set", "minilm", n=400)
    train_run(found, "train-mpnet", "mpnet", seed=3, skill=2.2)
    compare_run(found, "compare-both", "train-tfidf", "train-minilm")
    compare_run(found, "compare-three", "train-tfidf", "train-minilm", "train-mpnet")
    evaluate_run(found, "evaluate-elsewhere")
    draft = found.reports_dir / f".train-broken.tmp-{os.getpid()}"
    draft.mkdir()
    keep_failed_run(draft, found.reports_dir, f"train.csv row 1: label '{HOSTILE[0]}' is not one of {LABELS}", "train")
    write_index(found.reports_dir)
    return found


PAGES = [f"{name}/report.html" for name in ("train-minilm", "train-tfidf", "compare-both", "compare-three", "evaluate-elsewhere")] + ["index.html"]


class Inspector(HTMLParser):
    "Collects elements, attributes and ids of a page."

    def __init__(self, page: str):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data):
        self.text.append(data)

    def values(self, *names: str) -> list[str]:
        return [value for _, name, value in self.attributes if name in names]


@pytest.mark.parametrize("page", PAGES)
def test_hostile_tweets_are_inert(settings, page):
    text = (settings.reports_dir / page).read_text(encoding="utf-8")
    found = Inspector(text)
    assert not {"iframe", "img", "object", "embed", "form", "base", "link"} & set(found.tags)
    script, digest = page_script()
    assert found.tags.count("script") == 1 and f"<script>{script}</script>" in text and f"script-src 'sha256-{digest}';" in text, "only our own script may run"
    assert found.tags.count("style") == 1 and Inspector(text[: text.index("<body>")]).tags.count("title") == 1
    assert not [name for _, name, _ in found.attributes if name.startswith("on")]
    assert all(not re.match(r"\s*(javascript|data|https?):", value) for value in found.values("href", "src", "xlink:href"))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_stands_alone(settings, page):
    text = (settings.reports_dir / page).read_text(encoding="utf-8")
    assert "default-src 'none'" in text and "@import" not in text and not re.search(r"url\((?!#)", text)
    found = Inspector(text)
    local = [value for value in found.values("href") if not value.startswith("#")]
    assert all((settings.reports_dir / page).parent.joinpath(value).exists() for value in local)
    ids = found.values("id")
    assert len(ids) == len(set(ids))
    assert {value[1:] for value in found.values("href") if value.startswith("#")} <= set(ids)


def test_hostile_tweets_are_shown_and_kept_in_their_place(settings):
    text = (settings.reports_dir / "train-minilm/report.html").read_text(encoding="utf-8")
    shown = "".join(Inspector(text).text)
    assert "<script>alert(1)</script> $TSLA to the moon" in shown and "{{ 7 * 7 }}" in shown
    assert not re.search(r"[\x00-\x08\x0b-\x1f]", text) and "\u0301" * 5 not in text
    assert "<bdi>\u202eright to left" in text and "(cut, 5,000 characters)" in shown


def test_the_report_starts_with_the_result_and_its_doubts(settings):
    page = (settings.reports_dir / "train-minilm/report.html").read_text(encoding="utf-8")
    test = json.loads((settings.reports_dir / "train-minilm/metrics.json").read_text())["test"]
    macro = [f"{test['macro_f1'][part]:.2f}".removeprefix("0") for part in ("value", "low", "high")]
    assert f"Macro-F1 {macro[0]} [{macro[1]}, {macro[2]}] on 600 test rows; the majority baseline reaches" in page
    assert "17 of the 600 test rows have a near-duplicate in training" in page
    for anchor in ("data", "training", "metrics", "confusion", "labels", "calibration", "errors", "challenge", "parameters", "environment"):
        assert f'<section id="{anchor}">' in page
    assert '<section id="training">' not in (settings.reports_dir / "train-tfidf/report.html").read_text()


def test_a_comparison_shows_what_differs(settings):
    page = "".join(Inspector((settings.reports_dir / "compare-both/report.html").read_text(encoding="utf-8")).text)
    assert "tfidf against minilm" in page and "McNemar" in page and "Only minilm is right (15 of" in page
    assert "valid.csv" not in page[page.rindex("What was set differently") :] and "points mostly stay hidden" in page


def test_a_comparison_of_three_says_which_differences_are_real(settings):
    page = "".join(Inspector((settings.reports_dir / "compare-three/report.html").read_text(encoding="utf-8")).text)
    assert "corrected for 3 pairs (Holm): minilm beats tfidf" in page and "mpnet beats tfidf" in page and "No reliable difference between minilm and mpnet" in page
    assert "By macro-F1: m" in page and page.count("Only mpnet is right (5 of") == 2


def test_an_evaluation_names_the_planted_ticker_and_month(settings):
    page = "".join(Inspector((settings.reports_dir / "evaluate-elsewhere/report.html").read_text(encoding="utf-8")).text)
    assert "Weaker than elsewhere beyond luck: " in page and re.search(r"month 2024-04: 4\d % of 100 right", page)
    assert re.search(r"ticker ZYX: 4\d % of 100 right", page) and "1 of 9 months differ from the others: 2024-04." in page and re.search(r"more frequent: [^)]*tariff", page)
    for heading in ("When to stay silent", "Where it is weak", "What has changed", "Behaviour", "Sets of labels", "Quadratic κ"):
        assert heading in page
    assert "another ticker: " in page and "occlusion, probability" in page


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_a_pressed_heading_sorts_its_table(settings, tmp_path):
    text = (settings.reports_dir / "evaluate-elsewhere/report.html").read_text(encoding="utf-8")
    press = "const t=document.querySelector('[aria-label=Slices] table'),b=t.tHead.rows[0].cells[2].querySelector('button');b.click();b.click();"
    press += "document.title=[...t.tBodies[0].rows].map(r=>r.cells[2].textContent).join(' ')"
    (tmp_path / "page.html").write_text(re.sub(r"script-src '[^']*'", "script-src 'unsafe-inline'", text).replace("</body>", f"<script>{press}</script></body>"))
    title = re.search(r"<title>([\d, ]+)</title>", browse(tmp_path / "page.html", tmp_path, "--dump-dom"))[1]
    counts = [int(word.replace(",", "")) for word in title.split()]
    assert len(counts) > 4 and counts == sorted(counts, reverse=True)


def test_the_index_never_ranks_different_test_sets_together(settings):
    page = (settings.reports_dir / "index.html").read_text(encoding="utf-8")
    assert page.count('<section id="set-') == 3 and page.count(">highest<") == 1
    assert "7 runs, 3 test sets, 1 failed." in page and "&lt;script&gt;" in page


def test_the_same_run_gives_the_same_bytes(settings):
    for run in list_runs(settings.reports_dir):
        written = (run.folder / "report.html").read_bytes()
        assert render_run(run.folder).encode() == written
        assert len(written) < 400_000


def test_the_model_card_is_plain_markdown(settings):
    card = (settings.reports_dir / "train-minilm/model_card.md").read_text(encoding="utf-8")
    assert card.startswith("---\nlibrary_name: tweetsent") and "<script" not in card and "](" not in card
    for heading in ("Intended use", "Data", "Metrics", "Limits", "How to load it"):
        assert f"\n## {heading}\n" in card
    assert "majority baseline" in card and "sarcasm" in card


def test_torn_folders_never_stop_the_index(settings, tmp_path):
    shutil.copytree(settings.reports_dir, tmp_path / "reports")
    (tmp_path / "reports/train-tfidf/metrics.json").write_text('{"test": {"n": 6')
    (tmp_path / "reports/train-other-set/run.json").unlink()
    page = write_index(tmp_path / "reports").read_text(encoding="utf-8")
    assert len(torn_runs(tmp_path / "reports")) == 2
    assert "5 runs, 2 test sets, 1 failed." in page and "run.json is missing" in page


def browse(page: Path, folder: Path, *flags: str) -> str:
    "Open a page in chromium; returns its DOM when asked with --dump-dom."
    command = [CHROMIUM, *FLAGS.split(), "--hide-scrollbars", f"--user-data-dir={folder / 'profile'}", *flags, page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
@pytest.mark.parametrize("page", PAGES)
def test_pages_fit_a_phone_and_a_screen(settings, tmp_path, page):
    frames = "".join(f'<iframe width="{width}" height="900" src="page.html"></iframe>' for width in (390, 1280))
    shutil.copy(settings.reports_dir / page, tmp_path / "page.html")
    measure = "frame=>frame.contentDocument.documentElement.scrollWidth+'/'+frame.contentWindow.innerWidth"
    script = f"onload=()=>{{document.title=Array.from(document.querySelectorAll('iframe'),{measure}).join(' ')}}"
    (tmp_path / "probe.html").write_text(f"<!doctype html><title>none</title>{frames}<script>{script}</script>")
    dom = browse(tmp_path / "probe.html", tmp_path, "--allow-file-access-from-files", "--virtual-time-budget=5000", "--dump-dom")
    widths = re.findall(r"(\d+)/(\d+)", re.search(r"<title>(.*?)</title>", dom)[1])
    assert [inner for _, inner in widths] == ["390", "1280"]
    assert all(int(content) <= int(inner) for content, inner in widths), f"{page} scrolls sideways: {widths}"
    browse(settings.reports_dir / page, tmp_path, f"--screenshot={tmp_path / 'phone.png'}", "--window-size=390,844")
    assert (tmp_path / "phone.png").stat().st_size > 5_000
