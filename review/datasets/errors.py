"""Why an export fails.

ExportError
├── NothingToExport   no decision gives a row
├── StorageFull       no space left
└── StorageBroken     the storage refused for another reason
"""

from __future__ import annotations

from django.utils.translation import gettext_noop


class ExportError(Exception):
    """`code` is stable; `sentence` is kept with the job in English and translated where it is shown."""

    code = "export_failed"
    sentence = gettext_noop("The export failed in a way that nobody foresaw; the worker's log says more.")


class NothingToExport(ExportError):
    code = "nothing_to_export"
    sentence = gettext_noop("Nothing in this selection gives a row of this type, so there is no file.")


class StorageFull(ExportError):
    code = "storage_full"
    sentence = gettext_noop("The disk is full. Nothing was kept of this attempt; free some space and try again.")


class StorageBroken(ExportError):
    code = "storage_broken"
    sentence = gettext_noop("The storage could not be written. Nothing was kept of this attempt; try again later.")
