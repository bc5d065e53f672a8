"""A Valkey server of our own: on a Unix socket only, with an append-only file, never dropping a message."""

import signal
import socket
from pathlib import Path

from aigc_portal.services.account import server_account
from aigc_portal.services.binaries import readable_program, valkey_server
from aigc_portal.services.folders import data_folder, make_folder, make_private, remove, socket_folder
from aigc_portal.services.managed import Managed, end_together
from aigc_portal.services.process import end, plain_environment, recorded, running_in, spawn

SOCKET_NAME = "valkey.sock"


class ValkeyServer(Managed):
    """One server on `data_dir`; the socket, the pid file and (unless given) the log are in `run_dir`.

    With durable=False nothing is written and stop() deletes the data folder: for tests.
    """

    name = "Valkey"

    def __init__(self, data_dir: Path, run_dir: Path, *, log_file: Path | None = None, durable: bool = True) -> None:
        self.data_dir = data_dir.absolute()
        self.run_dir = run_dir.absolute()
        super().__init__(self.run_dir / "valkey.pid", (log_file or self.run_dir / "valkey.log").absolute())
        self.durable = durable
        self.url = ""

    def start(self) -> str:
        """End a leftover of a crash, start; returns the URL once it answers.

        Call it from the main thread. Raises ServiceError.
        """
        account = server_account(self.data_dir)
        program = readable_program(valkey_server(), account)
        data = data_folder(
            self.data_dir, account, lasting=self.durable, build=lambda folder: make_private(folder, account)
        )
        sockets = socket_folder(self.run_dir / "valkey", account, SOCKET_NAME)
        left = recorded(self.pid_file)
        end(*([left] if left else running_in(data, "valkey-server")), first=signal.SIGTERM, patience=10)
        make_folder(self.log_file.parent, 0o700)
        path = sockets / SOCKET_NAME
        path.unlink(missing_ok=True)
        settings = {
            "port": "0",
            "unixsocket": str(path),
            "unixsocketperm": "700",
            "dir": str(data),
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "protected-mode": "yes",
            "daemonize": "no",
        }
        self.process = spawn(
            [program, *(word for name, value in settings.items() for word in (f"--{name}", value))],
            log=self.log_file,
            pid_file=self.pid_file,
            environment=plain_environment(),
            folder=data,
            account=account,
            death_signal=signal.SIGTERM,
        )
        self.wait_until(lambda: _answers(path))
        self.url = f"unix://{path}?db=0"
        return self.url

    def stop(self) -> None:
        """Write what is left, then end. Does nothing when it does not run."""
        end_together(self, first=signal.SIGTERM, patience=15)
        remove(self.run_dir / "valkey")
        if not self.durable:
            remove(self.data_dir)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(2)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")  # while it loads it answers -LOADING
        except OSError:
            return False
