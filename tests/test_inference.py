"Engines: every form of a model keeps the contract and the answers; whatever was damaged, forged or left over is refused."

import json
import pickle
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from test_modeling import FACTS, NAMES, tfidf_model
from tiny_checkpoints import write_finbert, write_gemma

from tweetsent.core.classifier import AWKWARD_TEXTS, check_classifier
from tweetsent.core.errors import ArtifactError, ParameterError
from tweetsent.core.ids import file_sha256
from tweetsent.inference.engine import available_engines, load_engine
from tweetsent.inference.exported import ENGINE_MANIFEST, GRAPH, check_exported, engine_folder
from tweetsent.modeling.artifacts import load_model, read_manifest, save_model

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "$", "up", "down", "flat", "stock", "not", "good", "word", "x", "##x", "🚀", "e", "http", "@", "user", "."]


def network_model(kind: str = "bert", max_length: int = 64, **sizes: float):
    "A small network with an opinion, as a classifier."
    torch = pytest.importorskip("torch", reason="networks need tweetsent[train]")
    from transformers import BertConfig, BertTokenizerFast, MPNetConfig

    from tweetsent.modeling.encoder import TransformerClassifier
    from tweetsent.modeling.network import MeanPoolingClassifier, quiet_transformers

    torch.manual_seed(0)
    sizes = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 128, "initializer_range": 0.2} | sizes
    config = {"bert": BertConfig, "mpnet": MPNetConfig}[kind](vocab_size=len(WORDS), id2label=dict(enumerate(NAMES)), pad_token_id=0, **sizes)
    with quiet_transformers():
        network = MeanPoolingClassifier(config)
    network.classifier.weight.data *= 10
    return TransformerClassifier(network, BertTokenizerFast(vocab={word: i for i, word in enumerate(WORDS)}), NAMES, max_length=max_length, temperature=1.3)


def held_out(n: int = 200) -> list[str]:
    chance = random.Random(7)
    return [" ".join(chance.choices(WORDS[5:16], k=chance.randint(1, 12))) for _ in range(n)]


def exported_model(folder: Path, model, engines: tuple[str, ...] = ("onnx", "onnx-int8")) -> Path:
    from tweetsent.inference.export import Probe, export_engine

    save_model(model, folder, **FACTS)
    for engine in engines:
        export_engine(folder, engine, Probe("made-up texts", held_out()), n_threads=1)
    return folder


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> Path:
    return exported_model(tmp_path_factory.mktemp("models") / FACTS["run_id"], network_model())


@pytest.fixture
def copy(exported, tmp_path) -> Path:
    return shutil.copytree(exported, tmp_path / "copy")


# ---- one contract, the same answers ----


@pytest.mark.parametrize("engine", ["torch", "onnx", "onnx-int8"])
def test_every_engine_keeps_the_contract(exported, engine):
    model = load_engine(exported, engine, n_threads=1)
    assert check_classifier(model, tolerance=1e-4) <= 1e-4
    assert (model.label_names, model.temperature, model.max_length) == (NAMES, 1.3, 64)
    assert model.version.startswith(read_manifest(exported).model_version) and ("+" in model.version) == (engine != "torch")


def test_the_default_is_the_fastest_exported_form_and_the_baseline_is_its_own_engine(exported, tmp_path):
    assert available_engines(exported)[:2] == ["onnx-int8", "onnx"] and "+onnx-int8-" in load_engine(exported, n_threads=1).version
    save_model(tfidf_model(), tmp_path / "t", **FACTS)
    check_classifier(load_engine(tmp_path / "t"))


def hard_strings(n: int) -> list[str]:
    "Words of the model among emoji, cashtags, links, half-normalised and right-to-left text, nothing, and too much."
    chance = random.Random(11)
    odd = ["🚀🚀", "$TSLA", "https://t.co/abc", "@someone", "&amp;amp;", "e\u0301", "\u202eright\u202c", "T\u200bS", "\x00", "ｗｉｄｅ"]
    odd += ["👩🏽\u200d🚀", "[SEP]", "漢字", "!!!!!!", "\n\t", "3.5%", "word" * 20]
    made = ["".join(chance.choice([" ", "", " . "]) + chance.choice([*odd, *WORDS[5:16]]) for _ in range(chance.randint(0, 40))) for _ in range(n - 3)]
    return [*made, "", "x" * 10_000, "up 🚀 " * 2_000]


def differences(folder: Path, texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    return load_model(folder).predict_proba(texts), load_engine(folder, "onnx", n_threads=1).predict_proba(texts)


@pytest.mark.parametrize("n", [400, pytest.param(10_000, marks=pytest.mark.long)])
def test_the_graph_in_float32_answers_hard_strings_like_torch(exported, n):
    wanted, found = differences(exported, hard_strings(n))
    assert np.abs(wanted - found).max() <= 1e-4
    ordered = np.sort(wanted, axis=1)
    clear = ordered[:, -1] - ordered[:, -2] > 1e-3
    assert (wanted.argmax(axis=1) == found.argmax(axis=1))[clear].all() and clear.mean() > 0.9


@pytest.mark.parametrize("engine", ["onnx", "onnx-int8"])
def test_a_batch_of_many_is_each_text_alone(exported, engine):
    model, texts = load_engine(exported, engine, n_threads=1), hard_strings(60)
    together = model.predict_proba(texts)
    assert np.abs(together - np.vstack([model.predict_proba([text]) for text in texts])).max() <= 1e-5
    model.max_tokens = 64
    assert np.abs(together - model.predict_proba(texts)).max() <= 1e-5


def test_eight_bits_keep_the_labels_and_say_so(exported):
    manifest = check_exported(exported, read_manifest(exported), "onnx-int8")
    assert manifest.agreement.same_label >= 0.995 and manifest.agreement.n_texts == 200 + len(AWKWARD_TEXTS) and "one scale a token" in manifest.recipe
    new = held_out(900)[200:]
    same = load_model(exported).predict_proba(new).argmax(axis=1) == load_engine(exported, "onnx-int8", n_threads=1).predict_proba(new).argmax(axis=1)
    assert same.mean() >= 0.99


def test_bfloat16_halves_the_body_and_keeps_clear_labels():
    from tweetsent.inference.engine import in_bfloat16

    texts, model = held_out(60), network_model()
    wanted = model.predict_proba(texts)
    halved = in_bfloat16(model)
    found = halved.predict_proba(texts)
    assert halved.version.endswith("+bf16") and str(next(halved.network.encoder.parameters()).dtype) == "torch.bfloat16"
    ordered = np.sort(wanted, axis=1)
    clear = ordered[:, -1] - ordered[:, -2] > 0.1
    assert np.abs(found - wanted).max() < 0.1 and (found.argmax(axis=1) == wanted.argmax(axis=1))[clear].all() and clear.sum() > 20


def finbert_like():
    from tweetsent.modeling.encoder import TransformerClassifier, load_tokenizer
    from tweetsent.modeling.network import start_network

    return lambda folder: TransformerClassifier(start_network(folder, NAMES), load_tokenizer(folder), NAMES, 64)


@pytest.mark.parametrize("kind", ["mpnet", "finbert"])
def test_other_encoders_can_be_exported(kind, tmp_path):
    if kind == "finbert":
        (tmp_path / "base").mkdir()
        write_finbert(tmp_path / "base")
        model = finbert_like()(tmp_path / "base")
    else:
        model = network_model("mpnet")
    folder = exported_model(tmp_path / FACTS["run_id"], model, ("onnx",))
    wanted, found = differences(folder, hard_strings(40))
    assert np.abs(wanted - found).max() <= 1e-4


def test_adapters_are_merged_into_the_graph(tmp_path, monkeypatch):
    torch = pytest.importorskip("torch", reason="networks need tweetsent[train]")
    from tweetsent.core.settings import ModelPreset
    from tweetsent.modeling.adapters import describe_base, start_adapter
    from tweetsent.modeling.encoder import TransformerClassifier, load_tokenizer

    base = tmp_path / "models" / "presets" / "tiny"
    base.mkdir(parents=True)
    write_gemma(base)
    preset = ModelPreset(name="tiny", checkpoint=str(base), method="lora")
    torch.manual_seed(0)
    network = start_adapter(base, preset, NAMES, pad_token_id=0)
    for name, weights in network.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weights, std=0.1)
    model = TransformerClassifier(network, load_tokenizer(base), NAMES, 64, base=describe_base(base, preset))
    monkeypatch.setenv("TWEETSENT_MODELS_DIR", str(tmp_path / "models"))
    folder = exported_model(tmp_path / "models" / FACTS["run_id"], model, ("onnx",))
    wanted, found = differences(folder, hard_strings(20)[:-2])
    assert np.abs(wanted - found).max() <= 1e-4


# ---- without the training stack ----

WITHOUT_TRAINING_STACK = """
import sys
class Without:
    def __init__(self, finder):
        self.finder = finder
    def __getattr__(self, name):
        return getattr(self.finder, name)
    def find_spec(self, name, path=None, target=None):
        return None if name.split(".")[0] in {"torch", "transformers", "peft", "onnx", "jupyter_core"} else self.finder.find_spec(name, path, target)
sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
"""


def test_exported_engines_answer_where_torch_and_transformers_cannot_be_imported(exported):
    program = WITHOUT_TRAINING_STACK + """
from pathlib import Path
import json
from tweetsent.inference.engine import available_engines, load_engine
from tweetsent.inference.attribution import allowed_methods, explain
from tweetsent.inference.batching import MicroBatcher
model = load_engine(Path(sys.argv[1]), n_threads=1)
print(json.dumps([available_engines(Path(sys.argv[1])), model.predict_proba(["stock up"]).tolist(), allowed_methods(model), len(explain(model, "stock up").pieces)]))
"""
    done = subprocess.run([sys.executable, "-c", program, str(exported)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    engines, probs, methods, pieces = json.loads(done.stdout)
    assert engines == ["onnx-int8", "onnx"] and methods == ["occlusion", "shapley"] and pieces == 2
    assert np.allclose(probs, load_engine(exported, "onnx-int8", n_threads=1).predict_proba(["stock up"]), atol=1e-6)


# ---- damaged, forged, left over ----


def reseal(folder: Path, engine: str = "onnx", **other: object) -> None:
    "What a careful forger would do: make the engine's manifest fit the altered files again."
    place = engine_folder(folder, engine)
    from tweetsent.inference.exported import EngineManifest

    manifest = EngineManifest.model_validate_json((place / ENGINE_MANIFEST).read_bytes())
    changed = {"files": {GRAPH: file_sha256(place / GRAPH)}} | other
    (place / ENGINE_MANIFEST).write_text(manifest.model_copy(update=changed).sealed().model_dump_json())


@pytest.mark.parametrize("n", [40, pytest.param(200, marks=pytest.mark.long)])
def test_no_flipped_bit_is_served(copy, n):
    chance, refused = random.Random(5), 0
    files = [file for file in sorted(copy.rglob("*")) if file.is_file()]
    for _ in range(n):
        file = chance.choice(files)
        content = file.read_bytes()
        place, bit = chance.randrange(len(content)), 1 << chance.randrange(8)
        file.write_bytes(content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :])
        engine = "onnx-int8" if "onnx-int8" in file.parts else "onnx"
        try:
            load_engine(copy, engine, n_threads=1)
        except ArtifactError:
            refused += 1
        else:
            # A space that became another one in a JSON file says the same.
            assert file.suffix == ".json" and json.loads(file.read_bytes()) == json.loads(content), f"{file.name} was served with bit {bit} of byte {place} flipped"
            refused += 1
        file.write_bytes(content)
    assert refused == n and load_engine(copy, "onnx", n_threads=1)


def test_a_cut_graph_is_refused_even_when_the_sums_are_made_to_fit(copy):
    graph = engine_folder(copy, "onnx") / GRAPH
    content = graph.read_bytes()
    graph.write_bytes(content[: len(content) // 2])
    with pytest.raises(ArtifactError, match="the file was altered or torn"):
        load_engine(copy, "onnx")
    reseal(copy)
    with pytest.raises(ArtifactError, match="no graph that onnxruntime can run"):
        load_engine(copy, "onnx")


class Trap:
    def __reduce__(self):
        return (Path.touch, (Path("the-trap-was-sprung"),))


def test_a_pickle_in_disguise_is_refused_and_not_run(copy, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (engine_folder(copy, "onnx") / GRAPH).write_bytes(pickle.dumps(Trap()))
    reseal(copy)
    with pytest.raises(ArtifactError, match="no graph that onnxruntime can run"):
        load_engine(copy, "onnx")
    assert not Path("the-trap-was-sprung").exists()


def test_labels_in_another_order_are_refused(copy):
    reseal(copy, label_names=NAMES[::-1])
    with pytest.raises(ArtifactError, match="are not the model's"):
        load_engine(copy, "onnx")


def test_an_export_of_another_training_is_refused(copy, tmp_path):
    other = exported_model(tmp_path / FACTS["run_id"], network_model("mpnet"), ("onnx",))
    shutil.rmtree(engine_folder(copy, "onnx"))
    shutil.copytree(engine_folder(other, "onnx"), engine_folder(copy, "onnx"))
    with pytest.raises(ArtifactError, match="was exported from the model"):
        load_engine(copy, "onnx")


def test_a_graph_that_answers_nan_is_refused_when_it_is_opened(copy):
    import onnx
    from onnx import numpy_helper

    path = engine_folder(copy, "onnx") / GRAPH
    graph = onnx.load(path)
    head = next(tensor for tensor in graph.graph.initializer if list(tensor.dims) == [len(NAMES)])
    head.CopyFrom(numpy_helper.from_array(np.full(len(NAMES), np.nan, np.float32), head.name))
    onnx.save(graph, path)
    reseal(copy)
    with pytest.raises(ArtifactError, match="gives NaN for 5 texts"):
        load_engine(copy, "onnx")


def test_a_damaged_model_is_refused_whatever_engine_lies_beside_it(copy):
    weights = (copy / "model.safetensors").read_bytes()
    (copy / "model.safetensors").write_bytes(weights[:-8])
    with pytest.raises(ArtifactError, match="the file was altered or torn"):
        load_engine(copy, "onnx-int8")


def test_an_engine_that_is_not_there_is_named_with_the_remedy(tmp_path):
    save_model(network_model(), tmp_path / "m", **FACTS)
    with pytest.raises(ArtifactError, match=r"engine 'onnx' was not exported \(there is none\); make it with: tweetsent export m --format onnx"):
        load_engine(tmp_path / "m", "onnx")
    with pytest.raises(ParameterError, match="engine 'onxx' is not one of .*did you mean 'onnx'"):
        load_engine(tmp_path / "m", "onxx")
