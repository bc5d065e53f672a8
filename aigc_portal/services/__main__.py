"""The `portal` command: python -m aigc_portal.services COMMAND."""

import argparse
import os
import signal
import sys
from typing import NoReturn

from aigc_portal.services.background import start_in_background
from aigc_portal.services.children import portal_programs, preparations
from aigc_portal.services.configuration import REPOSITORY, Configuration, from_environment
from aigc_portal.services.console import say, table
from aigc_portal.services.errors import ServiceError
from aigc_portal.services.folders import remove
from aigc_portal.services.leftovers import end_leftovers
from aigc_portal.services.lock import PortalLock, Running
from aigc_portal.services.process import end, recorded
from aigc_portal.services.supervisor import Supervisor, is_ready

DATA = ("postgres", "valkey", "media", "logs", "secrets", "run/postgres", "run/valkey", "run")
STOP_SECONDS = 80.0  # beside the time that the workers have to finish their runs


def run(configuration: Configuration, _arguments: argparse.Namespace) -> int:
    return Supervisor(configuration, portal_programs(configuration), preparations(configuration)).run()


def stop(configuration: Configuration, _arguments: argparse.Namespace) -> int:
    holder = PortalLock(configuration.run_dir).holder()
    if holder is None:
        end_leftovers(configuration.run_dir)
        say("The portal is not running.")
        return 0
    end(holder.identity, first=signal.SIGTERM, patience=STOP_SECONDS + configuration.drain_seconds)
    say("The portal has stopped.")
    return 0


def status(configuration: Configuration, _arguments: argparse.Namespace) -> int:
    """0 when it is ready, 1 when it is not running, 2 when it is not ready."""
    holder = PortalLock(configuration.run_dir).holder()
    if holder is None:
        say("The portal is not running. Start it with: make run")
        return 1
    ready = is_ready(holder.address)
    say(f"The portal is {'ready' if ready else 'not ready'}: {holder.address}")
    files = sorted(configuration.run_dir.glob("*.pid"))
    table([(file.stem, str(living.pid) if (living := recorded(file)) else "not running") for file in files])
    return 0 if ready else 2


def reset(configuration: Configuration, arguments: argparse.Namespace) -> int:
    """Delete everything that the portal made, except models and downloads."""
    with PortalLock(configuration.run_dir).held() as is_ours:
        if not is_ours:
            raise ServiceError("The portal runs. Stop it first: make stop")
        found = [configuration.var / name for name in DATA]
        say("This deletes, for good:")
        for path in found:
            if path.exists() and not path.is_relative_to(configuration.run_dir):
                say(f"  {path}")
        if outside := [name for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)]:
            say(f"The servers in {' and '.join(outside)} are left as they are.")
        if not arguments.yes and not _agrees():
            say("Nothing was deleted.")
            return 1
        end_leftovers(configuration.run_dir)
        for path in found:
            remove(path)
    say("Deleted. The next start makes everything anew.")
    return 0


def _agrees() -> bool:
    try:
        return input("Type yes to delete it: ").strip().lower() == "yes"
    except EOFError:
        return False


def model(_configuration: Configuration, arguments: argparse.Namespace) -> int:
    os.chdir(REPOSITORY)
    os.execv(sys.executable, [sys.executable, "-m", "generation.engine.catalogue", "fetch", arguments.name])


def demo(configuration: Configuration, _arguments: argparse.Namespace) -> int:
    lock = PortalLock(configuration.run_dir)
    running = lock.holder()
    if running is None or not running.ready:
        running = start_in_background(configuration, lock)
        say("The portal keeps running after the demo. Stop it with: make stop\n")
    _manage(configuration, running, ["demo"])


def manage(configuration: Configuration, arguments: argparse.Namespace) -> int:
    """Run manage.py with the addresses of the running portal's database and broker."""
    running = PortalLock(configuration.run_dir).holder()
    if running is None:
        raise ServiceError("The portal is not running. Start it with: make run")
    _manage(configuration, running, arguments.words)


def _manage(configuration: Configuration, running: Running, words: list[str]) -> NoReturn:
    address = running.address.removeprefix("http://").rpartition(":")
    os.environ.update(running.urls, PORTAL_VAR=str(configuration.var))
    os.environ.update(PORTAL_HOST=address[0], PORTAL_PORT=address[2])
    os.chdir(REPOSITORY)
    os.execv(sys.executable, [sys.executable, "manage.py", *words])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="portal", description="Starts and stops the AIGC portal.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for function, text in (
        (run, "start everything and stay in the foreground; Ctrl-C stops it"),
        (stop, "stop the portal that runs in another terminal"),
        (status, "say whether it runs and where"),
        (reset, "delete all data of the portal; asks first"),
        (demo, "walk a text through the whole loop; starts the portal if it is not running"),
        (manage, "run manage.py against the running portal, for example: manage createsuperuser"),
        (model, "fetch a model of the catalogue by name"),
    ):
        command = commands.add_parser(function.__name__, help=text, description=text)
        command.set_defaults(function=function)
        if function is reset:
            command.add_argument("--yes", action="store_true", help="do not ask")
        if function is manage:
            command.add_argument("words", nargs=argparse.REMAINDER, metavar="ARGUMENTS")
        if function is model:
            command.add_argument("name", metavar="NAME")
    commands.add_parser("help", help="show this text").set_defaults(function=lambda *_: parser.print_help())
    return parser


def main() -> int:
    arguments = _parser().parse_args()
    try:
        return arguments.function(from_environment(), arguments) or 0
    except ServiceError as error:
        sys.stderr.write(f"\n{error}\n")
    except PermissionError as error:
        sys.stderr.write(f"\nNo right to use {error.filename}. Start the portal as the user who owns it.\n")
    except OSError as error:
        sys.stderr.write(f"\n{error}\n")
    return 1


sys.exit(main())
