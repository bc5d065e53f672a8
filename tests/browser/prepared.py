"""Where a test begins in the middle: objects made over the API."""

from __future__ import annotations

from review.management.portal_client import PortalClient
from tests.browser.seeds import SHORT
from tests.browser.steps import VALUES
from tests.stories.portal import finished


def new_brief(marketer: PortalClient, title: str) -> int:
    prompts = marketer.get("prompts/")["results"]
    prompt = next(prompt["id"] for prompt in prompts if prompt["name"] == SHORT)
    return int(marketer.post("briefs/", {"prompt": prompt, "title": title, "values": VALUES})["id"])


def waiting_review(marketer: PortalClient, title: str) -> int:
    """The review of a few tokens of the model, which waits in the queue."""
    run = marketer.post(f"briefs/{new_brief(marketer, title)}/runs/", {"variants": 1})
    (draft,) = finished(marketer, f"runs/{run['id']}/", 60)["drafts"]
    return int(marketer.post(f"drafts/{draft['id']}/reviews/")["id"])
