"""The CPU's workload through the whole portal, against the engine alone.

Runs are asked for one by one, claimed and written by the worker, streamed through Valkey and the web process to one
reader each, and kept in PostgreSQL. Everything shares the machine with the engine.
"""

import json
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client
from django.urls import reverse

from aigc_portal.accounts.models import User
from generation.actions.runs import repeat_run
from generation.engine.catalogue import DEFAULT_MODEL
from generation.models import Draft
from tests.benchmarks.console import Options, say
from tests.benchmarks.contest import Outcome, run
from tests.benchmarks.models import encoder, tokens_in
from tests.benchmarks.portal import running_portal
from tests.benchmarks.portal_runs import Status, make_people, patterns, wait_until
from tests.benchmarks.table import Figure, Target
from tests.benchmarks.throughput_cpu import FULL, QUICK
from tests.benchmarks.workload import SLOTS, Heat, Wanted, draw
from tests.stories.portal import LivePortal

LEAST = Target(0.9)
NONE = Target(0, upper=True)
LONGEST_SECONDS = 1200.0


@dataclass(frozen=True, slots=True)
class Round:
    """The same briefs twice; `streamed` is what the readers of the portal's streams saw."""

    alone: Outcome
    portal: Outcome
    streamed: list[list[int]]


def measure(options: Options) -> list[Figure]:
    """Return the portal's share of the engine's own rates, and how many texts are not the same."""
    size = QUICK if options.quick else FULL
    rounds: list[Round] = []
    for _ in range(options.rounds):
        threads = rounds[0].alone.threads if rounds else options.threads
        rounds.append(one_round(Heat(DEFAULT_MODEL, size, SLOTS, threads=threads)))
    work = f"{size}, {SLOTS} slots, float32, torch threads: {rounds[0].alone.threads}"
    figures = []
    for unit in ("per_second", "per_cpu_second"):
        pairs = [(getattr(one.alone, unit), getattr(one.portal, unit)) for one in rounds]
        per = unit.replace("_", " ").replace("cpu ", "CPU-")
        figures += [
            Figure(f"whole path: engine alone {per}", work, tuple(alone for alone, _ in pairs), "tokens"),
            Figure(f"whole path: through the portal {per}", work, tuple(portal for _, portal in pairs), "tokens"),
            Figure(f"whole path / engine alone, {per}", work, tuple(b / a for a, b in pairs), "×", LEAST),
        ]
    wrong = tuple(different_texts(one.alone.written, one.portal.written) for one in rounds)
    unseen = tuple(different_texts(one.portal.written, one.streamed) for one in rounds)
    return [
        *figures,
        Figure("whole path: different texts", "drafts against the engine's", wrong, target=NONE),
        Figure("whole path: different streams", "what readers saw against the drafts", unseen, target=NONE),
    ]


def one_round(heat: Heat) -> Round:
    """Let the engine write alone, then through a portal of its own, with as many threads."""
    alone = run(heat)
    with running_portal(alone.threads) as portal:
        return Round(alone, *through(portal, draw(heat.size, encoder(heat.model)), alone.threads))


def through(portal: LivePortal, briefs: Sequence[Wanted], threads: int) -> tuple[Outcome, list[list[int]]]:
    """Return what the portal kept and what the readers saw; the clock stops when the last reader has seen the end."""
    (author,) = make_people(1)
    asked = patterns(author, briefs)
    cookie = sign_in(author)
    worker = portal.program("generation-worker").pid
    with ThreadPoolExecutor(len(briefs)) as readers:
        started, cpu_started = time.perf_counter(), cpu_seconds(worker)
        runs = [repeat_run(actor=author, run=pattern) for pattern in asked]
        urls = [portal.address + reverse("generation:run-stream", args=[run.pk]) for run in runs]
        say(f"{len(runs)} runs asked for in {time.perf_counter() - started:.1f} s")
        streamed = list(readers.map(lambda url: read_stream(url, cookie), urls))
        seconds, cpu = time.perf_counter() - started, cpu_seconds(worker) - cpu_started
    wait_until(Status.SUCCEEDED, runs, 10)
    texts = dict(Draft.objects.filter(run__in=runs).values_list("run_id", "raw_text"))
    outcome = Outcome([tokens_in(texts[run.pk]) for run in runs], cpu, seconds, threads)
    say(f"through the portal: {outcome.tokens} tokens in {seconds:.1f} s")
    return outcome, [tokens_in(text) for text in streamed]


def sign_in(user: User) -> str:
    """Return the cookie of a browser in which the user is signed in."""
    browser = Client()
    browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"


def read_stream(url: str, cookie: str) -> str:
    """Follow a run's server-sent events and return its text. Raises RuntimeError where the stream breaks off."""
    place, text, name = urlsplit(url), "", ""
    with closing(HTTPConnection(place.netloc, timeout=LONGEST_SECONDS)) as connection:
        connection.request("GET", place.path, headers={"Cookie": cookie})
        for line in connection.getresponse():
            field, _, value = line.decode().rstrip("\n").partition(": ")
            if field == "event":
                name = value
            elif field == "data" and name in ("restart", "delta"):
                told: dict[str, Any] = json.loads(value)
                text = "" if name == "restart" else text + told["text"]
    if name != "end":
        raise RuntimeError(f"{url} ended with {name!r}")
    return text


def cpu_seconds(pid: int) -> float:
    """Return the user and system time of a process and all its threads (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def different_texts(expected: Sequence[Sequence[int]], found: Sequence[Sequence[int]]) -> float:
    """Return how many texts differ in any token."""
    return float(sum(list(one) != list(other) for one, other in zip(expected, found, strict=True)))
