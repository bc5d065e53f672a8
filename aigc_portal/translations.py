"""The message catalogues: `python -m aigc_portal.translations update | check`. Needs no gettext binaries.

`update` collects every string of the Python files and templates, keeps what is translated and compiles the .mo files;
`check` says what is missing, fuzzy, out of date or broken, and exits 1. English is the source and needs no catalogue.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ROOT / "aigc_portal" / "locale"
LANGUAGES = ["zh_Hans"]
UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
SOURCES = ["aigc_portal", "generation", "review", "templates"]
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def files() -> Iterator[Path]:
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".html", ".txt"} and not {"migrations", "static", "locale"} & set(path.parts):
                yield path


def template() -> Catalog:
    """Every translatable string of the project with the files that use it."""
    catalog = Catalog(charset="utf-8")
    for path in files():
        source = path.read_text() if path.suffix == ".py" else as_python(path)
        place = str(path.relative_to(ROOT))
        for _, message, comments, context in extract("python", BytesIO(source.encode()), KEYWORDS, ["Translators:"]):
            flags = ["python-format"] if "%(" in str(message) else []
            if message:
                catalog.add(message, locations=[(place, 0)], auto_comments=comments, context=context, flags=flags)
    return catalog


def as_python(path: Path) -> str:
    """A template as a line-by-line series of gettext calls; its indentation means nothing to Python."""
    return "\n".join(line.lstrip() for line in templatize(path.read_text(), origin=str(path)).splitlines())


def path_of(language: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / "django.po"


def load(language: str) -> Catalog:
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalog: Catalog) -> bytes:
    """The .mo file. Babel dates a catalogue that has no date by now; without one, equal strings give equal bytes."""
    catalog.creation_date = catalog.revision_date = UNDATED
    buffer = BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def update(language: str) -> None:
    """Bring the catalogue up to date; obsolete strings go, new ones stay empty for a person to fill."""
    catalog = load(language)
    catalog.update(template(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.fuzzy = False
    catalog.project, catalog.version, catalog.msgid_bugs_address = "AIGC portal", "1", ""
    catalog.last_translator = catalog.language_team = ""
    catalog.header_comment = "# Translations of the AIGC portal. Update with: make messages"
    path = path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = BytesIO()
    write_po(buffer, catalog, width=120, sort_output=True, include_lineno=False)
    dated = ('"POT-Creation-Date', '"PO-Revision-Date')
    lines = buffer.getvalue().decode().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith(dated)))
    path.with_suffix(".mo").write_bytes(compiled(load(language)))


def problems(language: str) -> list[str]:
    """What keeps the catalogue from being complete, a line each."""
    catalog = load(language)
    wanted = {(message.context, message.id) for message in template() if message.id}
    found = {(message.context, message.id): message for message in catalog if message.id}
    lines = [f"missing: {key[1]!r}" for key in sorted(wanted - found.keys(), key=str)]
    lines += [f"not used any more: {key[1]!r}" for key in sorted(found.keys() - wanted, key=str)]
    lines += [line for key in wanted & found.keys() for line in flaws(found[key], catalog)]
    mo = path_of(language).with_suffix(".mo")
    if not mo.exists() or mo.read_bytes() != compiled(catalog):
        lines.append(f"{mo.name} is out of date")
    return lines


def flaws(message: Message, catalog: Catalog) -> Iterator[str]:
    strings = message.string if isinstance(message.string, tuple | list) else [message.string]
    if not all(strings):
        yield f"not translated: {message.id!r}"
    if message.fuzzy:
        yield f"fuzzy: {message.id!r}"
    for error in message.check(catalog):
        yield f"{error}: {message.id!r}"


def main(command: str) -> int:
    if command == "update":
        for language in LANGUAGES:
            update(language)
    lines = [f"{language}: {line}" for language in LANGUAGES for line in problems(language)]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 1 if lines and command == "check" else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "check"))
