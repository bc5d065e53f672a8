"""The page of saved filters says what each narrows the queue to, and what of it is no longer there."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from aigc_portal.accounts.models import Membership, Role
from review.forms.saved_filter_words import FilterWords
from review.models import SavedFilter
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_model, make_prompt, make_review
from tests.review.people import also_reviewer

PAGE = "/reviews/filters/"


def held(client: Client) -> list[list[str]]:
    """What stands on the page of each filter; "!" before what is gone."""
    page = client.get(PAGE).content.decode()
    lists = re.findall(r'<ul class="filter-holds".*?</ul>', page, re.S)
    item = re.compile(r'<li class="tag( is-gone)?">.*?<span>(.*?)</span></li>', re.S)
    return [[("!" if gone else "") + words for gone, words in item.findall(one)] for one in lists]


def save(cast: Cast, query: str, name: str = "Mine") -> None:
    SavedFilter.objects.create(user=cast.reviewer, name=name, query=query)


def test_whose_in_what_state_what_was_searched_and_every_column(cast: Cast) -> None:
    make_review(make_draft(make_brief(cast.marketer, cast.team)))
    prompt, model = make_prompt(cast.team).prompt, make_model("Apex")
    save(
        cast,
        f"view=all&state=waiting&q=春茶&team={cast.team.pk}&priority=2&due=today&age=3&channel=social&language=zh"
        f"&prompt={prompt.pk}&model={model.pk}&submitted_by={cast.marketer.pk}&assigned_to=nobody",
    )
    assert held(cast.client("reviewer")) == [
        [
            *("All", "Waiting", "Search: “春茶”", "Team: Tea", "Priority: High", "Due: By the end of today"),
            *("Older than: three days", "Channel: Social post", "Language: Chinese", "Prompt: Social post"),
            *("Model: Apex", f"Submitted by: {cast.marketer.name}", "Assigned to: Nobody"),
        ]
    ]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("language=zh", ["My team&#x27;s queue", "Open", "Language: Chinese"]),
        ("view=mine&state=overdue", ["My work", "Overdue"]),
        ("view=all&q=%3Cb%3E", ["All", "Any state", "Search: “&lt;b&gt;”"]),
        ("view=nonsense&state=x&priority=", ["My team&#x27;s queue", "Open"]),
    ],
)
def test_what_was_not_chosen_is_said_as_the_queue_takes_it(cast: Cast, query: str, said: list[str]) -> None:
    save(cast, query)
    assert held(cast.client("reviewer")) == [said]


def test_the_queue_of_a_team_says_which_one_where_there_are_several(cast: Cast) -> None:
    also_reviewer(cast.reviewer, cast.other_team)
    save(cast, "due=overdue", "1")
    save(cast, f"team={cast.team.pk}", "2")
    assert held(cast.client("reviewer")) == [
        ["My team&#x27;s queue: Coffee", "Open", "Due: Overdue"],
        ["My team&#x27;s queue: Tea", "Open"],
    ]


def test_what_is_gone_is_said_plainly(cast: Cast) -> None:
    """A prompt that was deleted, a team and a reviewer of which the reader is not any more."""
    save(cast, f"prompt=999999&assigned_to={cast.second_reviewer.pk}&team={cast.other_team.pk}&language=zh")
    Membership.objects.filter(user=cast.second_reviewer).delete()
    client = cast.client("reviewer")
    assert held(client) == [
        [
            *("My team&#x27;s queue", "Open", "!Team: no longer one of yours", "Language: Chinese"),
            *("!Prompt: no longer there", "!Assigned to: no longer there"),
        ]
    ]
    note = "What is no longer there does not count"
    assert note in client.get(PAGE).content.decode()
    SavedFilter.objects.update(query="language=zh")
    assert note not in client.get(PAGE).content.decode()


def test_a_lead_who_does_not_review_has_no_work_of_their_own(cast: Cast) -> None:
    save(cast, "view=mine&state=waiting")
    membership = Membership.objects.get(user=cast.reviewer, team=cast.team)
    membership.role = Role.LEAD
    membership.save(update_fields=["role"])
    assert held(cast.client("reviewer")) == [["!My work: no longer there", "My team&#x27;s queue", "Waiting"]]


def test_the_name_of_a_team_that_one_has_left_is_not_shown(cast: Cast) -> None:
    save(cast, f"view=all&team={cast.other_team.pk}")
    assert cast.other_team.name not in cast.client("reviewer").get(PAGE).content.decode()


def test_a_form_that_comes_back_says_what_would_be_saved(cast: Cast) -> None:
    save(cast, "language=en", "Taken")
    answer = cast.client("reviewer").post(f"{PAGE}new/", {"name": "Taken", "query": "language=zh"})
    assert answer.status_code == 422
    assert "Language: Chinese" in answer.content.decode()


def test_it_is_said_in_the_reader_s_language(cast: Cast) -> None:
    words = FilterWords(cast.reviewer, [cast.team.pk])
    with translation.override("zh-hans"):
        parts = words.of("state=waiting&language=zh").parts
        assert [(str(part.label), str(part.words)) for part in parts][1:] == [("", "待领取"), ("语言", "中文")]


def test_the_number_of_queries_does_not_grow(cast: Cast) -> None:
    client = cast.client("reviewer")
    also_reviewer(cast.reviewer, cast.other_team)
    everything = "view=all&q=tea&team={0}&prompt={0}&model={0}&submitted_by={0}&assigned_to={0}"

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PAGE).status_code == 200
        return len(captured)

    save(cast, everything.format(1), "0")
    queries()
    few = queries()
    for number in range(1, 12):
        save(cast, everything.format(number), str(number))
    assert queries() == few
