"""What a client may say when it asks for drafts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from rest_framework import serializers

from aigc_portal.api_input import Input
from generation.decoding_presets import PRESETS
from generation.models.runs import MOST_VARIANTS
from generation.prompting import LONGEST_FEEDBACK


class DecodingInput(Input):
    """Goes over the preset's numbers, and those over the prompt's own. `num_beams` is for the strategy "beam" alone."""

    strategy = serializers.ChoiceField(["greedy", "sample", "beam"], required=False)
    temperature = serializers.FloatField(required=False)
    top_p = serializers.FloatField(required=False)
    top_k = serializers.IntegerField(required=False)
    repetition_penalty = serializers.FloatField(required=False)
    num_beams = serializers.IntegerField(required=False)
    max_tokens = serializers.IntegerField(required=False)


class SettingsInput(Input):
    variants = serializers.IntegerField(min_value=1, max_value=MOST_VARIANTS, default=1)
    seed = serializers.IntegerField(min_value=0, max_value=2**63 - 1, allow_null=True, default=None)
    preset = serializers.ChoiceField(
        ["", *PRESETS], default="", help_text="How freely the model writes; empty: with the prompt's own numbers."
    )
    decoding = DecodingInput(required=False)
    accept_language = serializers.BooleanField(
        default=False, help_text="Run although the model does not write the brief's language."
    )


class RunInput(SettingsInput):
    model_name = serializers.CharField(
        default="", allow_blank=True, max_length=200, help_text="A model that is served here; empty: the default one."
    )


class ComparisonInput(SettingsInput):
    models = serializers.ListField(
        child=serializers.CharField(max_length=200),
        min_length=2,
        max_length=2,
        help_text="Names of two models that are served here.",
    )


class RegenerationInput(RunInput):
    feedback = serializers.CharField(
        max_length=LONGEST_FEEDBACK, help_text="What should change, in the language of the text. The model reads it."
    )


@contextmanager
def errors_of_decoding() -> Iterator[None]:
    """What is wrong with the settings, shown under `decoding`."""
    try:
        yield
    except ValidationError as error:
        messages = error.message_dict
        if NON_FIELD_ERRORS in messages:
            messages["prompt"] = messages.pop(NON_FIELD_ERRORS)
        raise serializers.ValidationError({"decoding": messages}) from None
