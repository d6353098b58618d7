"""What a training learns about its own scores goes into the model and every later evaluation; several data sets are never pooled."""

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tweetsent.core.errors import ParameterError
from tweetsent.core.settings import Settings, read_settings
from tweetsent.modeling.artifacts import load_model, read_manifest
from tweetsent.pipeline.evaluation_run import (
    EvaluateConfig,
    examine_evaluation,
    load_evaluation,
    predict_evaluation,
    save_evaluation_run,
    score_evaluation,
)
from tweetsent.pipeline.sources import checked_config
from tweetsent.pipeline.training_config import TrainConfig
from tweetsent.pipeline.training_data import TrainingData, load_training_data
from tweetsent.pipeline.training_run import calibrated, predict, save_training_run, train
from tweetsent.reporting.runs import start_run


@pytest.fixture(scope="module")
def settings(tmp_path_factory) -> Settings:
    folder = tmp_path_factory.mktemp("project")
    (folder / "settings.ini").write_text("[project]\n")
    return read_settings(folder)


@pytest.fixture(scope="module")
def trained(settings) -> tuple[TrainingData, pl.DataFrame]:
    "A published training run 'train-x' that withholds answers: its rows and its predictions."
    config = checked_config(TrainConfig, data="sample", model="tfidf", wanted_accuracy=0.9)
    data = load_training_data(config, settings)
    model = train(config, data, settings)
    model = calibrated(replace(model, classifier=sharper(model.classifier)), data, config)
    predictions = predict(model, data)
    run = start_run("train", config.model_dump(by_alias=True), run_id="train-x", settings=settings)
    save_training_run(run, config, data, model, predictions, {}, settings)
    return data, predictions


def sharper(classifier):
    "The same model, three times as sure of itself: there is something to correct."
    classifier.coef, classifier.intercept = 3 * classifier.coef, 3 * classifier.intercept
    return classifier


def evaluation(settings: Settings, data: str, **changes):
    config = checked_config(EvaluateConfig, run="train-x", data=data, explain=2, **changes)
    return config, load_evaluation(config, settings)


def test_temperature_threshold_and_quantile_are_saved_with_the_model(settings, trained):
    data, predictions = trained
    manifest = read_manifest(settings.models_dir / "train-x")
    assert manifest.temperature > 1.5 and 0.5 < manifest.abstain_below < 1 and 0 < manifest.conformal_quantile < 1
    rows = data.side("test")
    probs = load_model(settings.models_dir / "train-x").predict_proba(rows["text"].to_list())
    kept = predictions.filter(split="test")
    assert np.abs(probs.max(axis=1) - kept["score"].to_numpy()).max() < 1e-6
    assert kept["abstained"].equals(kept["score"] < manifest.abstain_below) and 0 < kept["abstained"].mean() < 1
    answered = kept.filter(~pl.col("abstained"))
    assert (answered["label"] == answered["predicted_label"]).mean() > (kept["label"] == kept["predicted_label"]).mean() + 0.05


def test_an_evaluation_withholds_and_explains_as_the_training_said(settings, trained):
    data, predictions = trained
    rows = data.side("test").select("tweet_id", "text", "label")
    path = settings.root / "same rows.csv"
    rows.write_csv(path)
    config, found = evaluation(settings, str(path), behavior=False)
    again = predict_evaluation(found)
    kept = predictions.filter(split="test")
    assert np.allclose(again["score"], kept["score"], atol=1e-6) and again["abstained"].equals(kept["abstained"])
    details = examine_evaluation(found, again, config)
    assert details["confidence"]["sets"]["promised"] == 0.9 and details["confidence"]["answered"]["coverage"] == 1 - kept["abstained"].mean()
    assert details["shift"]["labels"]["distance"] < 0.1 and [len(details[part]) for part in ("behavior", "explanations")] == [0, 2]


def test_several_data_sets_are_scored_apart_with_their_own_words(settings, trained):
    rows = trained[0].side("test").head(60)
    worded = rows.select("text", pl.col("label").replace({"bullish": "2", "neutral": "1", "bearish": "0"}))
    worded.write_csv(settings.root / "numbers.csv")
    rows.select("text", pl.col("label").replace({"bullish": "strongly_bullish"})).write_csv(settings.root / "five.csv")
    sources = f"challenge, {settings.root / 'numbers.csv'}, {settings.root / 'five.csv'}"
    words = {"numbers": {"0": "bearish", "1": "neutral", "2": "bullish"}}
    config, found = evaluation(settings, sources, schema="sentiment5", label_map=json.dumps(words))
    predictions = predict_evaluation(found)
    metrics = score_evaluation(found, predictions, n_resamples=20)
    assert [name for name in metrics if "_" not in name] == ["challenge", "numbers", "five"] and "test" not in metrics
    assert metrics["numbers"]["macro_f1"] == metrics["five"]["macro_f1"] and metrics["five"]["n"] == 60
    details = examine_evaluation(found, predictions, config.model_copy(update={"behavior": False}))
    run = start_run("evaluate", config.model_dump(by_alias=True), run_id="evaluate-three", settings=settings)
    page = (save_evaluation_run(run, config, found, predictions, metrics, settings, **details) / "report.html").read_text(encoding="utf-8")
    assert (
        "over 3 data sets." in page
        and "0 → bearish" in page
        and "strongly_bullish → bullish" in page
        and page.count("Macro-F1 of each data set") >= 1
    )


def test_a_mapping_for_a_data_set_that_is_not_there_is_refused(settings, trained):
    with pytest.raises(ParameterError, match="data set 'numbrs' is not one of"):
        evaluation(settings, "challenge,sample", label_map='{"numbrs": {"0": "bearish"}}')
