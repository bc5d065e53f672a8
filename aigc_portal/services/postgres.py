"""A PostgreSQL server of our own: on a Unix socket only, under an unprivileged account, clean after any crash."""

import signal
from pathlib import Path
from urllib.parse import quote

from aigc_portal.services.account import server_account
from aigc_portal.services.binaries import postgres_bin, readable_postgres
from aigc_portal.services.cluster import check_version, create_cluster, write_access_rules
from aigc_portal.services.folders import data_folder, make_folder, remove, socket_folder
from aigc_portal.services.managed import Managed, end_together
from aigc_portal.services.process import end, plain_environment, recorded, running_in, spawn

SOCKET_NAME = ".s.PGSQL.5432"
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresServer(Managed):
    """One server on `data_dir`; the socket, the pid file and (unless given) the log are in `run_dir`.

    With durable=False, for tests, nothing waits for the disk, stop() deletes the data, and the role `portal` may switch
    triggers off (session_replication_role).
    Programs: `bin_folder`, else as `postgres_bin()` finds them.
    """

    name = "PostgreSQL"

    def __init__(
        self,
        data_dir: Path,
        run_dir: Path,
        *,
        log_file: Path | None = None,
        durable: bool = True,
        bin_folder: Path | None = None,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.run_dir = run_dir.absolute()
        super().__init__(self.run_dir / "postgres.pid", (log_file or self.run_dir / "postgres.log").absolute())
        self.durable = durable
        self.bin_folder = bin_folder
        self.url = ""

    def start(self) -> str:
        """Create the cluster if there is none, end leftovers of a crash, start; returns the URL once it is ready.

        Call it from the main thread. Raises ServiceError.
        """
        account = server_account(self.data_dir)
        bin_folder = readable_postgres(self.bin_folder or postgres_bin(), account)
        data = data_folder(
            self.data_dir,
            account,
            lasting=self.durable,
            build=lambda folder: create_cluster(folder, bin_folder, account, durable=self.durable),
        )
        check_version(data, bin_folder)
        sockets = socket_folder(self.run_dir / "postgres", account, SOCKET_NAME)
        self._end_leftovers(data, sockets)
        write_access_rules(data)
        make_folder(self.log_file.parent, 0o700)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(sockets),
            "unix_socket_permissions": "0700",
        } | ({} if self.durable else THROW_AWAY)
        self.process = spawn(
            [bin_folder / "postgres", "-D", data, *(f"--{name}={value}" for name, value in settings.items())],
            log=self.log_file,
            pid_file=self.pid_file,
            environment=plain_environment(),
            folder=data,
            account=account,
            death_signal=signal.SIGINT,  # a fast shutdown
        )
        self.wait_until(lambda: _says_ready(data / "postmaster.pid", self.pid))
        self.url = f"postgresql://portal@/portal?host={quote(str(sockets), safe='')}"
        return self.url

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back. Does nothing when it does not run."""
        end_together(self, first=signal.SIGINT, patience=30)
        remove(self.run_dir / "postgres")
        if not self.durable:
            remove(self.data_dir)

    def _end_leftovers(self, data: Path, sockets: Path) -> None:
        """End what a killed portal left, then its lock files.

        PostgreSQL takes any process, and a zombie too, with the old number for itself and refuses to start. A lock
        file may only go when no backend is left in the folder: two servers on it would destroy it.
        """
        left = recorded(self.pid_file)
        end(*([left] if left else running_in(data, "postgres")), first=signal.SIGINT, patience=10)
        end(*running_in(data, "postgres"), first=signal.SIGQUIT, patience=5)
        if Path("/proc/self").exists():
            (data / "postmaster.pid").unlink(missing_ok=True)
            (sockets / SOCKET_NAME).unlink(missing_ok=True)
            (sockets / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)


def _says_ready(status_file: Path, pid: int | None) -> bool:
    """The eighth line of postmaster.pid, which pg_ctl reads as well; the first is the server's number."""
    try:
        lines = status_file.read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"
