"""A text through the whole loop, over HTTP, against the running portal: each step is printed with its ids."""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from textwrap import indent, wrap
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from review.management.portal_client import PortalClient, PortalError

PROMPT = "Product description"
TITLE = "Harbour travel mug, demo"
VALUES = {
    "product": "Harbour travel mug",
    "facts": "350 ml, keeps drinks hot for six hours, made of recycled steel, dishwasher safe, three colours",
    "audience": "commuters",
    "tone": "friendly",
    "words": "60",
}
CORRECTION = (
    "Your coffee is still hot when you arrive, and six hours later too. The Harbour travel mug holds 350 ml, is made "
    "of recycled steel, goes into the dishwasher, and comes in three colours."
)
MODEL_SECONDS = 1800.0  # the first start may fetch and convert the weights
ABSENT_SECONDS = 60.0
RUN_SECONDS = 600.0
EXPORT_SECONDS = 60.0
LOOK_SECONDS = 0.5
QUIET_SECONDS = 10.0


class Command(BaseCommand):
    help = "Walk a text through the whole loop against the running portal (PORTAL_HOST, PORTAL_PORT) and print it."

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = os.environ.get("PORTAL_HOST") or "127.0.0.1", os.environ.get("PORTAL_PORT") or "8000"
        self.address = f"http://{host}:{port}"
        self.began = time.monotonic()
        self.told_at = 0.0
        try:
            self.people = self.sign_in()
            self.walk()
            for person in self.people.values():
                person.sign_out()
        except PortalError as error:
            raise CommandError(str(error)) from None

    def walk(self) -> None:
        marketer = self.people["marketer"]
        self.wait_for_model(marketer)
        after = self.last_event()
        brief = self.write_brief(marketer)
        drafts = self.generate(marketer, brief)
        self.title("Submit for review")
        reviews = [self.submit(marketer, draft) for draft in drafts[:2]]
        self.decide(reviews)
        self.leave(marketer, drafts[2])
        self.export([review["id"] for review in reviews])
        self.show_events(after)
        self.title(f"Done in {time.monotonic() - self.began:.0f} s")
        self.line(f"See it in the browser: {self.address}/briefs/{brief['id']}/")

    # --- the steps

    def sign_in(self) -> dict[str, PortalClient]:
        path = Path(settings.VAR_DIR) / "secrets" / "demo_signins.json"
        if not path.exists():
            raise CommandError(f"There are no demo sign-ins in {path}: this portal was started without demo data.")
        accounts = {account["role"]: account for account in json.loads(path.read_text())}
        self.title("Sign in")
        people = {}
        for role in ("marketer", "reviewer", "second reviewer", "engineer", "auditor"):
            account = accounts[role]
            people[role] = PortalClient(self.address, account["email"], account["password"], "make demo")
            me = people[role].get("me/")
            self.line(f"{role:<15} {me['name']} <{me['email']}>, team {me['teams'][0]['name']}")
        return people

    def wait_for_model(self, marketer: PortalClient) -> None:
        self.title("Wait for the model")
        began, seen = time.monotonic(), time.monotonic()
        while (engine := marketer.get("engine/"))["state"] != "ready":
            now = time.monotonic()
            if engine["state"] == "failed":
                raise CommandError(f"The model {engine['model']} was not loaded: {engine['detail']}")
            seen = seen if engine["state"] == "absent" else now
            if now - began > MODEL_SECONDS or now - seen > ABSENT_SECONDS:
                raise CommandError("No model became ready. The generation worker's log says why.")
            self.progress(f"{engine['model'] or 'the worker'} is {engine['state']}, {now - began:.0f} s")
            time.sleep(LOOK_SECONDS)
        self.line(f"{engine['model']} is ready on {engine['device']}")

    def write_brief(self, marketer: PortalClient) -> dict[str, Any]:
        self.title("Write a brief")
        prompts = marketer.get("prompts/", language="en", page_size=200)["results"]
        prompt = next((prompt for prompt in prompts if prompt["name"] == PROMPT), None)
        if prompt is None:
            raise CommandError(f"The team has no prompt “{PROMPT}”.")
        brief: dict[str, Any] = marketer.post(
            "briefs/", {"prompt": prompt["id"], "title": TITLE, "values": VALUES, "training_consent": True}
        )
        version = prompt["latest_version"]["number"]
        self.line(f"brief {brief['id']} “{brief['title']}” for prompt {prompt['id']} “{PROMPT}”, version {version}")
        for name, value in brief["values"].items():
            self.line(f"  {name}: {value}")
        return brief

    def generate(self, marketer: PortalClient, brief: dict[str, Any]) -> list[dict[str, Any]]:
        self.title("Generate drafts")
        run = marketer.post(f"briefs/{brief['id']}/runs/", {"variants": 3, "accept_language": True})
        self.line(f"run {run['id']}: {run['variants']} variants, seed {run['seed']}, {run['decoding']['strategy']}")
        run = self.wait(marketer, f"runs/{run['id']}/", RUN_SECONDS)
        tokens, seconds = run["completion_tokens"], max(run["seconds"], 0.001)
        self.line(
            f"{run['status']} in attempt {run['attempt']}: {tokens} tokens in {seconds:.1f} s, "
            f"{tokens / seconds:.0f} tokens/s, by {run['model']['name']} ({run['model']['digest'][:12]})"
        )
        drafts: list[dict[str, Any]] = run["drafts"]
        for draft in drafts:
            self.line(f"draft {draft['id']}, variant {draft['variant'] + 1}, sha256 {draft['sha256'][:12]}")
            self.text(draft["text"])
        return drafts

    def submit(self, marketer: PortalClient, draft: dict[str, Any]) -> dict[str, Any]:
        if not draft["text"].strip():
            draft = marketer.post(f"drafts/{draft['id']}/edits/", {"text": CORRECTION})
        review: dict[str, Any] = marketer.post(f"drafts/{draft['id']}/reviews/")
        self.line(f"review {review['id']} of draft {draft['id']}: {review['status']}")
        return review

    def decide(self, reviews: list[dict[str, Any]]) -> None:
        self.title("Review")
        reviewer = self.people["reviewer"]
        for review in reviews:
            taken = reviewer.post(f"reviews/{review['id']}/claim/")
            self.line(f"review {taken['id']} taken by {taken['claimed_by']['name']}")
        approved, rejected = reviews
        self.show_decision(
            reviewer.post(
                f"reviews/{approved['id']}/approve/",
                {
                    "sha256": approved["draft"]["sha256"],
                    "corrected_text": CORRECTION,
                    "accuracy": 3,
                    "brand_fit": 4,
                    "language": 4,
                    "comment": "Rewritten to what the brief says.",
                    "facts_checked": True,
                },
            )
        )
        self.show_decision(
            reviewer.post(
                f"reviews/{rejected['id']}/reject/",
                {"sha256": rejected["draft"]["sha256"], "reasons": ["unsupported"], "accuracy": 2},
            )
        )

    def leave(self, marketer: PortalClient, draft: dict[str, Any]) -> None:
        """For whoever looks at the queue afterwards: urgent, due in an hour, assigned to the lead, who also reviews."""
        self.title("Leave one in the queue")
        lead = self.people["second reviewer"]
        due = datetime.now(UTC) + timedelta(hours=1)
        wanted = {"priority": 1, "due_at": due.isoformat(), "assigned_to": lead.get("me/")["id"]}
        try:
            review = self.submit(marketer, draft)
        except PortalError as error:
            if error.status != HTTPStatus.CONFLICT:
                raise
            self.line("The model wrote the same text twice, and a text is reviewed once.")
            return
        left = lead.patch(f"reviews/{review['id']}/", wanted)
        self.line(f"review {left['id']} is urgent, due in an hour, and assigned to {left['assigned_to']['name']}")

    def show_decision(self, review: dict[str, Any]) -> None:
        feedback = review["feedback"]
        if feedback is None:
            self.line(f"review {review['id']}: now step {review['step']} of {review['steps']} asks somebody else")
            return
        said = [reason["label"] for reason in feedback["reasons"]] + (
            [feedback["comment"]] if feedback["comment"] else []
        )
        self.line(f"review {review['id']}: {review['status']} by {review['decided_by']['name']}. {' '.join(said)}")
        if review["was_corrected"]:
            draft = review["approved_draft"]
            self.line(f"  approved text: draft {draft['id']}, a correction of draft {draft['parent']}")
            self.text(draft["text"])

    def export(self, review_ids: list[int]) -> None:
        self.title("Export training data")
        engineer = self.people["engineer"]
        made = engineer.post("datasets/", {"type": "preference", "language": "en"})
        made = self.wait(engineer, f"datasets/{made['id']}/", EXPORT_SECONDS)
        self.line(
            f"data set {made['id']} of type {made['type']}: {made['row_count']} rows, digest {made['digest'][:12]}"
        )
        for file in made["manifest"]["files"]:
            self.line(f"  {file['name']}: {file['rows']} rows, {file['size']} bytes, sha256 {file['sha256'][:12]}")
            content = engineer.download(f"datasets/{made['id']}/files/{file['name']}")
            for row in map(json.loads, content.splitlines()):
                if set(row["source"]["review_ids"]) & set(review_ids):
                    self.show_row(row)

    def show_row(self, row: dict[str, Any]) -> None:
        self.line(f"  row from review {' and '.join(map(str, row['source']['review_ids']))}")
        for name in ("chosen", "rejected"):
            words = row[name][0]["content"].split()
            self.line(f"    {name:<9}{' '.join(words[:6])} … {' '.join(words[-6:])}")

    def show_events(self, after: int) -> None:
        self.title("What the auditor sees")
        page: dict[str, Any] = {"after": after, "next": "first"}
        while page["next"]:
            page = self.people["auditor"].get("events/", after=page["after"])
            for event in page["results"]:
                target = f"{event['target_type'].partition('.')[2]} {event['target_id']}"
                self.line(f"{event['id']:>6}  {event['action']:<20} {event['actor_name'] or 'the portal':<12} {target}")

    def last_event(self) -> int:
        page: dict[str, Any] = {"after": 0, "next": "first"}
        while page["next"]:
            page = self.people["auditor"].get("events/", after=page["after"], page_size=1000)
        return int(page["after"])

    # --- waiting and printing

    def wait(self, person: PortalClient, path: str, seconds: float) -> dict[str, Any]:
        """The job once it has succeeded."""
        began = time.monotonic()
        while True:
            job: dict[str, Any] = person.get(path)
            waited = time.monotonic() - began
            if job["status"] == "SUCCEEDED":
                return job
            if job["status"] in ("FAILED", "CANCELLED"):
                raise CommandError(f"{path} is {job['status']}: {job['error']}")
            if waited > seconds:
                raise CommandError(f"{path} is still {job['status']} after {waited:.0f} s.")
            self.progress(f"{job['status'].lower()}, {waited:.0f} s")
            time.sleep(LOOK_SECONDS)

    def title(self, text: str) -> None:
        self.stdout.write(f"\n{self.style.MIGRATE_HEADING(text)}")

    def line(self, text: str) -> None:
        if sys.stdout.isatty():
            self.stdout.write("\r\x1b[K", ending="")
        self.stdout.write(f"  {text}")
        self.stdout.flush()

    def text(self, text: str) -> None:
        for paragraph in text.splitlines():
            self.stdout.write(indent("\n".join(wrap(paragraph, 96) or [""]), "    │ "))

    def progress(self, text: str) -> None:
        """One line that changes on a terminal; elsewhere a line every ten seconds."""
        if sys.stdout.isatty():
            self.stdout.write(f"\r\x1b[K  … {text}", ending="")
            self.stdout.flush()
        elif time.monotonic() - self.told_at > QUIET_SECONDS:
            self.told_at = time.monotonic()
            self.line(f"… {text}")
