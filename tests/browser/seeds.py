"""What the browser tests need beside the demo team. Runs inside the portal: manage.py shell -c "…; seed()"."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings

from aigc_portal.accounts.actions import add_member
from aigc_portal.accounts.models import Role, Team, User
from generation.actions.prompts import create_prompt
from generation.seeds.prompts import PROMPTS
from review.models import ReasonCode
from review.onboarding import open_team
from tests.browser.payloads import LINE, TEXT
from tests.cast import PASSWORD

SHORT, LONGER, CHINESE = "Short post", "Longer post", "短帖"
AUTHOR, COLLEAGUE = "hostile author", "hostile colleague"


def seed() -> None:
    """Prompts that ask for few tokens, and a team in which everything has a hostile name."""
    demo = Team.objects.get()
    english = next(prompt for prompt in PROMPTS if prompt["name"] == "Social post")
    chinese = next(prompt for prompt in PROMPTS if prompt["language"] == "zh")
    copy_prompt(demo, english, SHORT, 8)
    copy_prompt(demo, english, LONGER, 60)
    copy_prompt(demo, chinese, CHINESE, 8)
    hostile = open_team(actor=None, name=LINE)
    product = next(prompt for prompt in PROMPTS if prompt["name"] == "Product description")
    variables = [variable | {"label": LINE, "help": LINE, "placeholder": LINE} for variable in product["variables"]]
    for variable in variables:
        if "choices" in variable:
            variable["choices"] = [LINE]
    copy_prompt(hostile, product | {"description": TEXT[:300], "system": LINE, "variables": variables}, LINE, 8)
    ReasonCode.objects.create(team=hostile, code="hostile", label_en=LINE, label_zh=LINE, position=99)
    sign_ins = [person(hostile, AUTHOR), person(hostile, COLLEAGUE)]
    path = Path(settings.VAR_DIR) / "secrets" / "browser_signins.json"
    path.write_text(json.dumps(sign_ins))


def copy_prompt(team: Team, like: dict[str, Any], name: str, tokens: int) -> None:
    create_prompt(actor=None, team=team, **like | {"name": name, "decoding": like["decoding"] | {"max_tokens": tokens}})


def person(team: Team, name: str) -> dict[str, str]:
    """Somebody with every role in the team."""
    user = User.objects.create_user(f"{name.replace(' ', '.')}@demo.test", PASSWORD, name=f"{name} {LINE}")
    for role in Role.values:
        add_member(actor=None, team=team, user=user, role=role)
    return {"role": name, "email": user.email, "password": PASSWORD}
