import gc
import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aigc_portal.settings")
django_application = get_asgi_application()

from django.urls import get_resolver  # noqa: E402 - it needs Django to be set up

from aigc_portal.body_limit import BodyLimit  # noqa: E402 - it needs Django to be set up

application = BodyLimit(django_application)
get_resolver().url_patterns  # noqa: B018 - every view, now and not with the first request
# All this lives as long as the process: the collector of garbage would look through it again and again.
gc.collect()
gc.freeze()
