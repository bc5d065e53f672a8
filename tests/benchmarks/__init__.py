"""Measured figures and their targets: `python -m tests.benchmarks.generation`.

Importing this package sets OMP_WAIT_POLICY before any of its modules imports torch, as the engine does; the processes
of all contestants inherit it.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
