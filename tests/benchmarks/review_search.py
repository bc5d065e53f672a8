"""Search in the queue: rare, middling and very common words of both languages, as people type them into the page."""

import statistics
import time

from django.db import connection

from tests.benchmarks.console import Options, say
from tests.benchmarks.review_pages import Reader, queue, web_program
from tests.benchmarks.review_store import Scale, Staff, as_owner
from tests.benchmarks.review_times import p99
from tests.benchmarks.review_words import COMMON, MEDIUM, product_names
from tests.benchmarks.table import Figure, Target

LANGUAGES = {"en": "English", "zh": "Chinese"}
REPEATS, QUICK_REPEATS = 60, 8
DIFFERENT = 20  # rare words, so that no answer is only a repeat
STATES = {"open": {}, "decided": {"state": "decided"}, "everything": {"view": "all"}}
LIMIT = Target(100, upper=True)
PEERS = ("ILIKE", "ILIKE with a trigram index")


def measure(options: Options, scale: Scale, staff: Staff) -> list[Figure]:
    """Return the times of searches among open, decided and all reviews, and of other ways to search."""
    repeats = QUICK_REPEATS if options.quick else REPEATS
    figures = list[Figure]()
    with web_program() as port:
        reader = Reader(port, staff.everywhere)
        for _ in range(8):
            reader.get(queue(q="warm"))
        for language, name in LANGUAGES.items():
            for what, typed in searches(language).items():
                for state, chosen in STATES.items():
                    pages = [reader.get(queue(q=typed[n % len(typed)], **chosen)) for n in range(repeats)]
                    rows = statistics.mean(page.rows for page in pages)
                    work = f"{scale}; {repeats} requests, {rows:.0f} rows on average"
                    figures.append(
                        Figure(
                            f"search: {name}, {what}, {state}",
                            work,
                            (p99([page.milliseconds for page in pages]),),
                            "ms, p99",
                            LIMIT,
                        )
                    )
            say(f"search in {name}")
    return figures + peers(scale)


def searches(language: str) -> dict[str, list[str]]:
    """Return what people type, by how often it is found."""
    names = product_names(language)[:DIFFERENT]
    common, medium = COMMON[language], MEDIUM[language]
    return {
        "rare": names,
        "middling": [medium],
        "very common": [common],
        "two words": [f"{common} {name}" for name in names],
        "a beginning": [name[:3] for name in names] if language == "en" else [name[:1] for name in names],
        "not there": ["xylophonist"] if language == "en" else ["犀兕"],
    }


def peers(scale: Scale) -> list[Figure]:
    """Return what a page of 50 open reviews by LIKE takes, plain and with trigrams, against the portal's own words."""
    figures = list[Figure]()
    with as_owner() as owner:
        owner.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        for peer in PEERS:
            if "trigram" in peer:
                owner.execute("CREATE INDEX benchmark_trigrams ON generation_draft USING gin (text gin_trgm_ops)")
            for language, name in LANGUAGES.items():
                rare, medium = product_names(language)[1], MEDIUM[language]
                for what, typed in (("rare", rare), ("middling", medium)):
                    ours, theirs = seconds(OURS, typed), seconds(LIKE, f"%{typed}%")
                    work = (
                        f"{scale}; {name}, {what}, rows alone; ours {1000 * ours:.1f} ms, peer {1000 * theirs:.1f} ms"
                    )
                    figures.append(Figure(f"search: {peer} / the portal's words", work, (theirs / ours,), "× as long"))
        owner.execute("DROP INDEX IF EXISTS benchmark_trigrams")
    return figures


OURS = """
    SELECT id FROM review_review JOIN review_searchentry ON review_id = id
    WHERE status IN ('PENDING', 'IN_REVIEW') AND words @@ plainto_tsquery('english', %s)
    ORDER BY priority, due_at, id LIMIT 50
"""
LIKE = """
    SELECT review.id FROM review_review AS review JOIN generation_draft AS draft ON draft.id = review.draft_id
    WHERE status IN ('PENDING', 'IN_REVIEW') AND draft.text ILIKE %s
    ORDER BY priority, due_at, review.id LIMIT 50
"""


def seconds(statement: str, typed: str) -> float:
    """Return the median of three."""
    took = []
    for _ in range(3):
        began = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(statement, [typed])
            cursor.fetchall()
        took.append(time.perf_counter() - began)
    return statistics.median(took)
