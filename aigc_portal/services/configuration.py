"""What the environment says about this portal, and the places under var/."""

import os
from dataclasses import dataclass
from pathlib import Path

from aigc_portal.services.errors import ServiceError

REPOSITORY = Path(__file__).resolve().parents[2]
DEFAULT_MODEL = "smollm2-135m-instruct"


@dataclass(frozen=True)
class Configuration:
    """`models` are served by a worker each, the default one first; `slots` and `drain_seconds` are those workers'."""

    var: Path
    host: str = "127.0.0.1"
    port: int = 8000
    with_demo: bool = True
    models: tuple[str, ...] = (DEFAULT_MODEL,)
    slots: int = 16
    drain_seconds: float = 8.0

    @property
    def run_dir(self) -> Path:
        return self.var / "run"

    @property
    def logs(self) -> Path:
        return self.var / "logs"

    @property
    def sign_ins(self) -> Path:
        """Written by load_demo."""
        return self.var / "secrets" / "demo_signins.json"

    @property
    def address(self) -> str:
        """For a browser on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104
        return f"http://{host if ':' not in host or host.startswith('[') else f'[{host}]'}:{self.port}"


def from_environment() -> Configuration:
    """Raises ServiceError on a number that is none."""
    return Configuration(
        var=Path(os.environ.get("PORTAL_VAR") or REPOSITORY / "var").absolute(),
        host=os.environ.get("PORTAL_HOST") or "127.0.0.1",
        port=_number("PORTAL_PORT", 8000, least=1, most=65535),
        with_demo=os.environ.get("PORTAL_DEMO") != "0",
        models=_models(),
        slots=_number("PORTAL_SLOTS", 16, least=1, most=1024),
        drain_seconds=_number("PORTAL_DRAIN_SECONDS", 8, least=0, most=3600),
    )


def _models() -> tuple[str, ...]:
    """PORTAL_MODEL and PORTAL_EXTRA_MODELS as the settings read them, each once."""
    extra = (name.strip() for name in os.environ.get("PORTAL_EXTRA_MODELS", "").split(","))
    return tuple(dict.fromkeys([os.environ.get("PORTAL_MODEL") or DEFAULT_MODEL, *filter(None, extra)]))


def _number(variable: str, default: int, *, least: int, most: int) -> int:
    text = os.environ.get(variable) or str(default)
    if not text.isdecimal() or not least <= int(text) <= most:
        raise ServiceError(f"{variable} is {text!r}; it must be a number from {least} to {most}.")
    return int(text)
