from __future__ import annotations

from generation.actions.prompts import seed_prompts
from generation.models import PromptVersion
from tests.api_client import Api
from tests.cast import Cast
from tests.factories import make_prompt


def test_a_prompt_tells_the_variables_of_its_latest_version(cast: Cast) -> None:
    version = make_prompt(cast.team)
    PromptVersion.objects.create(
        prompt=version.prompt,
        number=2,
        system="Write.",
        template="{{ topic }}",
        variables=[{"name": "topic", "label": "Topic", "type": "text", "required": True}],
    )
    shown = Api(cast.marketer).get(f"prompts/{version.prompt_id}/").json()
    assert shown["latest_version"]["number"] == 2
    assert shown["latest_version"]["variables"] == [
        {"name": "topic", "label": "Topic", "type": "text", "required": True}
    ]


def test_the_seeded_prompts_are_all_shown(cast: Cast) -> None:
    seed_prompts(actor=None, team=cast.team)
    rows = Api(cast.reviewer).get("prompts/").json()["results"]
    assert len(rows) == 6
    assert {row["language"] for row in rows} == {"en", "zh"}
