"""What people read where a run or the loading of a model failed: what happened, and what to do. By error code."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True)
class FailureReason:
    """`retry_helps` is false where the same run would fail the same way."""

    happened: Text
    remedy: Text
    retry_helps: bool = True


RUN_REASONS = {
    "worker_lost": FailureReason(
        _("The worker stopped in each of three attempts."),
        _("Shorten the brief or ask for fewer variants. If other briefs fail too, tell an administrator."),
    ),
    "prompt_too_long": FailureReason(
        _("The brief is too long for the model."),
        _("Shorten the longest field of the brief, then generate again."),
        retry_helps=False,
    ),
    "invalid_request": FailureReason(
        _("The settings of the prompt are outside what the model takes."),
        _("Choose another prompt, and tell an administrator about this one."),
        retry_helps=False,
    ),
    "unsupported_decoding": FailureReason(
        _("The prompt asks for a way of decoding that does not exist."),
        _("Choose another prompt, and tell an administrator about this one."),
        retry_helps=False,
    ),
    "out_of_memory": FailureReason(
        _("The machine had no memory left for this run."),
        _("Ask for fewer variants, or try again when less is going on."),
    ),
    "generation_fault": FailureReason(
        _("The model server broke off in the middle of a text."),
        _("Generate again. If it happens each time, tell an administrator."),
    ),
    "invalid_logits": FailureReason(
        _("The model gave an impossible answer."),
        _("Generate again. If it happens each time, the model's files or its settings need a look."),
    ),
    "remote_unavailable": FailureReason(
        _("The server with the model did not answer, or was too busy."),
        _("Generate again in a few minutes, or choose another model."),
    ),
    "deadline": FailureReason(
        _("The time limit passed before the first word."),
        _("Generate again when less is going on."),
    ),
}
UNKNOWN_RUN = FailureReason(
    _("The engine failed in a way that nobody foresaw."),
    _("Try again. If it happens twice, tell an administrator: the worker's log says more."),
)

MODEL_REASONS = {
    "model_unknown": FailureReason(
        _("No model of this name is known."),
        _("Set PORTAL_MODEL to a name from the catalogue, a folder or a hub name, then restart."),
    ),
    "model_not_allowed": FailureReason(
        _("The model needs code or file formats that the portal does not run."),
        _("Choose a model in safetensors or GGUF form with a known architecture."),
    ),
    "fetch_failed": FailureReason(
        _("The model's files could not be fetched."),
        _("Check the network, or fetch the model elsewhere and set PORTAL_MODEL to its folder."),
    ),
    "disk_full": FailureReason(
        _("There is no room on the disk for the model's files."),
        _("Make room, then restart."),
    ),
    "weights_missing": FailureReason(
        _("Files of the model are missing."),
        _("Fetch the model again with “make model”, then restart."),
    ),
    "weights_corrupt": FailureReason(
        _("The model's files are damaged."),
        _("Fetch the model again with “make model”, then restart."),
    ),
    "hash_mismatch": FailureReason(
        _("A file of the model is not the one that was recorded: somebody altered it, or the disk did."),
        _("Find out why, fetch the model again with “make model”, then restart."),
    ),
    "canary_failed": FailureReason(
        _("The model loaded, but could not write a test sentence."),
        _("The details say what came instead. Check the model's files and settings, then restart."),
    ),
    "out_of_memory": FailureReason(
        _("The model does not fit into the machine's memory."),
        _("Lower PORTAL_SLOTS, choose a smaller model, or free memory, then restart."),
    ),
    "model_unavailable": FailureReason(
        _("The model cannot be used with the present settings."),
        _("The details say why. Correct the settings, then restart."),
    ),
    "remote_unavailable": FailureReason(
        _("The server with the model does not answer."),
        _("The worker goes on asking it. Check that the server runs and that its address is right."),
    ),
}
UNKNOWN_MODEL = FailureReason(
    _("Loading failed in a way that nobody foresaw."),
    _("The worker's log says more. Mend the cause, then restart."),
)


def run_failure(code: str) -> FailureReason:
    return RUN_REASONS.get(code, UNKNOWN_RUN)


def model_failure(code: str) -> FailureReason:
    return MODEL_REASONS.get(code, UNKNOWN_MODEL)
