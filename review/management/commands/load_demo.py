"""Demo team, one sign-in a role, and a few briefs; once for each database."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction

from aigc_portal.accounts.actions import add_person
from aigc_portal.accounts.models import Role, Team, User
from generation.actions.briefs import create_brief
from generation.models import PromptVersion
from review.onboarding import open_team

CAST = [
    ("marketer", "Mia Chen", [Role.MARKETER]),
    ("reviewer", "Ravi Patel", [Role.REVIEWER]),
    ("second reviewer", "林若 Lin Ruo", [Role.REVIEWER, Role.LEAD]),
    ("auditor", "Aoife Byrne", [Role.AUDITOR]),
    ("engineer", "Emil Sato", [Role.ENGINEER]),
    ("admin", "Ada Okafor", [Role.ADMIN]),
]
BRIEFS = [
    (
        "Product description",
        "Harbour travel mug, product page",
        {
            "product": "Harbour travel mug",
            "facts": "350 ml, keeps drinks hot for six hours, made of recycled steel, dishwasher safe, three colours",
            "audience": "commuters",
            "tone": "friendly",
            "words": "60",
        },
    ),
    (
        "Social post",
        "Repair workshop opening",
        {
            "topic": "Our repair workshop opens on Saturday",
            "facts": "Bring a broken mug or kettle; two repairs a person; free of charge; 10:00 to 16:00",
            "audience": "neighbours",
            "hashtag": "#RepairSaturday",
            "tone": "playful",
        },
    ),
    (
        "商品描述",
        "港湾随行杯 商品页",
        {
            "product": "港湾随行杯",
            "facts": "350 毫升，保温六小时，再生不锈钢，可用洗碗机清洗，三种颜色",
            "audience": "通勤人士",
            "tone": "亲切",
            "characters": "100",
        },
    ),
]


class Command(BaseCommand):
    help = "Load the demo team, its people and briefs, unless they are there. Sign-ins: var/secrets/demo_signins.json."

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.VAR_DIR) / "secrets" / "demo_signins.json"
        if Team.objects.exists():
            return
        password = "-".join(secrets.choice(WORDS.split()) for _ in range(3)) + f"-{secrets.randbelow(9000) + 1000}"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with transaction.atomic():
            signins = load(password)
            path.unlink(missing_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
                json.dump(signins, file, indent=2, ensure_ascii=False)
        self.stdout.write(f"Demo team loaded; sign-ins in {path}")


WORDS = "amber birch cedar coral delta ember fjord grove heron indigo jasper lotus maple olive pearl river"


def load(password: str) -> list[dict[str, str]]:
    """Write the demo team; returns one sign-in a role."""
    team = open_team(actor=None, name="Harbour Goods")
    signins = []
    for role, name, roles in CAST:
        email = f"{role.replace(' ', '')}@demo.test"
        user, _created = add_person(actor=None, team=team, email=email, name=name, roles=roles)
        user.set_password(password)
        user.save(update_fields=["password"])
        signins.append({"role": role, "email": user.email, "password": password})
    marketer = User.objects.get(email="marketer@demo.test")
    for prompt, title, values in BRIEFS:
        version = PromptVersion.objects.get(prompt__team=team, prompt__name=prompt)
        create_brief(actor=marketer, prompt_version=version, title=title, values=values)
    return signins
