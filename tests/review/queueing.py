"""Texts that wait in a queue, and what its page shows of them."""

from __future__ import annotations

import re
from datetime import timedelta

from django.db.models.functions import Now
from django.test import Client

from aigc_portal.accounts.models import Team, User
from generation.actions.briefs import create_brief
from generation.models import Brief
from review.models import Review
from review.views import queue
from tests.generation.pages import make_product_prompt


def chinese_brief(author: User, team: Team) -> Brief:
    """Of a product page."""
    values = {"product": "春茶", "facts": "四月采摘", "audience": "茶友", "tone": "亲切", "characters": "60"}
    prompt = make_product_prompt(team, "zh")
    return create_brief(actor=author, prompt_version=prompt, title="春茶 商品页", values=values)


def titles(client: Client, query: str = "") -> list[str]:
    """Of the briefs in the rows, from top to bottom."""
    page = client.get(f"/reviews/{query}")
    assert page.status_code == 200
    return re.findall(r"data-step-to>([^<]*)</a>", page.content.decode())


def counts(tabs: list[queue.Tab]) -> dict[str, str]:
    """Label to count of each tab."""
    return {str(tab.label): tab.count for tab in tabs}


def make_overdue(review: Review) -> None:
    Review.objects.filter(pk=review.pk).update(due_at=Now() - timedelta(hours=3, minutes=20))
