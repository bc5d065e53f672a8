"""From a checked folder to a model in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils import logging

from generation.engine.allowlist import check_folder, read_settings
from generation.engine.attention import IMPLEMENTATION
from generation.engine.errors import ModelUnavailable, OutOfMemory, WeightsCorrupt

SEALED = {"local_files_only": True, "trust_remote_code": False}


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model with what is needed to use it. `network` is in evaluation mode on its device."""

    network: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    end_tokens: frozenset[int]
    context_length: int

    def decode(self, tokens: Sequence[int]) -> str:
        """Return the tokens' text without control tokens."""
        text = self.tokenizer.decode(list(tokens), skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return str(text)


def load(folder: Path, *, device: torch.device, dtype: torch.dtype) -> LoadedModel:
    """Load a folder of safetensors. Raises ModelUnavailable with the reason where the folder is not fit for it."""
    check_folder(folder)
    settings_of_transformers: Any = logging
    settings_of_transformers.disable_progress_bar()
    try:
        return read(folder, device=device, dtype=dtype)
    except ModelUnavailable:
        raise
    except torch.OutOfMemoryError as error:
        raise OutOfMemory(f"{folder.name} does not fit into the memory of {device}.") from error
    except Exception as error:  # the readers of config, weights and tokenizer raise what they like
        raise WeightsCorrupt(f"{folder.name} cannot be read as a model: {error}") from error


def read(folder: Path, *, device: torch.device, dtype: torch.dtype) -> LoadedModel:
    """Read config, weights and tokenizer; raises WeightsCorrupt for parts that do not fit together."""
    config = AutoConfig.from_pretrained(folder, **SEALED)
    loaded: Any = AutoModelForCausalLM.from_pretrained(
        folder,
        config=config,
        dtype=dtype,
        use_safetensors=True,
        attn_implementation=IMPLEMENTATION,
        output_loading_info=True,
        **SEALED,
    )
    network, report = loaded
    if absent := sorted(map(str, report["missing_keys"])):
        raise WeightsCorrupt(f"{folder.name} lacks {len(absent)} of its tensors, {absent[0]} first. Fetch it again.")
    tokenizer = AutoTokenizer.from_pretrained(folder, **SEALED)
    if not tokenizer.chat_template:
        raise WeightsCorrupt(f"{folder.name} has no chat template; the engine needs a model that was tuned for chats.")
    if len(tokenizer) > network.get_input_embeddings().num_embeddings:
        raise WeightsCorrupt(f"{folder.name} has a tokenizer with more tokens than its weights know.")
    return LoadedModel(
        network=network.to(device).eval(),
        tokenizer=tokenizer,
        end_tokens=end_tokens(folder, tokenizer),
        context_length=int(config.max_position_embeddings),
    )


def end_tokens(folder: Path, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """Return the ids that end a text: those of generation_config.json, else config.json, else the tokenizer.

    Only what a file states counts: the classes of transformers fill in ids that belong to other models.
    """
    files = [folder / name for name in ("generation_config.json", "config.json")]
    stated = [read_settings(file).get("eos_token_id") for file in files if file.exists()]
    for ids in (*stated, tokenizer.eos_token_id):
        if ids is not None:
            return frozenset(ids if isinstance(ids, list) else [ids])
    raise WeightsCorrupt(f"{folder.name} names no end token; set eos_token_id in its generation_config.json.")
