"""What the environment says about this portal, and the places under var/."""

import os
from dataclasses import dataclass
from pathlib import Path

from aigc_portal.services.errors import ServiceError

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Configuration:
    var: Path
    host: str = "127.0.0.1"
    port: int = 8000
    with_demo: bool = True

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
    """Raises ServiceError on a port that is none."""
    port = os.environ.get("PORTAL_PORT") or "8000"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise ServiceError(f"PORTAL_PORT is {port!r}; it must be a number from 1 to 65535.")
    return Configuration(
        var=Path(os.environ.get("PORTAL_VAR") or REPOSITORY / "var").absolute(),
        host=os.environ.get("PORTAL_HOST") or "127.0.0.1",
        port=int(port),
        with_demo=os.environ.get("PORTAL_DEMO") != "0",
    )
