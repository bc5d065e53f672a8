"""A place in the queue as people read it: "3 runs ahead, about 40 seconds"."""

from __future__ import annotations

from math import ceil

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generation.queue_place import QueuePlace
from generation.waiting_time import in_words

STEP_SECONDS = 5  # an estimate is no better than that


def place_words(place: QueuePlace) -> str:
    ahead = ngettext("%(n)s run ahead", "%(n)s runs ahead", place.ahead) % {"n": place.ahead}
    where = ahead if place.ahead else _("Next in line")
    if place.seconds is None:
        return where
    rounded = STEP_SECONDS * max(1, ceil(place.seconds / STEP_SECONDS))
    return _("%(place)s, about %(time)s") % {"place": where, "time": in_words(rounded)}
