"Tiny random checkpoints laid out as the hub has them, with real tokenizers trained on tweets, and rows to train them on."

import json
import random
import shutil
from pathlib import Path

import polars as pl

NAMES = ("bearish", "neutral", "bullish")
FINBERT_NAMES = ("positive", "negative", "neutral")  # in ProsusAI/finbert's own order
WORDS = {"bearish": "plunges", "neutral": "unchanged", "bullish": "soars"}
FILLER = ("the", "stock", "of", "today", "again", "market", "report", "shares", "after", "$TSLA", "$AAPL", "trading", "is")
GEMMA_SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16, "intermediate_size": 64}


def sentences(n: int, seed: int, words: dict[str, str] = WORDS) -> pl.DataFrame:
    "Rows whose label is said by one word among others; labels take turns."
    chance, rows = random.Random(seed), []
    for number in range(n):
        label = list(words)[number % len(words)]
        said = chance.choices(FILLER, k=chance.randint(2, 9))
        said.insert(chance.randint(0, len(said)), words[label])
        rows.append({"tweet_id": f"t{number}", "text": " ".join(said), "label": label})
    return pl.DataFrame(rows)


def reading_matter() -> list[str]:
    "What the tokenizers are trained on."
    from tweetsent.data.sample import sample_tweets

    return [*sample_tweets(n=300)["text"], *sentences(30, seed=0)["text"]]


def write_json(path: Path, value: dict) -> None:
    path.write_text(json.dumps(value, indent=2))


def project_with(root: Path, **checkpoints) -> Path:
    "A project folder whose presets find these checkpoints: preset name -> what writes one into a folder."
    (root / "settings.ini").write_text("[project]\n")
    for name, write in checkpoints.items():
        folder = root / "models" / "presets" / name.replace("_", "-")
        folder.mkdir(parents=True)
        write(folder)
    return root


# ---- FinBERT: config, vocab.txt, three labels in an order of its own ----


def write_finbert(folder: Path, id2label: tuple[str, ...] = FINBERT_NAMES, dropout: float = 0.1) -> None:
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
    from transformers import BertConfig, BertForSequenceClassification

    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.BertNormalizer(lowercase=True), pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(reading_matter(), trainers.WordPieceTrainer(vocab_size=600, special_tokens=special, show_progress=False))
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    (folder / "vocab.txt").write_text("\n".join(word for word, _ in vocabulary) + "\n", encoding="utf-8")
    write_json(folder / "tokenizer_config.json", {"do_lower_case": True, "tokenizer_class": "BertTokenizer", "model_max_length": 512})
    write_json(folder / "special_tokens_map.json", {name: f"[{name[:-6].upper()}]" for name in ("unk_token", "sep_token", "pad_token", "cls_token", "mask_token")})
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64, "max_position_embeddings": 160, "initializer_range": 0.1}
    drops = {"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": dropout}
    labels = {"id2label": dict(enumerate(id2label)), "label2id": {name: i for i, name in enumerate(id2label)}}
    BertForSequenceClassification(BertConfig(vocab_size=len(vocabulary), **sizes, **drops, **labels)).save_pretrained(folder)


# ---- Gemma 3: byte-fallback BPE, text alone in one file or text and pictures in shards ----


def write_gemma_tokenizer(folder: Path) -> int:  # words
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import GemmaTokenizer

    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    learner = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    learner.normalizer, learner.pre_tokenizer = normalizers.Replace(" ", "▁"), pre_tokenizers.Split(" ", "merged_with_previous")
    octets = [f"<0x{octet:02X}>" for octet in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=1000, special_tokens=special + octets, show_progress=False)
    learner.train_from_iterator(reading_matter(), trainer)
    learnt = json.loads(learner.to_str())["model"]
    tokenizer = GemmaTokenizer(vocab=learnt["vocab"], merges=[tuple(pair) for pair in learnt["merges"]])
    start = processors.TemplateProcessing(single="<bos> $A", pair="<bos> $A <bos> $B", special_tokens=[("<bos>", 2)])
    tokenizer.backend_tokenizer.post_processor = start
    tokenizer.save_pretrained(folder)
    return len(learnt["vocab"])


def gemma_config(vocab_size: int) -> dict:
    "A text config with the keys that the hub's folders have."
    rest = {"model_type": "gemma3_text", "vocab_size": vocab_size, "initializer_range": 0.2, "query_pre_attn_scalar": 16, "max_position_embeddings": 256}
    rope = {"rope_theta": 1_000_000, "rope_local_base_freq": 10_000, "rope_scaling": None, "sliding_window": 16, "sliding_window_pattern": 2}
    return {**GEMMA_SIZES, **rest, **rope, "hidden_activation": "gelu_pytorch_tanh", "rms_norm_eps": 1e-6, "attention_bias": False, "attention_dropout": 0.0}


def write_gemma(folder: Path) -> None:
    "As google/gemma-3-1b-pt and gemma-3-270m publish: a generator of text in one file."
    import torch
    from safetensors.torch import save_file
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig

    config = gemma_config(write_gemma_tokenizer(folder))
    ids = {"bos_token_id": 2, "eos_token_id": 1, "pad_token_id": 0}
    write_json(folder / "config.json", {"architectures": ["Gemma3ForCausalLM"], **config, **ids, "torch_dtype": "bfloat16"})
    torch.manual_seed(0)
    weights = Gemma3ForCausalLM(Gemma3TextConfig(**config, **ids)).state_dict()
    weights = {name: tensor.contiguous() for name, tensor in weights.items() if name != "lm_head.weight"}  # tied to the word vectors
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def hub_name(name: str) -> str:
    "Today's name of a tensor in the library -> the name that the hub's files of gemma-3-4b-pt and 12b-pt carry."
    name = name.removeprefix("model.").replace("language_model.", "language_model.model.")
    return name if "vision_tower.vision_model." in name else name.replace("vision_tower.", "vision_tower.vision_model.")


def write_multimodal_gemma(folder: Path) -> None:
    "As google/gemma-3-12b-pt publishes: text and pictures, the first names, shards and their index."
    import torch
    from safetensors.torch import save_file
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration

    config = {"text_config": gemma_config(write_gemma_tokenizer(folder)), "mm_tokens_per_image": 4, "boi_token_index": 5, "eoi_token_index": 6, "image_token_index": 7}
    vision = {"model_type": "siglip_vision_model", "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config |= {"vision_config": {**vision, "image_size": 28, "patch_size": 14, "vision_use_head": False}}
    write_json(folder / "config.json", {"architectures": ["Gemma3ForConditionalGeneration"], "model_type": "gemma3", **config, "torch_dtype": "bfloat16"})
    torch.manual_seed(0)
    network = Gemma3ForConditionalGeneration(Gemma3Config(**json.loads(json.dumps(config))))
    weights = {hub_name(name): tensor.contiguous() for name, tensor in network.state_dict().items() if name != "lm_head.weight"}
    files = [f"model-{number:05d}-of-00002.safetensors" for number in (1, 2)]
    places = {name: files[position >= len(weights) // 2] for position, name in enumerate(weights)}
    for file in files:
        save_file({name: weights[name] for name, place in places.items() if place == file}, folder / file, metadata={"format": "pt"})
    size = sum(tensor.numel() * tensor.element_size() for tensor in weights.values())
    write_json(folder / "model.safetensors.index.json", {"metadata": {"total_size": size}, "weight_map": places})


# ---- a word that breaks the loss ----


def poisoned(checkpoint: Path, folder: Path) -> Path:
    "A copy of a BERT checkpoint whose vector of one word is infinite."
    from safetensors.torch import load_file, save_file

    from tweetsent.modeling.encoder import load_tokenizer, token_ids

    shutil.copytree(checkpoint, folder)
    weights, tokenizer = load_file(folder / "model.safetensors"), load_tokenizer(folder)
    (word,) = token_ids(["🚀"], tokenizer, 8)[0][1:-1]
    assert word != tokenizer.unk_token_id
    weights["bert.embeddings.word_embeddings.weight"][word] = float("inf")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def with_a_rocket() -> pl.DataFrame:
    "Tweet t37 alone says the word; it is a long one, so its batch is not the first."
    text = "soars 🚀" + " the stock of today" * 4
    return sentences(96, seed=1).with_columns(text=pl.when(pl.col("tweet_id") == "t37").then(pl.lit(text)).otherwise("text"))
