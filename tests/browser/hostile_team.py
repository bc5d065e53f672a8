"""A team whose every text tries to become markup: one object of every kind, made over the API."""

from __future__ import annotations

from typing import Any

from review.management.portal_client import PortalClient
from tests.browser.payloads import LINE, TEXT
from tests.stories.portal import finished

RUN_SECONDS = 60


def furnish(author: PortalClient, colleague: PortalClient) -> list[str]:
    """Fill the team; returns the addresses of pages that no link leads to."""
    brief = write_brief(author, facts=TEXT)
    approved, rejected = submit_edits(author, brief)
    decide(colleague, approved, "approve", corrected_text=f"{TEXT}\n{LINE}")
    draft = decide(colleague, rejected, "reject", reasons=["hostile", "language"])
    rewritten = author.post(f"drafts/{draft}/regenerations/", {"feedback": TEXT})
    assert finished(author, f"runs/{rewritten['id']}/", RUN_SECONDS)["status"] == "SUCCEEDED"
    held, _waiting = submit_edits(colleague, write_brief(colleague, facts="Short, because the model reads slowly."))
    author.post(f"reviews/{held}/claim/")
    for kind in ("preference", "prompt-completion"):
        made = author.post("datasets/", {"type": kind})
        assert finished(author, f"datasets/{made['id']}/", RUN_SECONDS)["status"] == "SUCCEEDED"
    reviews = [f"/reviews/{held}/", f"/reviews/{approved}/known-answer/", "/reviews/filters/"]
    return [*reviews, f"/briefs/{brief}/edit/", "/reviews/?state=decided", "/reviews/?state=others"]


def write_brief(person: PortalClient, facts: str) -> int:
    (prompt,) = [prompt for prompt in person.get("prompts/")["results"] if prompt["name"] == LINE]
    values = {"product": LINE, "facts": facts, "audience": LINE, "tone": LINE, "words": "20"}
    return int(person.post("briefs/", {"prompt": prompt["id"], "title": LINE, "values": values})["id"])


def submit_edits(person: PortalClient, brief: int) -> list[int]:
    """Reviews of a person's edits of the two variants of a run."""
    run = person.post(f"briefs/{brief}/runs/", {"variants": 2})
    drafts = finished(person, f"runs/{run['id']}/", RUN_SECONDS)["drafts"]
    edits = [person.post(f"drafts/{draft['id']}/edits/", {"text": f"{TEXT}\n{draft['id']}"}) for draft in drafts]
    return [person.post(f"drafts/{edit['id']}/reviews/")["id"] for edit in edits]


def decide(person: PortalClient, review: int, how: str, **said: Any) -> int:
    """The draft that was decided on."""
    taken = person.post(f"reviews/{review}/claim/")
    person.post(
        f"reviews/{review}/{how}/", {"sha256": taken["draft"]["sha256"], "comment": TEXT, "accuracy": 1, **said}
    )
    return int(taken["draft"]["id"])
