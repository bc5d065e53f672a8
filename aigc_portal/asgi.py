import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aigc_portal.settings")
django_application = get_asgi_application()

from aigc_portal.body_limit import BodyLimit  # noqa: E402 - it needs Django to be set up

application = BodyLimit(django_application)
