"Distillation and ensembles: what they are for is measured, not only that they run."

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from test_modeling import FACTS, NAMES, NOT_INSTALLED, encoder_model, rewrite_sums, tfidf_model

from tweetsent.core.classifier import AWKWARD_TEXTS, check_classifier
from tweetsent.core.errors import ArtifactError, LabelError
from tweetsent.core.progress import PROGRESS_VARIABLE
from tweetsent.core.settings import ModelPreset
from tweetsent.data.duplicates import duplicate_groups, duplicate_keys
from tweetsent.data.sample import sample_tweets
from tweetsent.data.text import normalize_texts
from tweetsent.modeling.artifacts import load_model, read_manifest, save_model
from tweetsent.modeling.distillation import CHUNK_ROWS, distilled_rows
from tweetsent.modeling.ensemble import MEMBERS_FILE, EnsembleClassifier
from tweetsent.modeling.tfidf import TfidfClassifier, fit_tfidf

SEEDS, FEW = (0, 1, 2, 3, 4), 60


def label_ids(frame: pl.DataFrame) -> np.ndarray:
    return frame["label"].replace_strict(dict(zip(NAMES, range(3), strict=True)), return_dtype=pl.Int64).to_numpy()


def turned(model: TfidfClassifier) -> TfidfClassifier:
    "The same model with its labels in another order."
    order = [2, 0, 1]
    return TfidfClassifier(model.vectorizers, model.coef[order], model.intercept[order], [NAMES[i] for i in order])


# ---- the world: tweets in four parts that share no near copy, a good teacher, a small student ----


@pytest.fixture(scope="module")
def parts() -> dict[str, pl.DataFrame]:
    tweets = sample_tweets(seed=5, n=3600)
    group = duplicate_groups(tweets["text"])
    place = np.random.default_rng(0).permutation(int(group.max()) + 1)[group.to_numpy()] / (int(group.max()) + 1)
    cuts = {"teacher": (0, 0.4), "stream": (0.4, 0.75), "validation": (0.75, 0.8), "held_out": (0.8, 1)}
    return {name: tweets.filter(pl.Series((place >= low) & (place < high))) for name, (low, high) in cuts.items()}


@pytest.fixture(scope="module")
def teacher(parts) -> TfidfClassifier:
    return fit_tfidf(parts["teacher"]["text"].to_list(), label_ids(parts["teacher"]), NAMES)


@pytest.fixture(scope="module")
def hidden(parts) -> pl.DataFrame:
    return pl.concat([parts["validation"], parts["held_out"]]).select("text")


@pytest.fixture(scope="module")
def preset(parts, tmp_path_factory) -> ModelPreset:
    "A network of 58,000 random weights: it knows nothing but what it is taught."
    torch = pytest.importorskip("torch", reason="students need tweetsent[train]")
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("checkpoint") / "tiny"
    folder.mkdir()
    words = Counter(word for text in normalize_texts(parts["stream"]["text"]).str.to_lowercase() for word in re.findall(r"\w+|[^\w\s]", text))
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *(word for word, _ in words.most_common(1000))]
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    BertModel(BertConfig(vocab_size=len(vocabulary), **sizes)).save_pretrained(folder)
    BertTokenizerFast.from_pretrained(folder).save_pretrained(folder)
    return ModelPreset(name="tiny", method="full", checkpoint=str(folder))


@pytest.fixture(scope="module")
def students(parts, teacher, hidden, preset, tmp_path_factory):
    "For each seed the same student, by the same number of steps: taught on FEW labels and the stream, and trained on the FEW labels alone."
    import torch

    from tweetsent.modeling.training import TrainingConfig, fine_tune

    work, threads = tmp_path_factory.mktemp("work"), torch.get_num_threads()
    torch.set_num_threads(1)
    students = {"taught": [], "alone": []}
    for seed in SEEDS:
        few = parts["stream"].sample(FEW, seed=seed)
        stream = parts["stream"].join(few, on="tweet_id", how="anti").drop("label")
        taught, _ = distilled_rows(few, teacher, NAMES, stream, hidden)
        alone = pl.concat([few] * (len(taught) // FEW + 1))
        recipe = {"learning_rate": 5e-3, "num_train_epochs": 3, "evals_per_epoch": 1, "per_device_train_batch_size": 32, "max_length": 48}
        config = TrainingConfig(**recipe, early_stopping_patience=9, bf16=False, seed=seed)
        for name, rows in (("taught", taught), ("alone", alone)):
            students[name].append(fine_tune(rows, parts["validation"], preset, NAMES, config, work / f"{name}-{seed}").classifier)
    torch.set_num_threads(threads)
    return SimpleNamespace(**students)


def macro_f1(model, frame: pl.DataFrame) -> float:
    from tweetsent.modeling.training import simple_score

    return simple_score(model.predict_proba(frame["text"].to_list()), label_ids(frame))["macro_f1"]


def log_loss(model, frame: pl.DataFrame) -> np.ndarray:  # one a row
    return -np.log(model.predict_proba(frame["text"].to_list())[np.arange(len(frame)), label_ids(frame)])


def accuracy(model, frame: pl.DataFrame) -> float:
    return float((model.predict_proba(frame["text"].to_list()).argmax(axis=1) == label_ids(frame)).mean())


# ---- the effect ----


def test_a_student_learns_from_its_teacher_what_few_labels_cannot_tell_it(students, parts, teacher, capsys):
    taught, alone = ([macro_f1(student, parts["held_out"]) for student in group] for group in (students.taught, students.alone))
    gains, known = np.subtract(taught, alone), macro_f1(teacher, parts["held_out"])
    error = gains.std(ddof=1) / len(gains) ** 0.5
    with capsys.disabled():
        print(f"\nmacro F1 on {len(parts['held_out'])} held-out tweets, teacher {known:.3f}")
        for seed, one, other in zip(SEEDS, taught, alone, strict=True):
            print(f"  seed {seed}: taught {one:.3f}, {FEW} labels alone {other:.3f}")
        print(f"  gain {gains.mean():.3f} +- {error:.3f}")
    assert gains.min() > 0.1, "with every seed"
    assert gains.mean() - 4 * error > 0.1, "and not by luck"
    assert np.mean(taught) > np.mean(alone) + 0.5 * (known - np.mean(alone)), "more than half of the way to the teacher"


@pytest.mark.parametrize(("group", "margin"), [("taught", 0), ("alone", 0.05)])
def test_an_ensemble_of_three_seeds_loses_less_than_its_members_on_every_row(students, parts, group, margin, capsys):
    members, held_out = getattr(students, group)[:3], parts["held_out"]
    ensemble = EnsembleClassifier(members)
    single, together = np.array([log_loss(member, held_out) for member in members]), log_loss(ensemble, held_out)
    with capsys.disabled():
        print(f"\nlog loss of the members {single.mean(axis=1).round(4)}, of the ensemble {together.mean():.4f}")
        print(
            f"accuracy of the members {[round(accuracy(member, held_out), 3) for member in members]}, of the ensemble {accuracy(ensemble, held_out):.3f}"
        )
    assert (together <= single.mean(axis=0) + 1e-6).all(), "Jensen's inequality holds for each row"
    assert together.mean() < single.mean() - margin, "and it pays the more, the more the members disagree"


# ---- what may teach ----


def test_no_copy_of_a_held_out_tweet_enters_whatever_it_is_dressed_as(parts, teacher):
    words = pl.col("text").str.replace_all(r"http\S+", "").str.extract_all(r"[A-Za-z]{2,}").list.n_unique()
    few, held_out = parts["stream"].head(20), parts["held_out"].filter(words >= 6)  # one word more leaves the sets alike to 6 / 7
    copies = pl.concat(
        [
            held_out.select("text"),
            held_out.select(text="RT @someone: " + pl.col("text")),
            held_out.select(pl.col("text").str.to_uppercase()),
            held_out.select(pl.col("text") + " https://t.co/abc"),
            held_out.select(pl.col("text") + " wow"),
        ]
    )
    stream = parts["stream"][20:].select("text")
    mixed = pl.concat([copies, stream]).sample(fraction=1, shuffle=True, seed=1)
    without, _ = distilled_rows(few, teacher, NAMES, stream, held_out)
    table, counts = distilled_rows(few, teacher, NAMES, mixed, held_out)
    assert set(table["text"]).isdisjoint(copies["text"])
    assert counts.n_held_out == 2 * duplicate_keys(held_out["text"]).n_unique() and counts.n_unlabeled == len(without) - len(few), (
        "and nothing else was lost"
    )
    together = duplicate_groups(pl.concat([held_out["text"], table["text"][len(few) :]]))
    assert set(together[: len(held_out)]).isdisjoint(together[len(held_out) :])


def test_every_unlabelled_row_is_either_in_the_table_or_counted(parts, teacher, hidden):
    few = parts["stream"].head(50)
    stream = pl.concat([parts["stream"].select("text"), hidden.head(40), pl.DataFrame({"text": [None, " "]})])
    table, counts = distilled_rows(few, teacher, NAMES, stream, hidden, min_score=0.5)
    left_out = [counts.n_without_text, counts.n_repeats, counts.n_labeled_copies, counts.n_held_out, counts.n_unsure]
    assert min(left_out) > 0 and counts.n_unlabeled + sum(left_out) == len(stream)
    assert len(table) == counts.n_labeled + counts.n_unlabeled and sum(counts.teacher_labels.values()) == counts.n_unlabeled


def test_a_teacher_with_its_labels_in_another_order_teaches_the_same(parts, teacher, hidden):
    few, stream = parts["stream"].head(FEW), parts["stream"][FEW:].drop("label")
    tables = [distilled_rows(few, model, NAMES, stream, hidden)[0] for model in (teacher, turned(teacher))]
    assert tables[0].drop("label_shares").equals(tables[1].drop("label_shares"))
    shares = [np.array(table["label_shares"].to_list()) for table in tables]
    assert np.abs(shares[0] - shares[1]).max() < 1e-6 and shares[0].std() > 0.1


class ByTarget:
    "Bullish for $UP, bearish for $DOWN, neutral without a target; counts how much it is asked at once."

    label_names, version, reads_targets = NAMES, "by-target", True

    def __init__(self):
        self.calls = []

    def predict_proba(self, texts, targets=None):
        self.calls.append(len(texts))
        ids = [{"UP": 2, "DOWN": 0}.get(target, 1) for target in targets or [None] * len(texts)]
        return np.eye(3, dtype=np.float32)[ids] * 0.7 + np.float32(0.1)


def test_one_tweet_about_two_tickers_teaches_twice():
    few = pl.DataFrame({"text": ["a gain", "a loss"], "label": ["bullish", "bearish"], "target": ["UP", "DOWN"]})
    stream = pl.DataFrame({"text": ["$UP beats $DOWN"] * 3, "target": ["UP", "DOWN", None]})
    table, counts = distilled_rows(few, ByTarget(), NAMES, stream, stream.head(0))
    assert table["label"][2:].to_list() == ["bullish", "bearish", "neutral"] and counts.n_repeats == 0
    assert table["target"].to_list() == ["UP", "DOWN", "UP", "DOWN", None]


def test_a_large_stream_goes_to_the_teacher_in_chunks_and_says_how_far_it_is(tmp_path, monkeypatch):
    facts = tmp_path / "facts.jsonl"
    monkeypatch.setenv(PROGRESS_VARIABLE, str(facts))
    few, teacher = pl.DataFrame({"text": ["a", "b"], "label": ["bullish", "bearish"]}), ByTarget()
    n = 2 * CHUNK_ROWS + 5
    table, _ = distilled_rows(few, teacher, NAMES, pl.DataFrame({"text": [f"tweet{i}" for i in range(n)]}), few.head(0))
    assert teacher.calls == [2, CHUNK_ROWS, CHUNK_ROWS, 5] and len(table) == n + 2
    last = json.loads(facts.read_text().splitlines()[-1])
    assert (last["title"], last["done"], last["total"], last["unit"]) == ("asking by-target", n, n, "tweet")


def test_a_teacher_with_other_labels_is_refused_before_it_is_asked(parts):
    other = fit_tfidf(["up", "down"], [1, 0], ("no", "yes"))
    with pytest.raises(LabelError) as error:
        distilled_rows(parts["stream"], other, NAMES)
    found = r"teacher tfidf-\w+: labels \['no', 'yes'\] are not \['bearish', 'neutral', 'bullish'\] in some order; "
    assert re.fullmatch(found + "distil from a model that was trained with these labels, or train with the teacher's schema", str(error.value))


# ---- an ensemble is a classifier ----


def mixed() -> EnsembleClassifier:
    "A network that reads targets, a baseline, and the baseline with its labels in another order."
    network, baseline = encoder_model(), tfidf_model()
    network.reads_targets, network.temperature = True, 1.3
    return EnsembleClassifier([network, baseline, turned(baseline)], weights=[2, 1, 1])


@pytest.fixture(scope="module", params=["baselines", "mixed", "nested"])
def ensemble(request):
    baseline = tfidf_model()
    if request.param == "baselines":
        return EnsembleClassifier([baseline, turned(baseline)])
    return mixed() if request.param == "mixed" else EnsembleClassifier([mixed(), baseline], temperature=1.7)


@pytest.fixture(scope="module")
def saved(ensemble, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("models") / FACTS["run_id"]
    save_model(ensemble, folder, **FACTS)
    return folder


@pytest.fixture
def copy(saved, tmp_path) -> Path:
    return shutil.copytree(saved, tmp_path / "copy")


def test_the_contract_holds_in_memory_and_after_a_reload(ensemble, saved):
    check_classifier(ensemble)
    reloaded, texts = load_model(saved), list(AWKWARD_TEXTS)
    check_classifier(reloaded)
    assert np.allclose(reloaded.predict_proba(texts), ensemble.predict_proba(texts), rtol=0, atol=1e-6)
    assert (reloaded.version, reloaded.reads_targets) == (read_manifest(saved).model_version, ensemble.reads_targets)
    assert [member.version for member in reloaded.members] == [member.version for member in ensemble.members]
    assert {path.suffix for path in saved.rglob("*") if path.is_file()} <= {".json", ".safetensors", ".txt"}, "nothing to unpickle"


def test_every_missing_altered_or_added_file_of_a_member_is_refused(copy):
    files = sorted(path for path in copy.glob("members/**/*") if path.is_file())
    assert len(files) >= 6
    for path in files:
        content = path.read_bytes()
        path.unlink()
        with pytest.raises(ArtifactError, match=f"{path.relative_to(copy)} is missing; copy the folder again"):
            load_model(copy)
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        with pytest.raises(ArtifactError, match="the file was altered or torn"):
            load_model(copy)
        path.write_bytes(content)
    (copy / "members" / "1" / "added_tokens.json").write_text("{}")
    with pytest.raises(ArtifactError, match=r"members/1/added_tokens.json is not listed in manifest.json; remove it"):
        load_model(copy)


def save_baselines(folder: Path) -> Path:
    baseline = tfidf_model()
    save_model(EnsembleClassifier([baseline, turned(baseline)]), folder, **FACTS)
    return folder


def drop_files(folder: Path, part: str) -> None:
    "Remove a member and let the manifest agree."
    manifest = read_manifest(folder)
    shutil.rmtree(folder / part)
    files = {name: digest for name, digest in manifest.files.items() if not name.startswith(part)}
    (folder / "manifest.json").write_text(manifest.model_copy(update={"files": files}).sealed().model_dump_json())


def test_a_member_taken_out_with_the_sums_made_to_fit_is_refused(tmp_path):
    folder = save_baselines(tmp_path / "m")
    drop_files(folder, "members/2")
    with pytest.raises(ArtifactError, match=r"\['2'\] does not fit the 2 members of members.json; copy the folder again"):
        load_model(folder)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            '"bullish",\n        "bearish",\n        "neutral"',
            '"bearish",\n        "bullish",\n        "neutral"',
            r"members/2/config.json: labels .* are not the manifest's",
        ),
        ('"kind": "tfidf"', '"kind": "oracle"', r"members/1: kind 'oracle' is not one of"),
        ('"weight": 0.5', '"weight": -0.5', r"members.json: no readable list of members"),
        ('"weight": 0.5', '"weight": 0.0', r"m: ensemble: weights \[0.0, 0.0\] for 2 members"),
        ('"members": [', '"member": [', r"members.json: no readable list of members"),
    ],
)
def test_a_list_of_members_that_does_not_fit_them_is_refused_in_words(tmp_path, old, new, words):
    folder = save_baselines(tmp_path / "m")
    text = (folder / MEMBERS_FILE).read_text()
    assert old in text
    (folder / MEMBERS_FILE).write_text(text.replace(old, new))
    rewrite_sums(folder)
    with pytest.raises(ArtifactError, match=words):
        load_model(folder)


def test_targets_go_to_the_members_that_read_them(tmp_path):
    reader, baseline = ByTarget(), tfidf_model()
    both = EnsembleClassifier([reader, baseline])
    asked, alone = both.predict_proba(["stock up"] * 2, ["UP", "DOWN"]), baseline.predict_proba(["stock up"])[0]
    assert both.reads_targets and np.allclose(asked, [(alone + [0.1, 0.1, 0.8]) / 2, (alone + [0.8, 0.1, 0.1]) / 2], atol=1e-6)

    learnt, deaf = encoder_model(), encoder_model()
    learnt.reads_targets = True
    pair = EnsembleClassifier([learnt, deaf])
    save_model(pair, tmp_path / "m", **FACTS)
    loaded, question = load_model(tmp_path / "m"), (["stock is flat"] * 2, ["UP", "GOOD"])
    expected = (learnt.predict_proba(*question) + deaf.predict_proba(question[0])) / 2
    for model in (pair, loaded):
        assert np.allclose(model.predict_proba(*question), expected, atol=1e-6)
    assert [member.reads_targets for member in loaded.members] == [True, False]
    assert np.abs(expected[0] - expected[1]).max() > 1e-4, "the target is heard"


def test_baselines_ensemble_and_teach_where_torch_cannot_be_imported(tmp_path):
    program = (
        NOT_INSTALLED
        + """
from pathlib import Path
import polars as pl
from tweetsent.modeling.artifacts import load_model
from tweetsent.modeling.distillation import distilled_rows
model = load_model(Path(sys.argv[1]))
rows = pl.DataFrame({"text": ["stock up"], "label": ["bullish"]})
table, counts = distilled_rows(rows, model, model.label_names, pl.DataFrame({"text": ["very good up", "stock down"]}), rows.head(0))
print(model.kind, table["label"].to_list(), "torch" in sys.modules)
"""
    )
    done = subprocess.run([sys.executable, "-c", program, str(save_baselines(tmp_path / "m"))], capture_output=True, text=True)
    assert done.stdout.strip() == "ensemble ['bullish', 'bullish', 'bearish'] False", done.stderr


def test_a_network_among_the_members_names_what_is_missing_without_torch(tmp_path):
    save_model(mixed(), tmp_path / "m", **FACTS)
    program = (
        NOT_INSTALLED
        + """
from pathlib import Path
from tweetsent.core.errors import ArtifactError
from tweetsent.modeling.artifacts import load_model
try:
    load_model(Path(sys.argv[1]))
except ArtifactError as error:
    print(error)
"""
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "m")], capture_output=True, text=True)
    assert "members/1: a model of kind 'encoder' needs torch; install tweetsent[train]" in done.stdout, done.stderr
