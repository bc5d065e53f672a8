from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from aigc_portal.services.secret import read_or_create


def test_a_secret_is_made_once_and_is_private(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "secret_key"
    secret = read_or_create(file)
    assert len(secret) > 60
    assert read_or_create(file) == secret
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in file.parent.iterdir()] == ["secret_key"]


def test_of_two_writers_the_first_wins(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: read_or_create(tmp_path / "s" / "key"), range(8)))) == 1
