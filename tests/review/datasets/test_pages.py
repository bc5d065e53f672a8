from __future__ import annotations

import asyncio
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections
from django.test import AsyncClient, override_settings
from django.test.utils import CaptureQueriesContext

from aigc_portal.accounts.models import Membership, Role
from aigc_portal.audit.models import AuditEvent
from review.datasets.actions import create_export
from review.datasets.folder import Attempt, publish
from review.datasets.manifest import manifest_bytes
from review.datasets.models import DatasetExport
from review.datasets.pipeline import build
from review.datasets.progress import Progress, report
from review.datasets.selection import Selection
from tests.cast import Cast
from tests.review.datasets.desk import Desk

LIST, NEW = "/datasets/", "/datasets/new/"
FORM = {"type": "prompt-completion"}
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def media(tmp_path: Path) -> Iterator[Path]:
    with override_settings(MEDIA_ROOT=tmp_path / "media"):
        yield tmp_path / "media"


@pytest.fixture
def desk(cast: Cast) -> Desk:
    return Desk(cast)


def form(cast: Cast, **fields: Any) -> dict[str, Any]:
    return FORM | {"team": cast.team.pk} | fields


def finished(cast: Cast, folder: Path, type: str = "prompt-completion") -> DatasetExport:
    """An export as the worker leaves it, without the worker's transactions."""
    export = create_export(actor=cast.engineer, type=type, selection=Selection(cast.team.pk))
    (folder / "work").mkdir()
    built = build(type, Selection(cast.team.pk), folder / "work", lambda done, total: None)
    publish(built.manifest["digest"], built.files, Attempt(export.pk, 1, "a", lambda: None))
    DatasetExport.objects.filter(pk=export.pk).update(
        status="SUCCEEDED",
        digest=built.manifest["digest"],
        manifest=built.manifest,
        row_count=built.manifest["counts"]["rows"],
    )
    export.refresh_from_db()
    return export


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


class TestList:
    def test_empty_says_what_to_do(self, cast: Cast) -> None:
        text = cast.client("engineer").get(LIST).content.decode()
        assert "No data sets yet" in text
        assert NEW in text
        assert NEW not in cast.client("marketer").get(LIST).content.decode()

    def test_shows_the_teams_exports(self, desk: Desk) -> None:
        desk.approve(desk.draft("Good."))
        export = create_export(
            actor=desk.cast.engineer,
            type="prompt-completion",
            selection=Selection(desk.cast.team.pk, language="en", prompt_id=desk.brief.prompt_version.prompt_id),
        )
        text = desk.cast.client("marketer").get(LIST).content.decode()
        assert export.get_absolute_url() in text
        assert "Social post" in text
        assert export.get_absolute_url() not in desk.cast.client("outsider").get(LIST).content.decode()

    def test_queries_do_not_grow(self, desk: Desk) -> None:
        desk.approve(desk.draft("Good."))
        client = desk.cast.client("engineer")
        selection = Selection(desk.cast.team.pk, prompt_id=desk.brief.prompt_version.prompt_id)
        counts = []
        for number in (2, 10):
            for _export in range(number):
                create_export(actor=desk.cast.engineer, type="prompt-completion", selection=selection)
            client.get(LIST)
            with CaptureQueriesContext(connection) as captured:
                client.get(LIST)
            counts.append(len(captured))
        assert counts[0] == counts[1]


class TestNew:
    def test_counts_before_it_runs(self, desk: Desk) -> None:
        desk.approve(desk.draft("Good."))
        desk.reject(desk.draft("Bad."))
        client = desk.cast.client("engineer")
        assert "1 row" in client.get(NEW).content.decode()
        part = client.get(NEW, form(desk.cast, type="unpaired-preference"), headers=HTMX).content.decode()
        assert "2 rows" in part
        assert "<html" not in part

    def test_says_that_there_is_nothing(self, desk: Desk) -> None:
        part = desk.cast.client("engineer").get(NEW, form(desk.cast), headers=HTMX).content.decode()
        assert "Nothing to export" in part
        assert "disabled" in part

    def test_explains_each_type(self, cast: Cast) -> None:
        text = cast.client("engineer").get(NEW).content.decode()
        assert text.count('class="help"') >= 3

    def test_asks_for_an_export(self, desk: Desk) -> None:
        desk.approve(desk.draft("Good."))
        fields = form(desk.cast, decided_from="2020-01-01", language="en", prompt=desk.brief.prompt_version.prompt_id)
        response = desk.cast.client("engineer").post(NEW, fields)
        export = DatasetExport.objects.get()
        assert response.headers["Location"] == export.get_absolute_url()
        assert export.filters == {
            "decided_from": "2020-01-01",
            "language": "en",
            "prompt_id": desk.brief.prompt_version.prompt_id,
        }
        event = AuditEvent.objects.about(export).get()
        assert (event.action, event.actor) == ("dataset.requested", desk.cast.engineer)

    def test_refuses_an_empty_selection(self, desk: Desk) -> None:
        response = desk.cast.client("engineer").post(NEW, form(desk.cast))
        assert response.status_code == 422
        assert "No decision in this selection" in response.content.decode()
        assert not DatasetExport.objects.exists()

    @pytest.mark.parametrize(
        "wrong",
        [
            {"type": "everything"},
            {"language": "tlh"},
            {"prompt": "999999"},
            {"decided_from": "2026-02-01", "decided_to": "2026-01-01"},
            {"decided_from": "yesterday"},
            {"decided_from": "0001-01-01"},
            {"decided_to": "9999-12-31"},
        ],
    )
    def test_takes_only_what_is_on_offer(self, desk: Desk, wrong: dict[str, str]) -> None:
        desk.approve(desk.draft("Good."))
        response = desk.cast.client("engineer").post(NEW, form(desk.cast) | wrong)
        assert response.status_code == 422
        assert not DatasetExport.objects.exists()
        assert desk.cast.client("engineer").get(NEW, form(desk.cast) | wrong).status_code == 200

    def test_takes_no_prompt_of_another_team(self, desk: Desk) -> None:
        desk.approve(desk.draft("Good."))
        Membership.objects.create(user=desk.cast.outsider, team=desk.cast.team, role=Role.ENGINEER)
        fields = form(desk.cast, team=desk.cast.other_team.pk, prompt=desk.brief.prompt_version.prompt_id)
        assert desk.cast.client("outsider").post(NEW, fields).status_code == 422

    def test_a_double_click_is_one_export(self, desk: Desk) -> None:
        desk.approve(desk.draft("Good."))
        client = desk.cast.client("engineer")
        for _click in range(2):
            client.post(NEW, form(desk.cast, idempotency_key="k" * 32))
        assert DatasetExport.objects.count() == 1

    def test_only_for_engineers(self, cast: Cast) -> None:
        assert cast.client("marketer").get(NEW).status_code == 403
        assert cast.client("marketer").post(NEW, form(cast)).status_code == 403

    def test_not_into_another_team(self, desk: Desk) -> None:
        desk.approve(desk.draft("Good."))
        assert desk.cast.client("outsider").post(NEW, form(desk.cast)).status_code == 422
        assert not DatasetExport.objects.exists()


class TestWhileItRuns:
    @pytest.fixture
    def export(self, desk: Desk) -> DatasetExport:
        desk.approve(desk.draft("Good."))
        return create_export(actor=desk.cast.engineer, type="prompt-completion", selection=Selection(desk.cast.team.pk))

    def test_asks_again_until_it_ends(self, cast: Cast, export: DatasetExport) -> None:
        client = cast.client("engineer")
        assert 'hx-trigger="every 2s"' in client.get(export.get_absolute_url()).content.decode()
        DatasetExport.objects.update(status="RUNNING")
        report(export.pk, Progress(done=40, total=120, seconds=2.0))
        part = client.get(export.get_absolute_url(), headers=HTMX).content.decode()
        assert "Writing row 40 of 120" in part
        assert "20 rows/s" in part
        assert "about 4 seconds left" in part
        assert "<html" not in part
        DatasetExport.objects.update(status="FAILED", error_code="storage_full")
        answer = client.get(export.get_absolute_url(), headers=HTMX)
        assert answer.headers["HX-Refresh"] == "true"

    def test_is_cancelled(self, cast: Cast, export: DatasetExport) -> None:
        client = cast.client("engineer")
        assert client.post(f"/datasets/{export.pk}/cancel/").status_code == 302
        export.refresh_from_db()
        assert export.status == "CANCELLED"
        assert client.post(f"/datasets/{export.pk}/cancel/").status_code == 409
        assert AuditEvent.objects.about(export)[0].action == "dataset.cancelled"

    def test_is_tried_again(self, cast: Cast, export: DatasetExport) -> None:
        client = cast.client("engineer")
        assert client.post(f"/datasets/{export.pk}/retry/").status_code == 409
        DatasetExport.objects.update(status="FAILED", error="The disk is full.", error_code="storage_full")
        text = client.get(export.get_absolute_url()).content.decode()
        assert "The disk is full." in text
        response = client.post(f"/datasets/{export.pk}/retry/")
        again = DatasetExport.objects.exclude(pk=export.pk).get()
        assert response.headers["Location"] == again.get_absolute_url()
        assert (again.type, again.filters, again.status) == (export.type, export.filters, "QUEUED")

    @pytest.mark.parametrize("act", ["cancel", "retry"])
    def test_wrong_role_team_and_method(self, cast: Cast, export: DatasetExport, act: str) -> None:
        path = f"/datasets/{export.pk}/{act}/"
        assert cast.client("reviewer").post(path).status_code == 403
        assert cast.client("outsider").post(path).status_code == 404
        assert cast.client("engineer").get(path).status_code == 405

    def test_has_no_files_yet(self, cast: Cast, export: DatasetExport) -> None:
        for name in ("train.jsonl", "dataset.zip", "manifest.json"):
            assert cast.client("engineer").post(f"/datasets/{export.pk}/files/{name}").status_code == 409


class TestResult:
    @pytest.fixture
    def export(self, desk: Desk, tmp_path: Path) -> DatasetExport:
        desk.approve(desk.draft("<script>alert(1)</script> good"), corrected="Right & good.")
        desk.reject(desk.draft("Bad."))
        return finished(desk.cast, tmp_path, "preference")

    def test_shows_what_came_out(self, cast: Cast, export: DatasetExport) -> None:
        text = cast.client("engineer").get(export.get_absolute_url()).content.decode()
        assert export.digest in text
        assert "Right &amp; good." in text
        assert "<script>alert" not in text
        assert "train.jsonl" in text
        for review_id in export.manifest["review_ids"]:
            assert f"/reviews/{review_id}/" in text
        assert "/files/dataset.zip" in text

    def test_members_look_and_do_not_take(self, cast: Cast, export: DatasetExport) -> None:
        response = cast.client("marketer").get(export.get_absolute_url())
        assert response.status_code == 200
        assert "/files/" not in response.content.decode()
        assert cast.client("marketer").post(f"/datasets/{export.pk}/files/train.jsonl").status_code == 403
        assert cast.client("outsider").get(export.get_absolute_url()).status_code == 404
        assert cast.client("outsider").post(f"/datasets/{export.pk}/files/train.jsonl").status_code == 404

    def test_each_file_is_what_the_manifest_says(self, cast: Cast, export: DatasetExport) -> None:
        client = cast.client("engineer")
        for file in export.manifest["files"]:
            response = client.post(f"/datasets/{export.pk}/files/{file['name']}")
            content = body(response)
            assert hashlib.sha256(content).hexdigest() == file["sha256"]
            assert int(response.headers["Content-Length"]) == len(content) == file["size"]
            assert "attachment" in response.headers["Content-Disposition"]
        response = client.post(f"/datasets/{export.pk}/files/manifest.json")
        assert json.loads(body(response)) == export.manifest

    def test_each_download_is_an_event(self, cast: Cast, export: DatasetExport) -> None:
        client = cast.client("engineer")
        body(client.post(f"/datasets/{export.pk}/files/train.jsonl"))
        body(client.post(f"/datasets/{export.pk}/files/dataset.zip"))
        events = AuditEvent.objects.about(export).filter(action="dataset.downloaded").order_by("pk")
        assert [(event.actor, event.data["file"]) for event in events] == [
            (cast.engineer, "train.jsonl"),
            (cast.engineer, "dataset.zip"),
        ]
        assert client.get(f"/datasets/{export.pk}/files/train.jsonl").status_code == 405

    def test_the_zip_is_the_same_each_time(self, cast: Cast, export: DatasetExport) -> None:
        client = cast.client("engineer")
        first, second = (body(client.post(f"/datasets/{export.pk}/files/dataset.zip")) for _time in range(2))
        assert first == second
        with zipfile.ZipFile(io.BytesIO(first)) as archive:
            assert archive.testzip() is None
            assert archive.namelist() == ["test.jsonl", "train.jsonl", "manifest.json"]
            assert archive.read("manifest.json") == manifest_bytes(export.manifest)

    @pytest.mark.parametrize("name", ["other.jsonl", "..%2Fmanifest.json", "manifest.json%00", "train.jsonl.bak"])
    def test_other_names_do_not_exist(self, cast: Cast, export: DatasetExport, name: str) -> None:
        assert cast.client("engineer").post(f"/datasets/{export.pk}/files/{name}").status_code == 404

    def test_lost_files_are_told(self, cast: Cast, export: DatasetExport, media: Path) -> None:
        (media / "datasets" / export.digest / "train.jsonl").unlink()
        client = cast.client("engineer")
        assert "gone from the storage" in client.get(export.get_absolute_url()).content.decode()
        assert client.post(f"/datasets/{export.pk}/files/dataset.zip").status_code == 409
        assert not AuditEvent.objects.filter(action="dataset.downloaded").exists()

    def test_queries_do_not_grow_with_the_rows(self, desk: Desk, export: DatasetExport, tmp_path: Path) -> None:
        client = desk.cast.client("engineer")
        counts = []
        for folder in ("more", "most"):
            for number in range(4):
                other = Desk(desk.cast, title=f"{folder} {number}")
                other.approve(other.draft("Good."), corrected="Better.")
            (tmp_path / folder).mkdir()
            latest = finished(desk.cast, tmp_path / folder, "preference")
            client.get(latest.get_absolute_url())
            with CaptureQueriesContext(connection) as captured:
                client.get(latest.get_absolute_url())
            counts.append(len(captured))
        assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_a_download_streams_through_asgi(desk: Desk, tmp_path: Path) -> None:
    desk.approve(desk.draft("Good."))
    export = finished(desk.cast, tmp_path)
    cookies = desk.cast.client("engineer").cookies

    async def download() -> bytes:
        client = AsyncClient()
        client.cookies = cookies
        response: Any = await client.post(f"/datasets/{export.pk}/files/dataset.zip")
        assert response.streaming
        content = b"".join([block async for block in response.streaming_content])
        await sync_to_async(connections.close_all)()  # the view's thread had one of its own
        return content

    with zipfile.ZipFile(io.BytesIO(asyncio.run(download()))) as archive:
        assert archive.testzip() is None
