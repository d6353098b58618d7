"Domain pre-training: perplexity falls, kills change nothing, no token is lost, and what comes out can be trained from or is refused in a sentence."

import json
import multiprocessing
import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file

from tweetsent.core.errors import ArtifactError, PresetError, RunError
from tweetsent.core.settings import ModelPreset, load_settings, read_settings
from tweetsent.modeling.packing import IGNORED, PackedTweets, Vocabulary, causal_labels, framed_ids, mask_tokens

torch = pytest.importorskip("torch", reason="pre-training needs tweetsent[train]")

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
CHAINS = ["stock goes up today".split(), "fund falls down again".split()]
WORDS = SPECIAL + [word for chain in CHAINS for word in chain]
SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
# 240 tweets of 10 tokens in the mean are 75 blocks of 32, 19 steps an epoch: 8 checkpoints of the body after 2 of the head.
RECIPE = {"learning_rate": 3e-3, "num_train_epochs": 4, "per_device_train_batch_size": 4, "block_size": 32}
RECIPE |= {"head_steps": 20, "head_learning_rate": 1e-2, "save_steps": 10, "bf16": False, "seed": 5}


def chained(n: int, seed: int) -> list[str]:
    "Tweets in which every word follows from the one before it."
    rows = random.Random(seed)
    return [" ".join(chain[(start + i) % 4] for i in range(rows.randint(4, 12))) for chain, start in ((rows.choice(CHAINS), rows.randrange(4)) for _ in range(n))]


def write_bert(folder: Path, words: list[str] = WORDS) -> Path:
    "A sentence encoder as it lies on a hub: a body without a language head."
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(0)
    BertModel(BertConfig(vocab_size=len(words), **SIZES)).save_pretrained(folder)
    BertTokenizerFast(vocab={word: i for i, word in enumerate(words)}, model_max_length=128).save_pretrained(folder)
    return folder


def write_gemma(folder: Path, texts: list[str]) -> Path:
    "A tiny random Gemma 3 with a byte-pair tokenizer learnt from the texts."
    from tokenizers import Tokenizer, decoders, models, normalizers, processors, trainers
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig, PreTrainedTokenizerFast

    backend = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>"))
    backend.normalizer, backend.decoder = normalizers.Replace(" ", "▁"), decoders.Replace("▁", " ")
    backend.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=60, special_tokens=["<pad>", "<eos>", "<bos>", "<unk>"], show_progress=False))
    backend.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", 2)])
    names = {"pad_token": "<pad>", "eos_token": "<eos>", "bos_token": "<bos>", "unk_token": "<unk>"}
    PreTrainedTokenizerFast(tokenizer_object=backend, model_max_length=256, **names).save_pretrained(folder)
    torch.manual_seed(0)
    ids = {"pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 2, "max_position_embeddings": 256}
    Gemma3ForCausalLM(Gemma3TextConfig(vocab_size=backend.get_vocab_size(), num_key_value_heads=1, head_dim=16, **SIZES, **ids)).save_pretrained(folder)
    return folder


LORA = {"method": "lora", "lora_r": 8, "lora_alpha": 16, "lora_dropout": 0.1, "lora_target_modules": ("q_proj", "v_proj")}


def presets(folder: Path) -> dict[str, ModelPreset]:
    bert, gemma = folder / "bert", folder / "gemma"
    return {"bert": ModelPreset(name="bert", method="full", checkpoint=str(bert)), "gemma": ModelPreset(name="gemma", checkpoint=str(gemma), **LORA)}


def pretrain_into(folder: Path, name: str, model: str, changes: dict) -> None:
    "Runs in a process of its own: pre-train into work-<name>, save out-<name>, tell the outcome in <name>.json; the error in <name>.err."
    from tweetsent.modeling.pretrained import save_pretrained
    from tweetsent.modeling.pretraining import PretrainingConfig, pretrain

    sys.stdout, sys.stderr = (folder / f"{name}.out").open("w"), (folder / f"{name}.err").open("w")
    torch.set_num_threads(1)
    preset, recipe = presets(folder)[model], PretrainingConfig(**RECIPE | changes)
    result = pretrain(chained(240, 1), chained(60, 2), preset, recipe, folder / f"work-{name}", read_settings(folder))
    facts = {"history": result.history, "before": result.nats_before.tolist(), "after": result.nats_after.tolist(), "n_asked": result.n_asked.tolist()}
    facts |= {"resumed_from": result.resumed_from, "head_steps": result.head_steps, "objective": result.objective}
    named = {"run_id": f"pretrain-{name}", "preset": preset.name, "base_checkpoint": "tiny", "dataset_fingerprint": "0" * 16, "n_tweets": 240}
    save_pretrained(result, folder / f"out-{name}", **named)
    (folder / f"{name}.json").write_text(json.dumps(facts))


@pytest.fixture(scope="module")
def job(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("job")
    (folder / "settings.ini").write_text("[project]\n")
    write_bert(folder / "bert")
    write_gemma(folder / "gemma", chained(50, 3))
    return folder


# A server that has torch loaded already forks the trainings, so that a start costs milliseconds.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tweetsent.modeling.pretraining", "tweetsent.modeling.language_model", "tweetsent.modeling.loop"])


def start(job: Path, name: str, model: str = "bert", changes: dict | None = None):
    process = PROCESSES.Process(target=pretrain_into, args=(job, name, model, changes or {}))
    process.start()
    return process


def finish(job: Path, name: str, model: str = "bert", changes: dict | None = None) -> dict:
    process = start(job, name, model, changes)
    process.join(200)
    assert process.exitcode == 0, (job / f"{name}.err").read_text()[-2000:]
    assert (job / f"{name}.out").read_text() == "", "pre-training prints nothing on standard output"
    return json.loads((job / f"{name}.json").read_text())


def end_when(process, ready, delay: float = 0.0, number: int = signal.SIGKILL) -> bool:
    "Send a signal once `ready()` holds and `delay` seconds have passed; False when the training ended before."
    while process.is_alive() and not ready():
        time.sleep(0.001)
    time.sleep(delay)
    alive = process.is_alive()
    if alive:
        os.kill(process.pid, number)
    process.join(200)
    return alive


@pytest.fixture(scope="module")
def whole(job) -> dict:
    return finish(job, "whole")


def perplexity(facts: dict, when: str) -> float:
    return float(np.exp(sum(facts[when]) / sum(facts["n_asked"])))


def same_weights(job: Path, first: str, second: str) -> None:
    one, other = (load_file(job / f"out-{name}" / "model.safetensors") for name in (first, second))
    assert one.keys() == other.keys() and all((one[key] == other[key]).all() for key in one), "bit by bit"


# ---- what is learnt ----


def test_masked_perplexity_falls_on_structured_text(whole):
    assert whole["objective"] == "masked" and whole["head_steps"] == 20, "the body had no head, so one was trained first"
    assert 6 < perplexity(whole, "before") < 14, "eight of thirteen words occur"
    assert perplexity(whole, "after") < 0.8 * perplexity(whole, "before")


def test_causal_perplexity_falls_with_adapters_that_are_merged(job):
    gemma = finish(job, "gemma", "gemma", {"learning_rate": 2e-2, "num_train_epochs": 3})
    assert gemma["objective"] == "causal" and gemma["head_steps"] == 0
    assert perplexity(gemma, "after") < 0.9 * perplexity(gemma, "before")
    base, made = load_file(job / "gemma" / "model.safetensors"), load_file(job / "out-gemma" / "model.safetensors")
    changed = {name for name in made if (made[name] != base[name]).any()}
    assert made.keys() == base.keys() and changed == {name for name in made if "q_proj" in name or "v_proj" in name}, "no adapter is left beside the body"


def test_a_classifier_on_gemma_starts_from_the_merged_weights(job):
    from tweetsent.modeling.network import start_network

    if not (job / "gemma.json").exists():
        finish(job, "gemma", "gemma", {"learning_rate": 2e-2, "num_train_epochs": 3})
    made, network = load_file(job / "out-gemma" / "model.safetensors"), start_network(job / "out-gemma", ("bearish", "neutral", "bullish"))
    assert type(network).__name__ == "Gemma3TextForSequenceClassification", "pooled on the last token, like one that starts from the base"
    assert (network.model.layers[1].self_attn.q_proj.weight.detach().numpy() == made["model.layers.1.self_attn.q_proj.weight"]).all()


def test_every_held_out_tweet_is_asked_the_same_before_and_after(whole):
    assert len(whole["before"]) == len(whole["after"]) == len(whole["n_asked"]) == 60 and min(whole["n_asked"]) >= 1


# ---- interruptions ----


@pytest.mark.parametrize("model", ["bert", "gemma"])
def test_two_kills_end_with_the_same_weights_and_perplexities(job, whole, model):
    changes = {} if model == "bert" else {"learning_rate": 2e-2, "num_train_epochs": 3}
    name = f"killed-{model}"
    expected = whole if model == "bert" else finish(job, "gemma-whole", "gemma", changes)
    kills = 0
    for delay in (0.0, 0.02):  # in or right after the writing of a checkpoint
        seen = set((job / f"work-{name}").glob("**/checkpoint-*"))
        process = start(job, name, model, changes)
        kills += end_when(process, lambda seen=seen: set((job / f"work-{name}").glob("**/checkpoint-*")) - seen, delay)
    resumed = finish(job, name, model, changes)
    assert kills == 2, "the trainings were killed, not finished"
    keys = ("history", "before", "after", "n_asked")
    assert {key: resumed[key] for key in keys} == {key: expected[key] for key in keys}
    same_weights(job, name, "whole" if model == "bert" else "gemma-whole")


def test_a_kill_in_the_body_resumes_there_and_ends_the_same(job, whole):
    process = start(job, "late")
    assert end_when(process, (job / "work-late" / "checkpoint-30" / "seal.json").exists), "the training was killed, not finished"
    resumed = finish(job, "late")
    assert resumed["resumed_from"] and (resumed["history"], resumed["after"]) == (whole["history"], whole["after"])
    same_weights(job, "late", "whole")


def test_ctrl_c_leaves_a_state_that_resumes(job, whole):
    process = start(job, "interrupted")
    if end_when(process, (job / "work-interrupted" / "checkpoint-10").exists, number=signal.SIGINT):
        assert "KeyboardInterrupt" in (job / "interrupted.err").read_text()
    assert finish(job, "interrupted")["history"] == whole["history"]
    same_weights(job, "interrupted", "whole")


def test_another_recipe_is_refused_in_the_same_folder(job, whole):
    process = start(job, "whole", changes={"mask_share": 0.2})
    process.join(200)
    assert process.exitcode != 0
    assert "holds an interrupted training with other settings: mask_share (was 0.15, now 0.2)" in (job / "whole.err").read_text()


# ---- packing and masking ----

token_rows = st.lists(st.lists(st.integers(5, 30), max_size=20).map(lambda row: [2, *row, 3]), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(token_rows, st.integers(3, 40), st.integers(0, 5))
def test_packing_loses_and_doubles_no_token(rows, block_size, epoch):
    packed = PackedTweets(rows, block_size, seed=(7,))
    blocks = [packed.block(epoch, number) for number in range(len(packed))]
    assert {len(block) for block in blocks[:-1]} <= {block_size} and 0 < len(blocks[-1]) <= block_size
    stream = np.concatenate(blocks)
    tweets = np.split(stream, np.flatnonzero(stream == 2)[1:])
    assert sorted(tweet.tolist() for tweet in tweets) == sorted(rows), "every tweet once, its tokens in their order"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=1, max_size=200), st.floats(0.01, 0.9), st.integers(0, 2**32 - 1))
def test_specials_are_never_asked_for_and_all_else_is_ignored(ids, share, seed):
    vocabulary, ids = Vocabulary(np.arange(5), np.arange(5, 13), mask_id=4), np.array(ids)
    inputs, labels = mask_tokens(ids, vocabulary, np.random.default_rng(seed), share)
    asked = labels != IGNORED
    assert IGNORED == -100 and not (asked & (ids < 5)).any() and (labels[asked] == ids[asked]).all()
    assert (inputs[~asked] == ids[~asked]).all() and asked.any() == (ids >= 5).any()
    assert not np.isin(inputs[asked], [0, 1, 2, 3]).any(), "a word becomes the mask or another word"
    after = causal_labels(ids, vocabulary)
    assert after[-1] == IGNORED and all(after[i] == (ids[i + 1] if ids[i + 1] >= 5 else IGNORED) for i in range(len(ids) - 1))


def test_real_separators_stay_visible_in_a_packed_block(job):
    from tweetsent.modeling.encoder import load_tokenizer

    tokenizer = load_tokenizer(job / "bert")
    rows, vocabulary = framed_ids(chained(30, 4), tokenizer, 32), Vocabulary.of(tokenizer)
    block = PackedTweets(rows, 64, seed=(1,)).block(0, 0)
    inputs, labels = mask_tokens(block, vocabulary, np.random.default_rng(0), 0.9)
    frames = np.isin(block, [tokenizer.cls_token_id, tokenizer.sep_token_id])
    assert frames.sum() > 4 and (inputs[frames] == block[frames]).all() and (labels[frames] == IGNORED).all()


# ---- what comes out ----


def test_training_starts_from_the_pretrained_weights(job, whole):
    from tweetsent.modeling.network import start_network

    made = load_file(job / "out-whole" / "model.safetensors")
    network = start_network(job / "out-whole", ("bearish", "neutral", "bullish"))
    weights = network.encoder.embeddings.word_embeddings.weight.detach().numpy()
    assert (weights == made["embeddings.word_embeddings.weight"]).all()
    assert (weights != load_file(job / "bert" / "model.safetensors")["embeddings.word_embeddings.weight"]).any(), "and these are not the old ones"
    assert {path.suffix for path in (job / "out-whole").iterdir()} <= {".json", ".safetensors", ".txt"}, "nothing is pickled"


@pytest.fixture(scope="module")
def published(tmp_path_factory, job) -> tuple[Path, dict]:
    "A label-free CSV through the command line to a published run, in a project of its own."
    import subprocess

    root = tmp_path_factory.mktemp("project")
    (root / "settings.ini").write_text("[project]\n")
    rows = random.Random(1)
    words = [f"{chain} {rows.choice(WORDS[5:])} {i}" for i, chain in enumerate(chained(120, 6))]
    (root / "raw.csv").write_text("text\n" + "\n".join([*words, words[0], f"RT @someone: {words[1]}"]) + "\n")
    given = ["data", "raw.csv", "model", str(job / "bert"), "block_size", 32, "head_steps", 3, "learning_rate", 1e-3, "run_id", "pretrain-tiny"]
    pairs = [word for name, value in zip(given[::2], given[1::2], strict=True) for word in ("-p", name, str(value))]
    command = [str(Path(sys.executable).parent / "tweetsent"), "run", "pretrain", "--json", *pairs]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=200)
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(done.stdout.splitlines()) == 1, "one line of JSON and nothing else"
    return root, json.loads(done.stdout)


def test_a_label_free_csv_becomes_a_published_run(published):
    root, line = published
    folder = root / "reports" / "pretrain-tiny"
    assert {"run.json", "metrics.json", "details.json", "report.html", "notebook.ipynb"} <= {path.name for path in folder.iterdir()}
    block = line["metrics"]["held_out"]
    assert block["n_dropped"] == 2 and block["n_tokens"] >= block["n"] > 5, "the copy and the retweet were dropped and counted"
    assert all(block[name]["low"] <= block[name]["value"] <= block[name]["high"] for name in ("perplexity_before", "perplexity_after", "perplexity_ratio"))
    page = (folder / "report.html").read_text()
    assert "-p init_from pretrain-tiny" in page and "left out: retweets" in page and "padding" in page
    assert not list((root / "models" / ".work").iterdir()), "checkpoints of a published run are removed"
    manifest = json.loads((root / "models" / "pretrain-tiny" / "pretrained.json").read_text())
    assert manifest["kind"] == "pretrained" and str(root) not in json.dumps(manifest), "no path of this machine"


def test_lists_never_take_it_for_a_classifier(published):
    from tweetsent.pipeline.catalog import find_model, saved_models
    from tweetsent.reporting.runs import best_run, list_runs

    root, line = published
    own = read_settings(root)
    runs = list_runs(own.reports_dir)
    assert [run.kind for run in runs] == ["pretrain"] and runs[0].to_dict()["metrics"] == line["metrics"]
    assert best_run(runs) is None and saved_models(own.models_dir) == []
    for name in ("latest", "best"):
        with pytest.raises(RunError, match="no train run there yet"):
            find_model(name, own)
    with pytest.raises(PresetError, match="has no labels and cannot answer; train a classifier from it"):
        find_model("pretrain-tiny", own)
    index = (root / "reports" / "index.html").read_text()
    assert "pretrain-tiny" in index and "Perplexity" in index


def test_the_folder_of_a_run_is_found_and_a_torn_one_is_refused(published):
    from tweetsent.pipeline.pretraining_run import pretrained_folder

    root, _ = published
    own = read_settings(root)
    folder = root / "models" / "pretrain-tiny"
    assert pretrained_folder("pretrain-tiny", own) == pretrained_folder("latest", own) == pretrained_folder("pretrain-", own) == folder
    for name in ("model.safetensors", "config.json", "pretrained.json"):
        bytes_of_it = (folder / name).read_bytes()
        (folder / name).write_bytes(bytes_of_it[:-20])
        with pytest.raises(ArtifactError, match="torn.*; copy the folder again, or pre-train again"):
            pretrained_folder("pretrain-tiny", own)
        (folder / name).write_bytes(bytes_of_it)
    with pytest.raises(PresetError, match="'best': pre-training runs have no score"):
        pretrained_folder("best", own)


def test_another_kind_of_run_is_no_start(tmp_path):
    from tweetsent.pipeline.pretraining_run import pretrained_folder
    from tweetsent.reporting.runs import start_run

    own = read_settings(tmp_path)
    run = start_run("evaluate", {}, run_id="evaluate-1", settings=own)
    run.write_metrics({})
    folder = run.publish()
    with pytest.raises(RunError, match="is of kind evaluate and made no pre-trained checkpoint; give a run of 'tweetsent run pretrain'"):
        pretrained_folder(str(folder), own)
    with pytest.raises(RunError, match="no pretrain run there yet; make one with 'tweetsent run pretrain -p data TWEETS'"):
        pretrained_folder("latest", own)


def test_quantised_presets_are_refused_with_the_remedy(tweetsent):
    done = tweetsent("run", "pretrain", "-p", "data", "sample", "-p", "model", "gemma3-12b")
    said = [line for line in done.stderr.splitlines() if not line.startswith("Assertion failed: pfd")]  # libzmq's word, at times, when a kernel is stopped
    assert done.returncode == 2 and said[0].startswith("error: model 'gemma3-12b' is quantised (8bit)"), done.stderr
    assert "without loss; pre-train gamma3 or gemma3-270m" in said[0] and len(said) == 1


def test_the_recipe_of_every_trainable_preset_is_valid():
    from tweetsent.modeling.pretraining import PretrainingConfig

    for preset in load_settings().presets.values():
        recipe = PretrainingConfig.from_preset(preset)
        assert 0 < recipe.learning_rate < 1e-3 and recipe.mask_share == 0.15
