"""Which key a model server is shown: its own, and nobody else's."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings

from generation.engine.errors import ModelUnavailable
from generation.served_models import served_models


def key_for(url: str) -> str:
    """The key that PORTAL_OPENAI_API_KEYS has for the host and port, else for the host; "" for none.

    PORTAL_OPENAI_API_KEY is for where all model servers are on one host. Raises ModelUnavailable where it could go to
    several, or where the keys cannot be read.
    """
    keys, host = keys_by_host(), host_of(url)
    for address in (urlsplit(url).netloc.lower(), host):
        if address in keys:
            return keys[address]
    hosts = {host} | {host_of(model.url) for model in served_models() if model.url}
    if settings.PORTAL_OPENAI_API_KEY and len(hosts) > 1:
        raise ModelUnavailable(
            f"PORTAL_OPENAI_API_KEY is one key for {len(hosts)} hosts ({', '.join(sorted(hosts))}). Give each that "
            "asks for a key its own with PORTAL_OPENAI_API_KEYS (HOST=KEY, with commas), and unset the one key."
        )
    return str(settings.PORTAL_OPENAI_API_KEY)


def keys_by_host() -> dict[str, str]:
    keys = {}
    for number, entry in enumerate(settings.PORTAL_OPENAI_API_KEYS, 1):
        host, _, key = (part.strip() for part in entry.partition("="))
        if not host or not key:
            raise ModelUnavailable(f"Entry {number} of PORTAL_OPENAI_API_KEYS is not HOST=KEY or HOST:PORT=KEY.")
        keys[host.lower()] = key
    return keys


def host_of(url: str) -> str:
    return urlsplit(url).hostname or ""
