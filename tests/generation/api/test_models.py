from __future__ import annotations

from generation import engine_status
from generation.engine_status import EngineStatus
from tests.api_client import Api
from tests.cast import Cast
from tests.factories import make_model


def test_a_model_tells_its_files_and_its_licence(cast: Cast) -> None:
    model = make_model()
    shown = Api(cast.engineer).get(f"models/{model.pk}/").json()
    assert shown["digest"] == model.digest
    assert shown["alias"] == "champion"
    assert shown["files"] == {}
    assert [row["id"] for row in Api(cast.outsider).get("models/").json()["results"]] == [model.pk]


def test_the_engine_tells_what_it_is_doing(cast: Cast) -> None:
    caller = Api(cast.marketer)
    assert caller.get("engine/").json()["state"] == "absent"
    engine_status.report(EngineStatus("failed", "tiny", "hash_mismatch", "The file was altered."))
    answer = caller.get("engine/").json()
    assert (answer["state"], answer["model"], answer["code"]) == ("failed", "tiny", "hash_mismatch")
    assert (answer["detail"], answer["started_at"]) == ("The file was altered.", None)
