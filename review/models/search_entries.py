"""What a review is found by."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from review.models.reviews import Review


class SearchEntry(models.Model):
    """The words of a review's title and submitted text, filled in by PostgreSQL when the review begins.

    A row of its own, because an index of words costs more than all the others together and every claim would write it
    again: a review changes many times, its words never do.
    """

    review = models.OneToOneField(Review, models.PROTECT, primary_key=True, related_name="search_entry")
    words = SearchVectorField(editable=False)

    class Meta:
        indexes = [GinIndex(fields=["words"], name="search_entry_words")]

    def __str__(self) -> str:
        return str(self.review_id)
