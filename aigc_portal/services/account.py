"""The account that the servers run under: ours, or, for root, one that nobody else on the machine uses."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

# Between systemd's dynamic users (to 65519) and nobody (65534), inside the 65,536 ids of a container.
FREE_IDS = range(65521, 65534)


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        return self.uid == os.geteuid()

    def can_enter(self, folder: Path) -> bool:
        """Whether the account may pass through `folder` and each of its parents (access lists are not read)."""
        real = folder.resolve()
        return all(self._has(part, 0o1) for part in (real, *real.parents))

    def can_read(self, file: Path) -> bool:
        return self.can_enter(file.parent) and self._has(file, 0o4)

    def _has(self, path: Path, right: int) -> bool:
        """`right` as in one octal digit of a mode."""
        status = path.stat()
        shift = 6 if status.st_uid == self.uid else 3 if status.st_gid == self.gid else 0
        return bool(status.st_mode & (right << shift))


def own_account() -> Account:
    return Account(os.geteuid(), os.getegid())


def named_account() -> Account:
    """An account with a name, which initdb insists on; for root that is `nobody`."""
    if os.geteuid():
        return own_account()
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def server_account(data: Path) -> Account:
    """Who shall run the server of `data`: we ourselves; for root the owner of existing data, else a free id.

    `nobody` would not do: any other program that runs as nobody could read the data.
    """
    if os.geteuid():
        return own_account()
    if data.exists() and (owner := data.stat()).st_uid:
        return Account(owner.st_uid, owner.st_gid)
    free = next(uid for uid in FREE_IDS if not _has_name(uid))
    return Account(free, free)


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True
