"""Run as a script: give up root, ask to die with the parent, then become the command.

usage: launcher.py PARENT DEATH_SIGNAL NICENESS UID GID COMMAND [ARGUMENT …]

A script of its own, because Python code between fork and exec can hang, and because changing the user clears the
death signal: the order of the steps matters.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, death_signal, niceness, uid, gid = map(int, sys.argv[1:6])
    os.nice(niceness)
    if uid != os.geteuid():
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal)
    if os.getppid() != parent:
        sys.exit("The parent ended before the command began.")
    os.execv(sys.argv[6], sys.argv[6:])


main()
