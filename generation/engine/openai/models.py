"""What a model server says of the model that it serves."""

import hashlib
import json
from importlib.metadata import version
from typing import Any

import httpx2

from generation.engine.errors import ModelUnavailable, ModelUnknown
from generation.engine.openai.link import Link, text_of
from generation.engine.openai.protocol import Refused, quoted
from generation.engine.openai.refusals import meaning
from generation.engine.types import EngineInfo

# The others change at each call: vLLM gives the time as `created` and a random `permission`.
STABLE = ("id", "root", "parent", "owned_by", "max_model_len", "meta")


async def ask_card(link: Link, model: str) -> dict[str, Any]:
    """Return the model's entry of /v1/models. Raises ModelUnavailable, ModelUnknown or RemoteUnavailable."""
    cards = await link.persist(lambda: ask_cards(link, model))
    for card in cards:
        if card["id"] == model:
            return card
    served = quoted(", ".join(card["id"] for card in cards))
    raise ModelUnknown(f"The model server at {link.url} does not serve {model!r}. It serves: {served}.")


async def ask_cards(link: Link, model: str) -> list[dict[str, Any]]:
    """Return the entries of /v1/models. Raises Busy where that may succeed later."""
    try:
        async with link.request("GET", "models") as response:
            cards = json.loads(await text_of(response))["data"]
            return [card for card in cards if isinstance(card["id"], str)]
    except httpx2.RequestError as error:
        raise link.trouble(error) from error
    except Refused as refused:
        raise meaning(refused, url=link.url, model=model) from None
    except (ValueError, TypeError, KeyError) as error:
        raise ModelUnavailable(
            f"What answers at {link.url} is no model server. Check the address: it usually ends in /v1."
        ) from error


def describe(link: Link, model: str, card: dict[str, Any], *, context_length: int) -> EngineInfo:
    """Return what a run should record about a model that is out of reach.

    Nobody can hash the weights from here: the digest names the address, the model's name and what the server says of
    it, and stays the same as long as these do.
    """
    named = {"url": link.url, "model": model, "card": {name: card[name] for name in STABLE if name in card}}
    canonical = json.dumps(named, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return EngineInfo(
        model=model,
        digest=hashlib.sha256(canonical.encode()).hexdigest(),
        device="remote",
        dtype="unknown",
        context_length=context_length_in(card) or context_length,
        languages=(),
        versions={"httpx2": version("httpx2")},
        source=link.url,
    )


def context_length_in(card: dict[str, Any]) -> int | None:
    """Return the context that the server gives the model: vLLM and SGLang name it, llama.cpp hides it in `meta`."""
    meta = card.get("meta")
    inner = meta if isinstance(meta, dict) else {}
    places = (card.get("max_model_len"), inner.get("n_ctx"), inner.get("n_ctx_train"))
    return next((length for length in places if isinstance(length, int) and length > 0), None)
