"""What can go wrong in the engine. Each error has a stable `code` and a sentence that says what to do.

EngineError
├── RequestError                the caller's fault: change the request and try again
│   ├── InvalidRequest          invalid_request
│   ├── UnsupportedDecoding     unsupported_decoding
│   └── PromptTooLong           prompt_too_long
├── ModelUnavailable            ours: the weights or the settings of this machine
│   ├── ModelUnknown            model_unknown
│   ├── ModelNotAllowed         model_not_allowed
│   ├── FetchFailed             fetch_failed
│   ├── DiskFull                disk_full
│   ├── WeightsMissing          weights_missing
│   └── WeightsCorrupt          weights_corrupt
│       └── HashMismatch        hash_mismatch
└── GenerationFault             ours: one run failed, the engine serves the next
    ├── OutOfMemory             out_of_memory
    ├── InvalidLogits           invalid_logits
    └── RemoteUnavailable       remote_unavailable
"""

from typing import ClassVar

IMPOSSIBLE = "The model gave no valid probabilities for the next token; its weights may be damaged."
FULL = "There was not enough memory for this run; ask for fewer variants or a shorter text."


class EngineError(Exception):
    """Every error that the engine raises on purpose; `str(error)` is a sentence for people."""

    code: ClassVar[str] = "engine_error"


class RequestError(EngineError):
    """The request cannot be served as it is, now or later."""

    code = "request_error"


class InvalidRequest(RequestError):
    """A value of the request is outside its range."""

    code = "invalid_request"


class UnsupportedDecoding(RequestError):
    """The combination of decoding settings has no meaning."""

    code = "unsupported_decoding"


class PromptTooLong(RequestError):
    """Prompt and completion do not fit into the model's context together."""

    code = "prompt_too_long"

    def __init__(self, *, prompt_tokens: int, max_tokens: int, context_length: int) -> None:
        self.prompt_tokens = prompt_tokens
        self.max_tokens = max_tokens
        self.context_length = context_length
        self.tokens_over = prompt_tokens + max_tokens - context_length
        super().__init__(
            f"The prompt has {prompt_tokens} tokens and asks for up to {max_tokens} more; the model takes "
            f"{context_length} in all. Shorten it by {self.tokens_over} tokens or ask for fewer."
        )


class ModelUnavailable(EngineError):
    """No generation is possible until somebody mends the model's files or settings."""

    code = "model_unavailable"


class ModelUnknown(ModelUnavailable):
    """The name is neither in the catalogue nor a folder nor a hub name."""

    code = "model_unknown"


class ModelNotAllowed(ModelUnavailable):
    """The folder asks for code or formats that the engine does not run: pickles, remote code, other architectures."""

    code = "model_not_allowed"


class FetchFailed(ModelUnavailable):
    """No source of the catalogue gave the model."""

    code = "fetch_failed"


class DiskFull(ModelUnavailable):
    """There is not enough room for the model's files."""

    code = "disk_full"


class WeightsMissing(ModelUnavailable):
    """The folder or one of its files is not there."""

    code = "weights_missing"


class WeightsCorrupt(ModelUnavailable):
    """The files are there and cannot be read as a model."""

    code = "weights_corrupt"


class HashMismatch(WeightsCorrupt):
    """One file's bytes are not the ones that were recorded."""

    code = "hash_mismatch"

    def __init__(self, *, file: str, expected: str, found: str) -> None:
        self.file = file
        self.expected = expected
        self.found = found
        super().__init__(
            f"The file {file} was altered: its SHA-256 is {found}, recorded was {expected}. Fetch the model again."
        )


class GenerationFault(EngineError):
    """A run failed through no fault of its request."""

    code = "generation_fault"


class OutOfMemory(GenerationFault):
    """The device has no memory left for this run."""

    code = "out_of_memory"


class InvalidLogits(GenerationFault):
    """The model gave NaN or only impossible tokens."""

    code = "invalid_logits"


class RemoteUnavailable(GenerationFault):
    """The model server did not answer, or was too busy to, however often it was asked."""

    code = "remote_unavailable"
