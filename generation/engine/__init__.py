"""Text generation on torch and transformers. Plain Python: no Django, no import from the rest of the project.

Importing this package sets OMP_WAIT_POLICY before any of its modules imports torch: threads that spin while they wait
made a token 18 times slower on a busy machine. A process that imports torch earlier must set it itself.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
