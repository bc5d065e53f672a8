"""Runs in the benchmark's portal, with the workload's own prompts."""

from collections.abc import Sequence
from dataclasses import asdict

from aigc_portal.accounts.models import Role, Team, User
from generation.models import GenerationRun, TeamLimit
from tests.benchmarks.console import say
from tests.benchmarks.workload import Wanted, request_for
from tests.cast import make_user
from tests.factories import make_brief
from tests.stories.portal import eventually

Status = GenerationRun.Status
NO_LIMIT = 2**31 - 1  # tokens: as many as the column holds


def make_people(count: int) -> list[User]:
    """Return marketers of one new team that no limit ever refuses."""
    team = Team.objects.create(name=f"Benchmark {Team.objects.count()}")
    TeamLimit.objects.create(team=team, outstanding_tokens=NO_LIMIT, daily_tokens=NO_LIMIT)
    return [make_user(f"writer {team.pk} {number}", team, Role.MARKETER) for number in range(count)]


def patterns(author: User, briefs: Sequence[Wanted]) -> list[GenerationRun]:
    """Return a closed run of each brief; repeat_run asks for the same text again, as people do."""
    brief = make_brief(author, author.memberships.get().team)
    runs = []
    for wanted in briefs:
        request = request_for(wanted)
        runs.append(
            GenerationRun.objects.create(
                team=brief.team,
                brief=brief,
                messages=[asdict(message) for message in request.messages],
                decoding=asdict(request.decoding),
                seed=request.seed,
                variants=request.variants,
                requested_by=author,
                status=Status.CANCELLED,
            )
        )
    return runs


def wait_until(status: str, runs: Sequence[GenerationRun], seconds: float) -> None:
    """Return once all are there; AssertionError where they are not in time."""
    mine = GenerationRun.objects.filter(pk__in=[run.pk for run in runs])
    eventually(lambda: mine.filter(status=status).count() == len(runs), seconds)


def wait_until_closed(runs: Sequence[GenerationRun], seconds: float) -> None:
    """Return once none is open, however it ended."""
    mine = GenerationRun.objects.filter(pk__in=[run.pk for run in runs])
    eventually(lambda: not mine.filter(status__in=[Status.QUEUED, Status.RUNNING]).exists(), seconds)
    ended = mine.values_list("status", flat=True)
    say(f"{len(ended)} runs ended: {', '.join(sorted(set(ended)))}")
