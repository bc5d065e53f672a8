"""README.md and docs/api.md are true: their commands are run as they stand, in order, against a portal."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from aigc_portal.services.configuration import REPOSITORY
from tests.stories.portal import LivePortal

pytestmark = pytest.mark.usefixtures("killed_run")  # its lease runs out meanwhile


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
def test_the_commands_of_the_readme_and_the_guide_work(portal: LivePortal) -> None:
    loop = (REPOSITORY / "README.md").read_text().partition("## The loop by curl")[2].partition("\n## ")[0]
    rules = (REPOSITORY / "docs" / "api.md").read_text()
    script = "\n".join(re.findall(r"^```sh\n(.*?)^```", loop + rules, re.MULTILINE | re.DOTALL))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env=portal.environment | {"PORTAL": portal.address},
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    for shown in ('"title":"Repair workshop"', '"was_corrected":true', '"format": "aigc-portal/dataset/1"', "chosen"):
        assert shown in done.stdout
    for action in ("brief.created", "review.submitted", "review.in_review", "review.approved"):
        assert f'"action":"{action}"' in done.stdout


def test_the_demo_walks_the_loop_and_tells_each_step(portal: LivePortal) -> None:
    demo = portal.command("demo")
    assert demo.returncode == 0, demo.stderr + demo.stdout
    for step in (
        "brief ",
        "run ",
        "draft ",
        "APPROVED by",
        "REJECTED by",
        "rows, digest",
        "dataset.succeeded",
        "Done in",
    ):
        assert step in demo.stdout
    tokens = portal.person("marketer").get("tokens/")
    assert [token["name"] for token in tokens if token["name"] == "make demo"] == [], "the demo signs out"


def test_the_demo_says_what_is_wrong(portal: LivePortal) -> None:
    sign_ins = portal.var / "secrets" / "demo_signins.json"
    kept = sign_ins.rename(sign_ins.with_suffix(".kept"))
    try:
        demo = portal.command("demo")
    finally:
        kept.rename(sign_ins)
    assert demo.returncode == 1
    assert "without demo data" in demo.stderr
    assert "Traceback" not in demo.stderr
