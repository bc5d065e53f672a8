"""The loop over the API, step by step, as the stories walk it."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.stories.portal import LivePortal, finished

VALUES = {
    "topic": "Our repair workshop opens on Saturday",
    "facts": "Bring a broken mug; free of charge; 10:00 to 16:00",
    "tone": "friendly",
}
CORRECTION = "Our repair workshop opens on Saturday. Bring a broken mug: repairs are free from 10:00 to 16:00."
STORY = [
    "brief.created",
    "run.requested",
    "run.running",
    "run.succeeded",
    "review.submitted",
    "review.in_review",
    "draft.corrected",
    "review.approved",
    "dataset.requested",
    "dataset.running",
    "dataset.succeeded",
]


@dataclass(frozen=True)
class KilledRun:
    """A run whose worker died at `killed_at`; `after` is the last event before it was asked for."""

    path: str
    after: int
    killed_at: datetime


def write_brief(portal: LivePortal) -> dict[str, Any]:
    marketer = portal.person("marketer")
    prompts = marketer.get("prompts/", language="en", channel="social")["results"]
    brief: dict[str, Any] = marketer.post(
        "briefs/", {"prompt": prompts[0]["id"], "title": "Workshop", "values": VALUES}
    )
    return brief


def start_run(portal: LivePortal, variants: int = 2) -> tuple[dict[str, Any], float]:
    """The queued run and the seconds that the portal took to accept it."""
    brief = write_brief(portal)
    began = time.monotonic()
    run: dict[str, Any] = portal.person("marketer").post(f"briefs/{brief['id']}/runs/", {"variants": variants})
    return run, time.monotonic() - began


def generate(portal: LivePortal, brief: dict[str, Any], variants: int, seconds: float) -> dict[str, Any]:
    """The finished run."""
    marketer = portal.person("marketer")
    run = marketer.post(f"briefs/{brief['id']}/runs/", {"variants": variants, "seed": 7})
    run = finished(marketer, f"runs/{run['id']}/", seconds)
    assert run["status"] == "SUCCEEDED", run
    return run


def approve_with_correction(portal: LivePortal, draft: dict[str, Any]) -> dict[str, Any]:
    """Submit, take from the queue, correct and approve; the decided review."""
    submitted = portal.person("marketer").post(f"drafts/{draft['id']}/reviews/")
    reviewer = portal.person("reviewer")
    taken = reviewer.post("reviews/next/")
    assert taken["id"] == submitted["id"]
    said = {"sha256": taken["draft"]["sha256"], "corrected_text": CORRECTION, "accuracy": 4, "comment": "Facts first."}
    decided: dict[str, Any] = reviewer.post(f"reviews/{taken['id']}/approve/", said)
    assert decided["status"] == "APPROVED"
    assert decided["was_corrected"]
    return decided


def export(portal: LivePortal, kind: str) -> list[dict[str, Any]]:
    """The rows of an export, each file checked against the manifest."""
    engineer = portal.person("engineer")
    made = engineer.post("datasets/", {"type": kind, "language": "en"})
    made = finished(engineer, f"datasets/{made['id']}/", 30)
    assert made["status"] == "SUCCEEDED", made
    rows: list[dict[str, Any]] = []
    for file in made["manifest"]["files"]:
        content = engineer.download(f"datasets/{made['id']}/files/{file['name']}")
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        rows += [json.loads(line) for line in content.splitlines()]
    assert len(rows) == made["row_count"]
    return rows


def events_after(portal: LivePortal, after: int) -> list[dict[str, Any]]:
    auditor, page = portal.person("auditor"), {"next": "first", "after": after, "results": []}
    events: list[dict[str, Any]] = []
    while page["next"]:
        page = auditor.get("events/", after=page["after"])
        events += page["results"]
    return events


def last_event(portal: LivePortal) -> int:
    return int(portal.person("auditor").get("events/", page_size=1000)["after"])


def walk(portal: LivePortal, variants: int, seconds: float) -> None:
    """From brief to events; each step's outcome is checked in the next."""
    after = last_event(portal)
    brief = write_brief(portal)
    run = generate(portal, brief, variants, seconds)
    assert [draft["variant"] for draft in run["drafts"]] == list(range(variants))
    draft = run["drafts"][0]
    assert draft["text"].strip()
    review = approve_with_correction(portal, draft)
    (row,) = [row for row in export(portal, "preference") if review["id"] in row["source"]["review_ids"]]
    assert row["prompt"] == run["messages"]
    assert row["chosen"] == [{"role": "assistant", "content": CORRECTION}]
    assert row["rejected"] == [{"role": "assistant", "content": draft["text"]}]
    ours = {("brief", brief["id"]), ("generationrun", run["id"]), ("review", review["id"])}
    ours |= {("draft", draft["id"]) for draft in [*run["drafts"], review["approved_draft"]]}
    told = [event for event in events_after(portal, after) if target_of(event) in ours or "dataset." in event["action"]]
    actions = [event["action"] for event in told if event["action"] not in ("draft.generated", "dataset.downloaded")]
    assert actions == STORY
    assert sum(event["action"] == "draft.generated" for event in told) == variants


def target_of(event: dict[str, Any]) -> tuple[str, int]:
    return event["target_type"].partition(".")[2], int(event["target_id"])
