from __future__ import annotations

from generation.models import PromptVersion
from tests.cast import Cast
from tests.factories import make_prompt
from tests.generation.pages import make_product_prompt


def test_the_list_holds_the_teams_prompts(cast: Cast) -> None:
    make_prompt(cast.team)
    make_product_prompt(cast.other_team)
    text = cast.client("auditor").get("/prompts/").content.decode()
    assert "Social post" in text
    assert "Product description" not in text
    assert cast.client("marketer").post("/prompts/").status_code == 405


def test_no_prompts(cast: Cast) -> None:
    assert "Your team has no prompts" in cast.client("marketer").get("/prompts/").content.decode()


def test_the_page_shows_texts_variables_and_sampling(cast: Cast) -> None:
    version = make_product_prompt(cast.team)
    text = cast.client("marketer").get(f"/prompts/{version.prompt_id}/").content.decode()
    for part in ("{{ product }}", "&quot;&quot;&quot;", "at most 2000 characters", "20–200", "friendly", "temperature"):
        assert part in text
    assert f"/briefs/new/{version.pk}/" in text
    assert (
        f"/briefs/new/{version.pk}/"
        not in cast.client("reviewer").get(f"/prompts/{version.prompt_id}/").content.decode()
    )


def test_an_older_version_can_be_read_and_new_briefs_use_the_newest(cast: Cast) -> None:
    old = make_prompt(cast.team)
    new = PromptVersion.objects.create(prompt=old.prompt, number=2, system="S", template="The new text", variables=[])
    address = f"/prompts/{old.prompt_id}/"
    client = cast.client("marketer")
    assert "The new text" in client.get(address).content.decode()
    text = client.get(f"{address}?version=1").content.decode()
    assert "This is version 1." in text
    assert "The new text" not in text
    assert f"/briefs/new/{new.pk}/" in text
    for unknown in ("3", "x", ""):
        assert client.get(f"{address}?version={unknown}").status_code == 404
    assert cast.client("outsider").get(address).status_code == 404
