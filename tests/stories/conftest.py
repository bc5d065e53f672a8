"""Two portals, started at once so that one starts up while the other is in use."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from tests.stories.loop import KilledRun, last_event, start_run
from tests.stories.portal import LivePortal, eventually, live_portal, models_folder

WITHOUT_MODEL = {"PORTAL_ENGINE": "tests.stories.engines.steady_engine"}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure shows what the portals logged."""
    report = yield
    if report.failed:
        for name, portal in item.funcargs.items():
            if isinstance(portal, LivePortal):
                report.sections.append((f"logs of {name}", portal.logs()))
    return report


@pytest.fixture(scope="session")
def started(request: pytest.FixtureRequest) -> Iterator[dict[str, LivePortal]]:
    """The portals that the chosen tests need, perhaps not ready yet."""
    wanted = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    with ExitStack() as stack:
        portals = {}
        if "portal" in wanted:
            portals["portal"] = stack.enter_context(live_portal(WITHOUT_MODEL))
        if "portal_with_model" in wanted:
            portals["portal_with_model"] = stack.enter_context(live_portal({}, models=models_folder()))
        yield portals


@pytest.fixture(scope="session")
def portal(started: dict[str, LivePortal]) -> LivePortal:
    """A portal whose engine writes without a model, two to six seconds a run."""
    started["portal"].wait_until_ready()
    return started["portal"]


@pytest.fixture(scope="session")
def portal_with_model(started: dict[str, LivePortal]) -> LivePortal:
    """A portal as `make run` starts it: the default engine and the default model."""
    started["portal_with_model"].wait_until_ready()
    return started["portal_with_model"]


@pytest.fixture(scope="session")
def killed_run(portal: LivePortal) -> KilledRun:
    """A run whose worker dies by SIGKILL in the middle of its first attempt."""
    marketer, after = portal.person("marketer"), last_event(portal)
    run, _ = start_run(portal)
    path = f"runs/{run['id']}/"
    eventually(lambda: marketer.get(path)["status"] == "RUNNING", 10)
    time.sleep(0.5)
    assert marketer.get(path)["status"] == "RUNNING", "it ended before it could be killed"
    portal.kill("generation-worker")
    return KilledRun(path, after, datetime.now(UTC))
