"""Filters of the queue that somebody keeps under a name, for themselves alone."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from aigc_portal.accounts.models import User
from aigc_portal.accounts.personal_events import record_for_each_team
from aigc_portal.problems import Refused
from review.models import SavedFilter

MOST = 30


@transaction.atomic
def save_filter(*, actor: User, name: str, query: str) -> SavedFilter:
    """`query` is the query string of the queue page. Refused for a name that is taken, or one filter too many."""
    if SavedFilter.objects.filter(user=actor).count() >= MOST:
        raise Refused("too_many_filters", _("You have %(most)s saved filters. Delete one first.") % {"most": MOST})
    saved = write(SavedFilter(user=actor, name=name, query=query))
    record_for_each_team("savedfilter.created", actor, actor=actor, after={"name": name, "query": query})
    return saved


@transaction.atomic
def rename_filter(*, actor: User, saved: SavedFilter, name: str) -> None:
    """Refused for a name that is taken."""
    before, saved.name = saved.name, name
    write(saved)
    record_for_each_team("savedfilter.renamed", actor, actor=actor, before={"name": before}, after={"name": name})


@transaction.atomic
def delete_filter(*, actor: User, saved: SavedFilter) -> None:
    saved.delete()
    record_for_each_team("savedfilter.deleted", actor, actor=actor, before={"name": saved.name, "query": saved.query})


def write(saved: SavedFilter) -> SavedFilter:
    try:
        with transaction.atomic():
            saved.save()
    except IntegrityError:
        detail = _("You have a filter named “%(name)s” already. Choose another name.")
        raise Refused("filter_name_taken", detail % {"name": saved.name}) from None
    return saved
