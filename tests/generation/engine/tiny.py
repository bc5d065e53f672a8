"""Models small enough to make in a test: random weights, and a byte-level tokenizer trained on a few lines."""

import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    Gemma3TextConfig,
    GenerationConfig,
    LlamaConfig,
    MistralConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen3Config,
)

LINES = [
    "Write a short product description for a ceramic coffee mug, price 19.95 euro.",
    "The quiet morning light makes every kitchen warm; our mug keeps your coffee hot.",
    "为一款手工陶瓷咖啡杯写一段简短的产品描述，价格 128 元。",
    "清晨的第一杯咖啡，让家人感到温暖。每一个细节都用心设计。",
]
CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
END, PADDING = 2, 0
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SHAPE: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 256,
    # Wide enough that the likeliest token is clearly ahead; near ties would make parity a matter of rounding.
    "initializer_range": 0.3,
    "bos_token_id": None,
    "eos_token_id": END,
    "pad_token_id": PADDING,
}
CONFIGS: dict[str, tuple[type[Any], dict[str, Any]]] = {
    "llama": (LlamaConfig, {}),
    "mistral": (MistralConfig, {"sliding_window": 24}),
    "qwen2": (Qwen2Config, {}),
    "qwen3": (Qwen3Config, {}),
    "gemma3_text": (
        Gemma3TextConfig,
        {"sliding_window": 24, "query_pre_attn_scalar": 16, "layer_types": ["sliding_attention", "full_attention"] * 2},
    ),
}


def train_tokenizer() -> Tokenizer:
    """Return a byte-level BPE in which Chinese characters often take several tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=CONTROL, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(LINES, trainer)
    return tokenizer


def make_model(folder: Path, architecture: str, *, seed: int = 0) -> Path:
    """Save a random model of the architecture into `folder` and return it."""
    config_class, extra = CONFIGS[architecture]
    tokenizer_class: Any = PreTrainedTokenizerFast
    fast = tokenizer_class(
        tokenizer_object=train_tokenizer(), eos_token="<|im_end|>", pad_token="<|endoftext|>", bos_token="<|im_start|>"
    )
    fast.chat_template = CHAT_TEMPLATE
    torch.manual_seed(seed)
    auto: Any = AutoModelForCausalLM
    network = auto.from_config(config_class(vocab_size=len(fast), **{**SHAPE, **extra}))
    settings: Any = GenerationConfig
    network.generation_config = settings(eos_token_id=[END], pad_token_id=PADDING)
    network.save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


def change_json(path: Path, **changes: object) -> None:
    """Set keys of a JSON file; None removes one."""
    settings = {**json.loads(path.read_text(encoding="utf-8")), **changes}
    path.write_text(json.dumps({key: value for key, value in settings.items() if value is not None}), encoding="utf-8")


def make_gguf(path: Path, *, architecture: str = "llama") -> dict[str, np.ndarray[Any, Any]]:
    """Write a random two-layer model with Q8_0 weights; return some of its dequantised tensors by name."""
    tokenizer = json.loads(train_tokenizer().to_str())
    vocabulary = sorted(tokenizer["model"]["vocab"], key=tokenizer["model"]["vocab"].__getitem__)
    writer = gguf.GGUFWriter(str(path), architecture)
    writer.add_name("tiny")
    writer.add_context_length(256)
    writer.add_embedding_length(64)
    writer.add_block_count(2)
    writer.add_feed_forward_length(96)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_dimension_count(16)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(len(vocabulary))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(vocabulary)
    writer.add_token_types([3 if token in CONTROL else 1 for token in vocabulary])
    writer.add_token_merges([" ".join(merge) for merge in tokenizer["model"]["merges"]])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(END)
    writer.add_chat_template(CHAT_TEMPLATE)
    random = np.random.default_rng(0)
    written = {}
    for name, shape in gguf_shapes(len(vocabulary)).items():
        values = random.normal(0, 0.3, shape).astype(np.float32)
        if len(shape) == 1:
            writer.add_tensor(name, values)
            continue
        packed = gguf.quants.quantize(values, gguf.GGMLQuantizationType.Q8_0)
        written[name] = gguf.quants.dequantize(packed, gguf.GGMLQuantizationType.Q8_0)
        writer.add_tensor(name, packed, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return written


def gguf_shapes(vocabulary: int) -> dict[str, tuple[int, ...]]:
    """Return the tensors of the two-layer llama."""
    shapes: dict[str, tuple[int, ...]] = {"token_embd.weight": (vocabulary, 64), "output_norm.weight": (64,)}
    for layer in range(2):
        shapes |= {
            f"blk.{layer}.attn_norm.weight": (64,),
            f"blk.{layer}.attn_q.weight": (64, 64),
            f"blk.{layer}.attn_k.weight": (32, 64),
            f"blk.{layer}.attn_v.weight": (32, 64),
            f"blk.{layer}.attn_output.weight": (64, 64),
            f"blk.{layer}.ffn_norm.weight": (64,),
            f"blk.{layer}.ffn_gate.weight": (96, 64),
            f"blk.{layer}.ffn_up.weight": (96, 64),
            f"blk.{layer}.ffn_down.weight": (64, 96),
        }
    return shapes
