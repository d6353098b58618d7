"The mission's presets by their names, from checkpoints laid out like the hub's to saved models that answer the same."

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs tweetsent[train]")

import tiny_checkpoints as tiny  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402
from tiny_checkpoints import FINBERT_NAMES, NAMES, sentences  # noqa: E402

from tweetsent.core.classifier import AWKWARD_TEXTS, check_classifier  # noqa: E402
from tweetsent.core.errors import ArtifactError, WeightsError  # noqa: E402
from tweetsent.core.ids import file_sha256  # noqa: E402
from tweetsent.core.settings import load_settings  # noqa: E402
from tweetsent.modeling.artifacts import MANIFEST, load_model, read_manifest, save_model  # noqa: E402
from tweetsent.modeling.encoder import load_tokenizer, pad_batch, token_ids  # noqa: E402
from tweetsent.modeling.network import names_in_id_order, read_config, start_network  # noqa: E402
from tweetsent.modeling.training import TrainingConfig, fine_tune  # noqa: E402
from tweetsent.modeling.zoo import resolve_weights  # noqa: E402

SAID = (  # what a tweet may say to a tokenizer that would take it for its own signs
    "$TSLA soars <pad>",
    "<eos> $TSLA plunges <eos>",
    "<bos><bos> unchanged",
    "<pad> <pad>",
    "[SEP] soars [PAD] [CLS]",
    "",
)
# The presets' rates are for pretrained weights: random ones of 32 columns need a larger one to learn in two epochs.
CASES = {
    "finbert": ("finbert", "none", {"learning_rate": 5e-3, "num_train_epochs": 3}),
    "gamma3": ("gamma3", "none", {"learning_rate": 1e-2, "early_stopping_metrics": ("macro_f1", "eval_loss")}),
    "gemma3-270m": ("gemma3-270m", "none", {"learning_rate": 2e-2}),
    "gemma3-12b": ("gemma3-12b", "8bit", {"learning_rate": 1e-2, "gradient_checkpointing": True}),
    "gemma3-12b in 4 bits": ("gemma3-12b", "4bit", {"learning_rate": 1e-2}),
}
GEMMAS = [name for name in CASES if name.startswith("g")]
# Largest change of a probability with the neighbours in a batch, and with the side of the padding: exact, or what one tipped rounding
# of an activation can do (8 bits; rarely: the middle row does not move at all). 4 bits round weights only, once and for all.
TOLERANCES = {"none": 1e-5, "8bit": 0.01, "4bit": 1e-5}


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    "A project whose presets find tiny checkpoints; the current folder of this file's tests."
    root = tmp_path_factory.mktemp("project")
    writers = {"finbert": tiny.write_finbert, "gamma3": tiny.write_gemma, "gemma3_270m": tiny.write_gemma, "gemma3_12b": tiny.write_multimodal_gemma}
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tiny.project_with(root, **writers))
        yield root


@pytest.fixture(scope="module")
def trained(home):
    "Each case trained and saved once, when first asked for."
    done = {}

    def get(case: str) -> SimpleNamespace:
        if case not in done:
            name, quantization, changes = CASES[case]
            preset = load_settings().preset(name).model_copy(update={"quantization": quantization})
            config = TrainingConfig.from_preset(preset, **{"num_train_epochs": 2, "bf16": False} | changes)
            work = home / "work" / case.replace(" ", "-")
            result = fine_tune(sentences(192, seed=1), sentences(60, seed=2), preset, NAMES, config, work)
            folder = home / "models" / case.replace(" ", "-")
            facts = {"run_id": "train-x-20260101-000000-abcd", "schema_name": "sentiment3", "dataset_fingerprint": "0" * 16}
            save_model(result.classifier, folder, preset=name, **facts)
            done[case] = SimpleNamespace(preset=preset, config=config, result=result, model=result.classifier, folder=folder)
        return done[case]

    return get


def texts() -> list[str]:
    return [*sentences(40, seed=3)["text"], *AWKWARD_TEXTS, *SAID]


def probs_of(model, batch_size: int) -> np.ndarray:
    model.batch_size, before = batch_size, model.batch_size
    try:
        return model.predict_proba(texts())
    finally:
        model.batch_size = before


def logits_of(model, rows: list[list[int]], left: bool = False) -> torch.Tensor:
    "As the network gives them, in float32, one padded batch; `left`: the padding stands in front."
    ids, mask = pad_batch(rows, model.tokenizer.pad_token_id)
    if left:
        ids, mask = (np.stack([np.roll(line, ids.shape[1] - len(row)) for line, row in zip(array, rows, strict=True)]) for array in (ids, mask))
    with torch.inference_mode():
        return model.network(input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask)).logits.float()


def same_labels(probs: np.ndarray, other: np.ndarray, tolerance: float) -> bool:
    "The same label in every row whose best two labels are further apart than both may move; most rows are such."
    best = np.sort(probs, axis=1)
    clear = best[:, -1] - best[:, -2] > 2 * tolerance
    assert clear.mean() > 0.75
    return bool((probs.argmax(axis=1) == other.argmax(axis=1))[clear].all())


# ---- train, save, load ----


@pytest.mark.parametrize("case", CASES)
def test_a_preset_trains_by_its_name_on_a_local_checkpoint(trained, case):
    result = trained(case).result
    print(f"{case}: macro-F1 {result.history[0]['macro_f1']:.2f} -> {result.best['macro_f1']:.2f}, {result.trainable_parameters} of {result.all_parameters} trained")
    assert result.best["macro_f1"] > 0.6 > result.history[0]["macro_f1"]
    assert result.stopped_because in ("all 2 epochs done", "all 3 epochs done")


def test_adapters_have_the_missions_shape(trained):
    one = trained("gemma3-12b")
    # r (in + out) a matrix: 8 (32 + 32) for q, 8 (32 + 16) for v, two layers; the head's 3 * 32 without a bias
    assert one.result.trainable_parameters == 2 * (8 * 64 + 8 * 48) + 96
    config = json.loads((one.folder / "adapter_config.json").read_text())
    assert (config["r"], config["lora_alpha"], config["lora_dropout"], sorted(config["target_modules"])) == (8, 16, 0.1, ["q_proj", "v_proj"])
    assert (one.config.max_grad_norm, one.config.per_device_train_batch_size, one.config.early_stopping_patience) == (1.0, 8, 3)


@pytest.mark.parametrize("case", CASES)
def test_saved_and_loaded_a_preset_is_bit_equal(trained, case):
    one, again = trained(case), load_model(trained(case).folder)
    before, after = (dict(model.network.state_dict()) for model in (one.model, again))
    assert before.keys() == after.keys()
    unequal = [name for name in before if torch.is_tensor(before[name]) and not torch.equal(before[name], after[name])]
    assert set(unequal) <= {"base_model.model.score.original_module.weight"}, "the random head that peft puts aside is no part of the network"
    difference = float(np.abs(one.model.predict_proba(texts()) - again.predict_proba(texts())).max())
    print(f"{case}: largest difference of a probability after saving and loading: {difference:.1g}")
    assert difference <= 1e-6


@pytest.mark.parametrize("case", GEMMAS)
def test_the_head_and_nothing_of_the_base_lies_in_the_adapter_file(trained, case):
    names = list(load_file(trained(case).folder / "adapter_model.safetensors"))
    assert [name for name in names if "score" in name] and all("lora_" in name or "score" in name for name in names)
    assert len(names) == 2 * 2 * 2 + 1, "A and B of q and v in two layers, and the head"


@pytest.mark.parametrize("case", CASES)
def test_nothing_that_is_saved_names_a_path_of_the_machine(trained, home, case):
    read = [path for path in trained(case).folder.rglob("*") if path.suffix != ".safetensors"]
    assert {"manifest.json", "config.json", "tokenizer_config.json"} <= {path.name for path in read}
    for path in read:
        found = path.read_text(encoding="utf-8")
        assert not [place for place in (str(home), str(Path.home()), str(home.parent), "/models/presets") if place in found and place != "/"], path.name


# ---- the same answer alone, in any batch, with padding on either side ----


@pytest.mark.parametrize("case", CASES)
def test_a_loaded_preset_keeps_the_contract_of_every_classifier(trained, case):
    worst = check_classifier(load_model(trained(case).folder), TOLERANCES[trained(case).preset.quantization])
    print(f"{case}: a probability moves by up to {worst:.1g} with the batch")


@pytest.mark.parametrize("case", CASES)
def test_the_neighbours_in_a_batch_do_not_change_an_answer(trained, case):
    one = trained(case)
    tolerance, alone = TOLERANCES[one.preset.quantization], probs_of(one.model, 1)
    for batch_size in (2, 7, 64):
        together = probs_of(one.model, batch_size)
        print(f"{case}: batches of {batch_size} move a probability by up to {np.abs(alone - together).max():.1g}")
        assert np.abs(alone - together).max() <= tolerance and same_labels(alone, together, tolerance)
        assert np.median(np.abs(alone - together).max(axis=1)) <= 1e-6


@pytest.mark.parametrize("case", GEMMAS)
def test_the_side_of_the_padding_does_not_change_an_answer(trained, case):
    one = trained(case)
    rows, tolerance = token_ids(texts(), one.model.tokenizer, 128), TOLERANCES[one.preset.quantization]
    alone = torch.cat([logits_of(one.model, [row]) for row in rows])
    right, left = logits_of(one.model, rows), logits_of(one.model, rows, left=True)
    print(f"{case}: logits up to {alone.abs().max():.1f}; right {(right - alone).abs().max():.1g}, left {(left - alone).abs().max():.1g} away from singles")
    for padded in (right, left):
        assert (padded - alone).abs().max() <= 5 * tolerance  # logits move further than probabilities
        assert same_labels(alone.softmax(1).numpy(), padded.softmax(1).numpy(), tolerance)


def test_a_generator_is_pooled_on_its_last_real_token(trained):
    model = trained("gamma3").model
    rows = token_ids(texts(), model.tokenizer, 128)
    ids, mask = map(torch.from_numpy, pad_batch(rows, model.tokenizer.pad_token_id))
    inner = model.network.base_model.model
    with torch.inference_mode():
        states = inner.model(input_ids=ids, attention_mask=mask).last_hidden_state
        by_hand = inner.score(torch.stack([states[i, len(row) - 1] for i, row in enumerate(rows)]))
    assert torch.allclose(by_hand, logits_of(model, rows), atol=1e-5)


@pytest.mark.parametrize("case", ["finbert", "gamma3"])
def test_a_tweet_cannot_write_a_tokenizers_own_signs(trained, case):
    tokenizer = trained(case).model.tokenizer
    own = {"finbert": ["[CLS]", "[SEP]"], "gamma3": ["<bos>"]}[case]
    for text, row in zip(SAID, token_ids(SAID, tokenizer, 64), strict=True):
        signs = [token for token in tokenizer.convert_ids_to_tokens(row) if token in tokenizer.all_special_tokens and token not in ("[UNK]", "<unk>")]
        assert signs == own, f"{text!r} gives {signs}"


# ---- labels by name ----


def swapped(folder: Path, source: Path, order: tuple[int, int, int], names: tuple[str, ...] | None = None) -> Path:
    "A checkpoint that says the same with its labels in another order; or, with `names`, that calls its labels otherwise."
    shutil.copytree(source, folder)
    config, weights = json.loads((folder / "config.json").read_text()), load_file(folder / "model.safetensors")
    found = names or tuple(config["id2label"][str(i)] for i in order)
    config |= {"id2label": dict(enumerate(found)), "label2id": {name: i for i, name in enumerate(found)}}
    (folder / "config.json").write_text(json.dumps(config))
    for name in ("classifier.weight", "classifier.bias"):
        weights[name] = weights[name][list(order)].clone()
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def starting_logits(folder: Path) -> torch.Tensor:
    "Of a training on sentiment3, before its first step."
    torch.manual_seed(4)
    network = start_network(folder, NAMES, load_settings().schemas["sentiment3"].resolve).eval()
    assert names_in_id_order(network.config) == NAMES
    ids, mask = map(torch.from_numpy, pad_batch(token_ids(texts(), load_tokenizer(folder), 64), 0))
    with torch.inference_mode():
        return network(input_ids=ids, attention_mask=mask).logits


@pytest.fixture(scope="module")
def finbert(home) -> Path:
    "FinBERT's layout with a head that has opinions: fresh biases are all zero."
    folder = shutil.copytree(resolve_weights(load_settings().preset("finbert"), load_settings().models_dir), home / "opinions")
    weights = load_file(folder / "model.safetensors")
    weights["classifier.bias"] = torch.tensor([1.0, 2.0, 3.0])  # positive, negative, neutral
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def test_the_labels_of_finbert_are_mapped_by_name(finbert):
    from transformers import BertForSequenceClassification

    assert names_in_id_order(read_config(finbert)) == FINBERT_NAMES
    network = BertForSequenceClassification.from_pretrained(finbert, local_files_only=True).eval()
    ids, mask = map(torch.from_numpy, pad_batch(token_ids(texts(), load_tokenizer(finbert), 64), 0))
    with torch.inference_mode():
        plain = network(input_ids=ids, attention_mask=mask).logits
    # bearish is its second label (negative), neutral its third, bullish its first (positive)
    assert torch.allclose(starting_logits(finbert), plain[:, [1, 2, 0]], rtol=0, atol=1e-6)


@pytest.mark.parametrize("order", [(2, 1, 0), (1, 2, 0), (0, 2, 1)])
def test_a_checkpoint_with_its_labels_in_another_order_starts_a_training_alike(finbert, tmp_path, order):
    other = swapped(tmp_path / "swapped", finbert, order)
    assert names_in_id_order(read_config(other)) == tuple(FINBERT_NAMES[i] for i in order)
    assert torch.allclose(starting_logits(other), starting_logits(finbert), rtol=0, atol=1e-6)


def test_a_training_does_not_notice_the_label_order_of_its_checkpoint(finbert, tmp_path):
    checkpoints = (finbert, swapped(tmp_path / "swapped", finbert, (2, 0, 1)))
    preset = load_settings().preset("finbert")
    config = TrainingConfig.from_preset(preset, num_train_epochs=1, bf16=False)
    results = [fine_tune(sentences(48, 1), sentences(15, 2), preset, NAMES, config, tmp_path / f"w{i}", checkpoint=path) for i, path in enumerate(checkpoints)]
    assert results[0].history == results[1].history and results[0].classifier.version == results[1].classifier.version


def test_only_the_names_swapped_swaps_the_answers(finbert, tmp_path):
    other = swapped(tmp_path / "renamed", finbert, (0, 1, 2), names=("negative", "positive", "neutral"))
    assert torch.allclose(starting_logits(other), starting_logits(finbert)[:, [2, 1, 0]], rtol=0, atol=1e-6)


def test_a_checkpoint_with_labels_of_another_kind_gets_a_new_head(finbert, tmp_path):
    other = swapped(tmp_path / "strange", finbert, (0, 1, 2), names=("LABEL_0", "LABEL_1", "LABEL_2"))
    torch.manual_seed(4)
    fresh = start_network(other, NAMES, load_settings().schemas["sentiment3"].resolve).classifier
    old = load_file(other / "model.safetensors")["classifier.weight"]
    assert torch.equal(fresh.bias, torch.zeros(3)) and not (fresh.weight[:, None] == old[None]).all(dim=-1).any(), "no row of the old head is left"


# ---- what an adapter refuses ----


@pytest.fixture(params=[("gamma3", "model.safetensors"), ("gemma3-12b", "model-00002-of-00002.safetensors")], ids=lambda pair: pair[0])
def elsewhere(request, trained, home, tmp_path, monkeypatch):
    "Another project with a copy of a saved adapter and of its base: model folder, a file of the base's weights, preset."
    name, file = request.param
    (tmp_path / "settings.ini").write_text("[project]\n")
    shutil.copytree(home / "models" / "presets" / name, tmp_path / "models" / "presets" / name)
    model = shutil.copytree(trained(name).folder, tmp_path / "models" / "mine")
    monkeypatch.chdir(tmp_path)
    return SimpleNamespace(model=model, file=tmp_path / "models" / "presets" / name / file, preset=trained(name).preset)


def rewrite_sums(folder: Path) -> None:
    "Make the manifest fit the altered files again."
    manifest = read_manifest(folder)
    files = {name: file_sha256(folder / name) for name in manifest.files}
    (folder / MANIFEST).write_text(manifest.model_copy(update={"files": files}).sealed().model_dump_json())


def test_a_moved_adapter_finds_its_base_by_the_presets_name(elsewhere, trained):
    model = load_model(elsewhere.model)
    assert np.abs(model.predict_proba(texts()) - trained(elsewhere.preset.name).model.predict_proba(texts())).max() <= 1e-6


def test_an_adapter_on_altered_weights_is_refused(elsewhere):
    weights = load_file(elsewhere.file)
    name = sorted(name for name in weights if "embed" not in name)[0]
    weights[name].view(-1)[0] += 1
    save_file(weights, elsewhere.file, metadata={"format": "pt"})
    wanted = rf"{elsewhere.file.name}: sha256 \w+ is not the \w+… that the adapter was trained on; bring the same '{elsewhere.preset.name}' weights, or train"
    with pytest.raises(ArtifactError, match=wanted):
        load_model(elsewhere.model)


def test_an_adapter_without_its_base_names_the_places_looked_at(elsewhere):
    shutil.rmtree(elsewhere.file.parent)
    with pytest.raises(WeightsError) as caught:
        load_model(elsewhere.model)
    message = str(caught.value)
    assert f"no weights for model '{elsewhere.preset.name}'" in message and f"folder {elsewhere.file.parent}: not there" in message
    assert f"hub {elsewhere.preset.checkpoint}: not reachable" in message and f"copy the checkpoint into {elsewhere.file.parent}" in message


def test_an_adapter_without_its_head_is_refused_even_with_matching_sums(elsewhere):
    file = elsewhere.model / "adapter_model.safetensors"
    save_file({name: tensor for name, tensor in load_file(file).items() if "score" not in name}, file)
    rewrite_sums(elsewhere.model)
    with pytest.raises(ArtifactError, match=r"score.weight is missing, needed is \(3, 32\); train the model again"):
        load_model(elsewhere.model)


def test_a_torn_shard_of_the_base_is_refused(elsewhere):
    elsewhere.file.write_bytes(elsewhere.file.read_bytes()[:-100])
    with pytest.raises(WeightsError, match=f"{elsewhere.file.name} is torn or no safetensors file"):
        load_model(elsewhere.model)
