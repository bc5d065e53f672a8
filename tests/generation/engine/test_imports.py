"""What importing the engine does to a process."""

import subprocess
import sys


def run_python(code: str) -> str:
    """Return what the code prints in a fresh interpreter without OMP_WAIT_POLICY."""
    done = subprocess.run(
        ["env", "-u", "OMP_WAIT_POLICY", sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_only_the_modules_that_compute_import_torch() -> None:
    light = "types, errors, fake, catalogue, weights, allowlist"
    assert run_python(f"import sys; from generation.engine import {light}; print('torch' in sys.modules)") == "False"


def test_threads_do_not_spin_while_they_wait() -> None:
    assert run_python("import os, generation.engine.types; print(os.environ['OMP_WAIT_POLICY'])") == "PASSIVE"
