from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from review.tasks import export_dataset


def test_exports_leave_threads_to_the_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    began: list[int] = []
    both, go_on = Event(), Event()

    def execute(export_id: int) -> None:
        began.append(export_id)
        if len(began) == 2:
            both.set()
        go_on.wait(10)

    monkeypatch.setattr("review.tasks.execute", execute)
    with ThreadPoolExecutor(2) as worker:
        busy = [worker.submit(export_dataset, number) for number in (1, 2)]
        assert both.wait(10)
        export_dataset(3)  # returns at once; a waiting one would hold this thread
        assert sorted(began) == [1, 2]
        go_on.set()
        for export in busy:
            export.result(10)
    export_dataset(4)
    assert began[2:] == [4]


def test_an_export_that_breaks_gives_its_room_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(export_id: int) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("review.tasks.execute", broken)
    for _attempt in range(3):
        with pytest.raises(RuntimeError):
            export_dataset(1)
