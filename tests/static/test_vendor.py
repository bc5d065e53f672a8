"""What a page loads: third-party files as listed in their manifest, and nothing inline or from elsewhere."""

import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "aigc_portal" / "static"
VENDOR = STATIC / "vendor"
MANIFEST = VENDOR / "manifest.json"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
OWN_FILES = sorted(path for folder in ("css", "js", "img") for path in (STATIC / folder).iterdir())

SVG_NAMESPACE = "http://www.w3.org/2000/svg"
INLINE = re.compile(
    r"""<style\b|<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=|\shx-on[:\-=]|javascript:|['"]js:""", re.IGNORECASE
)


def listed() -> list[dict[str, str]]:
    entries: list[dict[str, str]] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return entries


def test_every_vendored_file_is_listed_and_unaltered() -> None:
    on_disk = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path != MANIFEST
    }
    assert on_disk == {entry["file"]: entry["sha256"] for entry in listed()}


def test_every_entry_says_where_it_comes_from_and_under_which_licence() -> None:
    required = {"file", "package", "version", "licence", "source", "sha256"}
    assert [entry["file"] for entry in listed() if not required <= {key for key, value in entry.items() if value}] == []
    with_licence_text = {entry["package"] for entry in listed() if entry["file"].endswith("/LICENSE")}
    assert {entry["package"] for entry in listed()} == with_licence_text


def test_a_file_that_differs_from_its_package_says_how() -> None:
    for entry in listed():
        assert ("source_sha256" in entry) <= ("change" in entry), entry["file"]
        assert entry.get("source_sha256") != entry["sha256"], entry["file"]


@pytest.mark.parametrize("path", TEMPLATES + OWN_FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_is_loaded_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace(SVG_NAMESPACE, "")
    assert re.findall(r"https?://\S+|url\(\s*['\"]?//\S+|(?:src|href)=['\"]//\S+", text) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_is_inline(path: Path) -> None:
    assert INLINE.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_icon_that_is_used_is_in_the_sprite(path: Path) -> None:
    sprite = (VENDOR / "tabler-icons" / "icons.svg").read_text(encoding="utf-8")
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', sprite))
    text = path.read_text(encoding="utf-8")
    used = set(re.findall(r'\{% icon "([\w-]+)"', text)) | set(re.findall(r'\bicon="([\w-]+)"', text))
    assert used - drawn == set()
