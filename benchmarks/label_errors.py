"""Label errors planted in the training rows of Twitter Financial News: how many of the top suspects are real, and does cleaning pay?

    TWEETSENT_EVAL_DATA=... python benchmarks/label_errors.py [--models tfidf minilm] [--shapes uniform adjacent to_neutral] [--cache DIR]

A tenth of all training labels is flipped, in one of three shapes: to any other label; to the adjacent label (neutral to either side); to neutral only (a tenth of all rows,
drawn from the bearish and bullish ones). Out-of-fold probabilities of each model, trained on the flipped labels, rank all rows. Printed is the precision of the top 5 %, with

- self: by the probability of the given label as the model states it (what most tools do)
- even: `suspect_labels` told that errors are even (balance=0)
- blind: `suspect_labels` as a user calls it who knows nothing of the noise
- gold: `suspect_labels` with the confusion counts of a few hundred rows with known truth (mean over 10 draws)

Then tf-idf is trained on the flipped, the cleaned (suspects dropped; their number estimated by cleanlab, without the truth) and the true labels, and scored on the validation
file, paired by row.
Fine-tuning takes some minutes a shape on two cores; probabilities are kept in DIR (data/label_errors by default), so a second run is quick.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["POLARS_MAX_THREADS"] = "1"

import numpy as np  # noqa: E402
import polars as pl  # noqa: E402

from tweetsent.labeling.label_errors import blend_probs, estimated_errors, out_of_fold_probs, suspect_labels  # noqa: E402
from tweetsent.labeling.resampling import bootstrap, share_estimate  # noqa: E402
from tweetsent.modeling.tfidf import fit_tfidf  # noqa: E402

NAMES = ("bearish", "neutral", "bullish")
N_FOLDS, SEED = 3, 13


def tfns(part: str) -> tuple[list[str], np.ndarray]:
    "Texts and label ids of a file."
    frame = pl.read_csv(Path(os.environ["TWEETSENT_EVAL_DATA"]) / "tfns" / f"{part}.csv", columns=["text", "label"])
    return frame["text"].to_list(), frame["label"].str.to_lowercase().replace_strict(list(NAMES), range(3), return_dtype=pl.Int64).to_numpy()


def flipped(truth: np.ndarray, shape: str, share: float = 0.1) -> np.ndarray:
    "The labels with a share of all rows flipped."
    rng, labels = np.random.default_rng([SEED, len(shape)]), truth.copy()
    pool = np.flatnonzero(truth != 1) if shape == "to_neutral" else np.arange(len(truth))
    for row in rng.choice(pool, round(share * len(truth)), replace=False):
        if shape == "uniform" or (shape == "adjacent" and truth[row] == 1):
            labels[row] = rng.choice([label for label in range(3) if label != truth[row]])
        else:
            labels[row] = 1
    return labels


def fit_minilm(texts: list[str], label_ids: np.ndarray):
    "Two epochs of the preset without R-Drop; a twentieth of the rows, as noisy as the rest, chooses the checkpoint."
    import torch

    from tweetsent.core.settings import load_settings
    from tweetsent.modeling.training import TrainingConfig, fine_tune

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    preset = load_settings().preset("minilm")
    config = TrainingConfig.from_preset(preset, num_train_epochs=2, r_drop=0, evals_per_epoch=1, seed=SEED)
    frame = pl.DataFrame({"text": texts, "label": [NAMES[i] for i in label_ids]}).sample(fraction=1, shuffle=True, seed=SEED)
    n = len(frame) // 20
    with tempfile.TemporaryDirectory() as folder:
        return fine_tune(frame[n:], frame[:n], preset, NAMES, config, Path(folder)).classifier


FIT = {"tfidf": lambda texts, label_ids: fit_tfidf(texts, label_ids, NAMES), "minilm": fit_minilm}


def probabilities(model: str, shape: str, texts: list[str], labels: np.ndarray, cache: Path) -> np.ndarray:
    "Out-of-fold probabilities, from the cache where they lie there."
    path = cache / f"{model}-{shape}.npy"
    if not path.exists():
        began = time.monotonic()
        cache.mkdir(parents=True, exist_ok=True)
        np.save(path, out_of_fold_probs(texts, labels, FIT[model], len(NAMES), N_FOLDS, SEED))
        print(f"  ({model}, {shape}: {time.monotonic() - began:.0f} s for {N_FOLDS} folds)", flush=True)
    return np.load(path)


def precision(rows: np.ndarray, wrong: np.ndarray) -> str:
    return str(share_estimate(int(wrong[rows].sum()), len(rows)))


def gold_precision(labels: np.ndarray, truth: np.ndarray, probs: np.ndarray, n_gold: int, top: int) -> str:
    "Mean over ten gold sets, which take no part in the ranking."
    shares = []
    for draw in range(10):
        gold = np.random.default_rng([SEED, draw]).choice(len(truth), n_gold, replace=False)
        counts = np.zeros((3, 3), int)
        np.add.at(counts, (truth[gold], labels[gold]), 1)
        rest = np.setdiff1d(np.arange(len(truth)), gold)
        rows = suspect_labels(labels[rest], probs[rest], NAMES, ordinal=True, confusion=counts)["row"].to_numpy()[:top]
        shares.append((labels != truth)[rest][rows].mean())
    return f"{np.mean(shares):.3f} (draws {min(shares):.3f} to {max(shares):.3f})"


def f1_draws(truth: np.ndarray, said: np.ndarray, weights: np.ndarray) -> np.ndarray:
    "Macro-F1 under weights (n, r)."
    scores = []
    for label in range(3):
        hit, both = ((truth == label) & (said == label)) @ weights, (truth == label).astype(float) @ weights + (said == label).astype(float) @ weights
        scores.append(2 * hit / both)
    return np.mean(scores, axis=0)


def cleaning(shape: str, texts: list[str], truth: np.ndarray, labels: np.ndarray, ranked: np.ndarray, n_drop: int) -> None:
    "Macro-F1 on the validation file of tf-idf trained on noisy, cleaned and true labels."
    valid_texts, valid = tfns("valid")
    keep = np.setdiff1d(np.arange(len(labels)), ranked[:n_drop])
    sets = {"noisy": (texts, labels), "cleaned": ([texts[i] for i in keep], labels[keep]), "true": (texts, truth)}
    said = {name: fit_tfidf(rows, ids, NAMES).predict_proba(valid_texts).argmax(axis=1) for name, (rows, ids) in sets.items()}
    found = bootstrap(
        lambda weights: (scores := {name: f1_draws(valid, ids, weights) for name, ids in said.items()}) | {"cleaned - noisy": scores["cleaned"] - scores["noisy"]}, len(valid)
    )
    print(f"  {shape}: {n_drop} suspects dropped, of which wrong {precision(ranked[:n_drop], labels != truth)}; macro-F1 of tf-idf on validation: ")
    print("    " + "; ".join(f"{name} {value}" for name, value in found.items()), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=["tfidf", "minilm"], choices=list(FIT))
    parser.add_argument("--shapes", nargs="+", default=["uniform", "adjacent", "to_neutral"])
    parser.add_argument("--cache", type=Path, default=Path("data/label_errors"))
    given = parser.parse_args()
    texts, truth = tfns("train")
    top = round(0.05 * len(truth))
    for shape in given.shapes:
        labels = flipped(truth, shape)
        wrong = labels != truth
        print(f"{shape}: {wrong.sum()} of {len(truth)} labels flipped; precision of the top {top} suspects", flush=True)
        probs = {model: probabilities(model, shape, texts, labels, given.cache) for model in given.models}
        if len(probs) > 1:
            probs[" + ".join(probs)] = blend_probs(*probs.values())
        for model, found in probs.items():
            plain = np.argsort(found[np.arange(len(labels)), labels], kind="stable")
            blind = suspect_labels(labels, found, NAMES, ordinal=True)["row"].to_numpy()
            even = suspect_labels(labels, found, NAMES, ordinal=True, balance=0)["row"].to_numpy()
            print(f"  {model}: self {precision(plain[:top], wrong)}, even {precision(even[:top], wrong)}, blind {precision(blind[:top], wrong)}")
            print("    " + ", ".join(f"gold of {n}: {gold_precision(labels, truth, found, n, top)}" for n in (100, 300)), flush=True)
        cleaning(shape, texts, truth, labels, blind, estimated_errors(labels, found))


if __name__ == "__main__":
    main()
