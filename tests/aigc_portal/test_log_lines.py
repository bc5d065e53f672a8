"""How the log reads: one record a line, but for what is printed."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
from celery.utils.log import LoggingProxy
from django.core.mail import EmailMessage
from django.core.mail.backends.console import EmailBackend

from aigc_portal.log_lines import PRINTED, OneLine


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged, as the portal's processes write it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(OneLine("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)


def test_nothing_that_is_logged_makes_a_second_record(log: io.StringIO) -> None:
    logging.getLogger("portal").warning("no file %s", "a\n2026-01-01 00:00:00,000 INFO portal all is well\r\nb")
    (line,) = log.getvalue().splitlines()
    assert line.endswith("WARNING portal no file a\\n2026-01-01 00:00:00,000 INFO portal all is well\\r\\nb")


def test_a_traceback_stands_below_its_record(log: io.StringIO) -> None:
    try:
        raise OSError("disk full")
    except OSError:
        logging.getLogger("portal").exception("not written")
    first, *others = log.getvalue().splitlines()
    assert first.endswith("ERROR portal not written")
    assert others[0] == "Traceback (most recent call last):"
    assert others[-1] == "OSError: disk full"


def test_a_mail_that_a_worker_prints_can_be_read(log: io.StringIO) -> None:
    """Celery logs what its tasks print; the console backend prints mails."""
    text = "已通过“春茶”。\nhttp://localhost:8000/reviews/7/\n\n2026-01-01 00:00:00,000 INFO portal all is well"
    message = EmailMessage("1 notice", text, "portal@localhost", ["marketer@example.test"])
    printed = LoggingProxy(logging.getLogger(PRINTED), "WARNING")
    EmailBackend(stream=printed).send_messages([message])
    first, *others = log.getvalue().rstrip("\n").split("\n")
    assert " WARNING celery.redirected Content-Type: text/plain" in first
    assert "    Subject: 1 notice" in others
    start = others.index("    已通过“春茶”。")
    assert others[start + 1 : start + 4] == [
        "    http://localhost:8000/reviews/7/",
        "    ",
        "    2026-01-01 00:00:00,000 INFO portal all is well",
    ]
    assert all(line.startswith("    ") for line in others[:-1]), "nothing in a mail begins like a record"
    assert others[-1].endswith(" WARNING celery.redirected " + "-" * 79)
