"kill -9 in the training of a preset: the same call resumes and ends with the same adapters, history and answers."

import random

import pytest

torch = pytest.importorskip("torch", reason="training needs tweetsent[train]")

import tiny_checkpoints as tiny  # noqa: E402
from training_processes import checkpoints, finish, kill_when, same, start  # noqa: E402

# 90 rows: 12 steps an epoch in batches of 8, 6 in batches of 16; three evaluations an epoch, each with a checkpoint.
PRESETS = {
    "finbert": {"learning_rate": 5e-3, "num_train_epochs": 2, "evals_per_epoch": 3},
    "gamma3": {"learning_rate": 1e-2, "num_train_epochs": 2, "evals_per_epoch": 3, "early_stopping_metrics": ("macro_f1", "eval_loss")},
    "gemma3-12b": {"learning_rate": 1e-2, "num_train_epochs": 2, "evals_per_epoch": 3, "gradient_checkpointing": True},
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    return tiny.project_with(root, finbert=tiny.write_finbert, gamma3=tiny.write_gemma, gemma3_12b=tiny.write_multimodal_gemma)


@pytest.mark.parametrize("preset", PRESETS)
def test_killed_at_two_random_points_a_preset_ends_as_if_nothing_had_happened(project, preset):
    changes, chance, kills = PRESETS[preset], random.Random(preset), []
    whole = finish(project, f"whole-{preset}", preset, changes)
    assert len([entry for entry in whole["history"] if "eval_loss" in entry]) == 7, "before the first step and six times on the way"
    for _ in range(2):  # somewhere in or after the writing of a checkpoint that was not there before
        seen = checkpoints(project, preset)
        process = start(project, preset, preset, changes)
        assert kill_when(process, lambda seen=seen: checkpoints(project, preset) - seen, chance.uniform(0, 0.1))
        kills.append(sorted(int(path.rsplit("-", 1)[1]) for path in checkpoints(project, preset)))
    resumed = finish(project, preset, preset, changes)
    print(f"{preset}: checkpoints at the kills {kills}, resumed from {resumed['resumed_from']}, best {whole['best']}")
    assert resumed["resumed_from"], "it went on instead of starting again"
    same(resumed, whole)


def test_patience_over_several_figures_survives_a_kill(project):
    changes = {"learning_rate": 0.05, "num_train_epochs": 12, "early_stopping_patience": 2, "early_stopping_metrics": ("macro_f1", "eval_loss")}
    expected = finish(project, "patient", "gamma3", changes)
    assert expected["stopped_because"].startswith("no better macro_f1 or eval_loss in 2 evaluations"), expected["history"]
    process = start(project, "hasty", "gamma3", changes)
    best = expected["best"]["step"]
    # the best is behind it and one evaluation without an improvement is counted: the next one decides
    assert kill_when(process, lambda: any(int(path.split("-")[-1].split("/")[0]) > best for path in checkpoints(project, "hasty", "seal.json")))
    resumed = finish(project, "hasty", "gamma3", changes)
    assert resumed["resumed_from"]
    same(resumed, expected)
