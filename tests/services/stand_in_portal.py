"""The real supervisor and the real servers, with small programs in place of Django's: python -m … [BROKEN PROGRAM]."""

import sys

from aigc_portal.services.children import LISTENER, Program
from aigc_portal.services.configuration import from_environment
from aigc_portal.services.errors import ServiceError
from aigc_portal.services.supervisor import Supervisor

PYTHON = (sys.executable, "-I", "-S")
BROKEN = (*PYTHON, "-c", "raise SystemExit('the settings are wrong')")
SLEEP = (*PYTHON, "-c", "import time; time.sleep(600)")
WEB = (*PYTHON, "tests/services/stand_in_web.py", LISTENER)


def main() -> int:
    broken = sys.argv[1:]
    programs = (
        (Program("worker", BROKEN if "worker" in broken else SLEEP, niceness=5),),
        (Program("web", BROKEN if "web" in broken else WEB),),
        (Program("scheduler", SLEEP),),
    )
    prepare = BROKEN if "prepare" in broken else (*PYTHON, "-c", "")
    try:
        return Supervisor(from_environment(), programs, [("Database schema", prepare)]).run()
    except ServiceError as error:
        sys.stderr.write(f"{error}\n")
        return 1


sys.exit(main())
