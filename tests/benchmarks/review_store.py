"""Years of reviews in an empty portal, and the people who work with them."""

import time
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection

from aigc_portal.accounts.models import Membership, Role, Team, User
from generation.models import ModelVersion, Prompt
from generation.models.drafts import sha256_of
from review.onboarding import open_team
from tests.benchmarks import review_rows
from tests.benchmarks.console import say
from tests.benchmarks.review_words import ENDINGS, product_names, sentences
from tests.factories import make_group, make_policy

TEAMS, MARKETERS, REVIEWERS, EDITORS, MODELS = 4, 40, 20, 14, 3


@dataclass(frozen=True, slots=True)
class Scale:
    """How much there is. Of every ten drafts two wait for review and three are decided."""

    drafts: int
    sentences: int

    @property
    def briefs(self) -> int:
        """Return the number of briefs; each has one run of four variants."""
        return self.drafts // 4

    @property
    def open(self) -> int:
        """Return the number of open reviews."""
        return self.drafts // 5

    def __str__(self) -> str:
        """Return the scale as the table shows it."""
        return f"{self.drafts:,} drafts, {self.open:,} open reviews, {self.drafts * 3 // 10:,} decided"


FULL, QUICK = Scale(1_000_000, 20_000), Scale(20_000, 2_000)


@dataclass(frozen=True, slots=True)
class Staff:
    """Who looks at the queue: `everywhere` reviews in all teams, `lead` leads the first."""

    reviewers: list[User]
    everywhere: User
    legal: User
    lead: User


def fill(scale: Scale) -> Staff:
    """Fill the empty, migrated portal; what was there before stays out of it."""
    staff = open_teams()
    numbers: dict[str, Any] = {
        "drafts": scale.drafts,
        "briefs": scale.briefs,
        "decided_briefs": scale.briefs * 3 // 5,
        "sentences": scale.sentences,
        "marketers": MARKETERS,
        "reviewers": REVIEWERS,
        "editors": EDITORS,
        "models": MODELS,
        "prompts": Prompt.objects.filter(team=Team.objects.order_by("pk").first()).count(),
        "english_endings": ENDINGS["en"],
        "chinese_endings": ENDINGS["zh"],
    }
    with as_owner() as owner:
        owner.execute(review_rows.PREPARE, numbers)
        copy_words(owner, scale.sentences)
        built_later = later_indexes(owner)
        for name, statement in review_rows.STATEMENTS.items():
            step(owner, name, statement, numbers)
        step(owner, "indexes", ";".join(built_later))
        for table in set(review_rows.TABLES) - {"review_searchentry"}:
            owner.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")  # noqa: S608
        step(owner, "statistics", f"VACUUM ANALYZE {', '.join(review_rows.TABLES)}")
        owner.execute("ANALYZE")
        step(owner, "checkpoint", "CHECKPOINT")
    return staff


def open_teams() -> Staff:
    """Return those who review; each team has its people, prompts, reasons and policy. The second has two steps."""
    for name in ("Apex", "Brook", "Cliff"):
        ModelVersion.objects.create(name=name, digest=sha256_of(name), languages=["en", "zh"], context_length=2048)
    teams = [open_team(actor=None, name=f"Team {number}") for number in range(1, TEAMS + 1)]
    members: list[tuple[User, Team, str]] = []
    for team in teams:
        for role, count in ((Role.MARKETER, MARKETERS), (Role.REVIEWER, REVIEWERS)):
            members += [(person(f"{role}.{team.pk}.{number:02}"), team, role) for number in range(count)]
    everywhere, lead = person("everywhere"), person("lead")
    members += [(everywhere, team, Role.REVIEWER) for team in teams]
    members += [(lead, teams[0], Role.LEAD), (lead, teams[0], Role.REVIEWER)]
    User.objects.bulk_create({user.email: user for user, _team, _role in members}.values())
    Membership.objects.bulk_create(Membership(user=user, team=team, role=role) for user, team, role in members)
    of_second = [user for user, team, role in members[:-6] if team == teams[1] and role == Role.REVIEWER]
    editors = make_group(teams[1], "Editors", *of_second[:EDITORS])
    legal = make_group(teams[1], "Legal", *of_second[EDITORS:])
    make_policy(teams[1], {"name": "Editor", "group": editors}, {"name": "Legal", "group": legal})
    of_first = [user for user, team, role in members if team == teams[0] and role == Role.REVIEWER and user is not lead]
    return Staff(of_first, everywhere, of_second[-1], lead)


def person(name: str) -> User:
    """Return an unsaved user."""
    return User(email=f"{name}@example.test", name=name.replace(".", " ").title(), password="!")


def as_owner() -> psycopg.Connection[Any]:
    """Return a connection of the database's superuser, who alone may leave triggers out."""
    settings = connection.settings_dict
    options = settings["OPTIONS"]
    return psycopg.connect(
        dbname=settings["NAME"],
        host=settings["HOST"] or options.get("host"),
        user="postgres",
        autocommit=True,
        cursor_factory=psycopg.ClientCursor,
    )


def copy_words(owner: psycopg.Connection[Any], count: int) -> None:
    """Send the sentences and the names of products into the tables that `PREPARE` made."""
    for table, words in (("sentence", lambda language: sentences(language, count)), ("product", product_names)):
        with owner.cursor().copy(f"COPY {table} FROM STDIN") as copy:
            for language in ENDINGS:
                for number, text in enumerate(words(language)):
                    copy.write_row((language, number, text))
        owner.execute(f"ANALYZE {table}")


def later_indexes(owner: psycopg.Connection[Any]) -> list[str]:
    """Drop the indexes that only make reading fast, and return the statements that build them again."""
    found = owner.execute(
        """
        SELECT index.indexrelid::regclass::text, pg_get_indexdef(index.indexrelid) FROM pg_index AS index
        WHERE index.indrelid = ANY (%s::regclass[]) AND NOT index.indisunique
        """,
        (list(review_rows.TABLES),),
    ).fetchall()
    for name, _definition in found:
        owner.execute(f"DROP INDEX {name}")
    return [definition for _name, definition in found]


def step(owner: psycopg.Connection[Any], name: str, statement: str, numbers: dict[str, Any] | None = None) -> None:
    """Execute the statement and say how long it took."""
    began = time.perf_counter()
    owner.execute(statement, numbers)
    say(f"filling: {name}, {time.perf_counter() - began:.1f} s")
