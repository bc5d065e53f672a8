"""What the tests of the marketer's pages share."""

from __future__ import annotations

import re
from typing import Any

from aigc_portal.accounts.models import Team
from generation.actions.prompts import create_prompt
from generation.models import PromptVersion
from generation.seeds.prompts import PROMPTS
from tests.factories import VALUES


def posted(**changes: Any) -> dict[str, str]:
    """What the browser sends for a brief from "Social post"; `value_topic` stands for the field `value-topic`."""
    filled = {"title": "Spring tea", "training_consent": "on", "variants": "2", "then": "save"}
    filled |= {f"value-{name}": value for name, value in VALUES.items()} | {"value-audience": "", "value-hashtag": ""}
    return filled | {name.replace("value_", "value-"): value for name, value in changes.items()}


def make_product_prompt(team: Team, language: str = "en") -> PromptVersion:
    """The seeded product description: text, long text, choice and number."""
    seed = next(seed for seed in PROMPTS if seed["channel"] == "product_page" and seed["language"] == language)
    return create_prompt(actor=None, team=team, **seed)


def make_prompt_with(team: Team, decoding: dict[str, Any]) -> PromptVersion:
    """The seeded social post, with other settings."""
    seed = next(seed for seed in PROMPTS if seed["name"] == "Social post")
    return create_prompt(actor=None, team=team, **seed | {"name": "Of its own kind", "decoding": decoding})


def idempotency_keys(page: str) -> list[str]:
    return re.findall(r'name="idempotency_key" value="([0-9a-f]{32})"', page)
