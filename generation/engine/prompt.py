"""From chat messages to the tokens that the model reads."""

from jinja2 import TemplateError
from transformers import PreTrainedTokenizerBase

from generation.engine.errors import InvalidRequest, PromptTooLong
from generation.engine.loading import LoadedModel
from generation.engine.types import GenerationRequest


def encode(model: LoadedModel, request: GenerationRequest) -> list[int]:
    """Return the prompt's tokens, up to where the assistant begins to write.

    Control tokens spelled out in a message stay plain text: a brief cannot open a turn of its own. Raises
    InvalidRequest where the chat template refuses the messages, PromptTooLong where the context is too small.
    """
    tokenizer = model.tokenizer
    control = control_tokens(tokenizer)
    chat = [{"role": message.role, "content": defuse(message.content, control)} for message in request.messages]
    try:
        text = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    except TemplateError as error:
        raise InvalidRequest(f"The model's chat template does not take these messages: {error}") from error
    tokens: list[int] = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    if not tokens:
        raise InvalidRequest("The model's chat template leaves nothing of these messages.")
    max_tokens = request.decoding.max_tokens
    if len(tokens) + max_tokens > model.context_length:
        raise PromptTooLong(prompt_tokens=len(tokens), max_tokens=max_tokens, context_length=model.context_length)
    return tokens


def control_tokens(tokenizer: PreTrainedTokenizerBase) -> list[str]:
    """Return the spellings that the tokenizer reads as one control token."""
    return [token.content for token in tokenizer.added_tokens_decoder.values() if token.special]


def defuse(content: str, control: list[str]) -> str:
    """Return `content` with a space after the first character of every control token in it."""
    for token in control:
        content = content.replace(token, f"{token[0]} {token[1:]}")
    return content
