"""The queue page at any depth: how long the server takes for it, and how many queries it makes."""

import statistics
import time

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from aigc_portal.accounts.models import Role, User
from review.models import Review
from tests.benchmarks.console import Options, say
from tests.benchmarks.review_pages import Page, Reader, queue, web_program
from tests.benchmarks.review_store import Scale, Staff
from tests.benchmarks.review_times import p99
from tests.benchmarks.table import Figure, Target

FILTERS: dict[str, dict[str, str]] = {
    "all": {},
    "waiting": {"state": "waiting"},
    "Chinese e-mails": {"language": "zh", "channel": "email"},
    "English": {"language": "en"},
}
HUNDREDTH = 100
REPEATS, QUICK_REPEATS = 100, 10
PEER_REPEATS = 10
LIMIT = Target(30, upper=True)


def measure(options: Options, scale: Scale, staff: Staff) -> list[Figure]:
    """Return the times of first, hundredth and last pages, of every page on the way, and the counts of queries."""
    repeats = QUICK_REPEATS if options.quick else REPEATS
    people = {
        "reviewer": staff.reviewers[0],
        "of all teams": staff.everywhere,
        "legal": staff.legal,
        "lead": staff.lead,
    }
    figures = list[Figure]()
    with web_program() as port:
        warm(port, people)
        for who, user in people.items():
            for language in ("en", "zh-hans"):
                reader = Reader(port, user, language)
                for what, chosen in FILTERS.items():
                    figures.append(depth_of(reader, f"{who}, {what}, {language}", queue(**chosen), repeats, str(scale)))
        whole, addresses = leaf_through(Reader(port, staff.everywhere), repeats, str(scale))
        figures += whole
    return figures + counts(staff.everywhere, addresses, str(scale)) + peer(staff.everywhere, addresses, str(scale))


def warm(port: int, people: dict[str, User]) -> None:
    """Templates, translations and plans are loaded once in the life of a server."""
    for user in people.values():
        for language in ("en", "zh-hans"):
            reader = Reader(port, user, language)
            for _ in range(8):
                reader.get(queue())


def depth_of(reader: Reader, what: str, address: str, repeats: int, work: str) -> Figure:
    """Return the p99 of the first page and of the next ones, `repeats` requests in all."""
    times = [page.milliseconds for _ in range(repeats // 5) for page in reader.leaf(address, 5)]
    return Figure(f"queue: {what}", f"{work}; pages 1 to 5, {len(times)} requests", (p99(times),), "ms, p99", LIMIT)


def leaf_through(reader: Reader, repeats: int, work: str) -> tuple[list[Figure], dict[str, str]]:
    """Return the times of all pages of all teams' queue, and the addresses of three of them."""
    addresses, times, work_times = {"first": queue()}, list[float](), list[float]()
    address, page = queue(), reader.get(queue())
    for number, page in enumerate(reader.leaf(queue(), 10**6), start=1):
        times.append(page.milliseconds)
        work_times.append(page.work)
        if number == HUNDREDTH:
            addresses["hundredth"] = address
        if page.next:
            address = page.next
    addresses["last"] = address
    say(f"queue: {len(times)} pages from the first to the last")
    about = f"{work}; {len(times)} pages"
    figures = [
        Figure("queue: every page on the way", about, (p99(times),), "ms, p99", LIMIT),
        Figure("queue: every page on the way", about, (statistics.median(times),), "ms, median"),
        Figure("queue: of that the web program's processor", about, (statistics.median(work_times),), "ms, median"),
    ]
    for name, place in addresses.items():
        pages: list[Page] = [reader.get(place) for _ in range(repeats)]
        about = f"{work}; {repeats} requests, {pages[0].rows} rows"
        figures.append(
            Figure(f"queue: {name} page", about, (p99([page.milliseconds for page in pages]),), "ms, p99", LIMIT)
        )
    return figures, addresses


def counts(user: User, addresses: dict[str, str], work: str) -> list[Figure]:
    """Return how many queries the pages make more than the first."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.get(queue())
    made = {}
    for name, address in addresses.items():
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(address)
        if answer.status_code != 200:
            raise ConnectionError(f"{address} answered {answer.status_code}")
        made[name] = len(captured)
    first = made["first"]
    return [
        Figure("queue: queries of the first page", work, (float(first),)),
        *(
            Figure(
                f"queue: queries of the {name} page beyond the first's",
                work,
                (float(made[name] - first),),
                "",
                Target(0, upper=True),
            )
            for name in made
            if name != "first"
        ),
    ]


def peer(user: User, addresses: dict[str, str], work: str) -> list[Figure]:
    """Return how much longer the rows of the last page take where the database counts its way to them (OFFSET)."""
    reviews = Review.objects.filter(team__in=user.teams_as(Role.REVIEWER)).open()
    last = reviews.count() // 50 * 50
    by_offset = [timed(lambda: list(reviews[last - 50 : last])) for _ in range(PEER_REPEATS)]
    after = reviews[last - 51]
    beyond = reviews.extra(
        where=["(priority, due_at, review_review.id) > (%s, %s, %s)"], params=[after.priority, after.due_at, after.pk]
    )
    by_key = [timed(lambda: list(beyond[:50])) for _ in range(PEER_REPEATS)]
    ratio = statistics.median(by_offset) / statistics.median(by_key)
    about = f"{work}; the rows of the last page alone"
    return [Figure("queue: OFFSET / the portal's keyset", about, (ratio,), "× as long")]


def timed(act: object) -> float:
    """Return the seconds of one call."""
    began = time.perf_counter()
    act()  # type: ignore[operator]
    return time.perf_counter() - began
