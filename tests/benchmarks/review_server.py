"""The portal's web program for the benchmark: every answer says how long the server took for it.

The processor's time tells how much of that was work, where other programs share the machine; the time of PostgreSQL is
not in it.
"""

import time
from typing import Any

from aigc_portal.asgi import application as portal

SERVER_MS, PROCESSOR_MS = "x-server-ms", "x-processor-ms"


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answer as the portal does, with the milliseconds from the request's arrival to its whole answer in headers."""
    if scope["type"] != "http":
        await portal(scope, receive, send)
        return
    began, worked = time.perf_counter(), time.process_time()

    async def timed(message: Any) -> None:
        if message["type"] == "http.response.start":  # a page is rendered whole before its first byte goes out
            took = {SERVER_MS: time.perf_counter() - began, PROCESSOR_MS: time.process_time() - worked}
            told = [(name.encode(), f"{1000 * seconds:.3f}".encode()) for name, seconds in took.items()]
            message = message | {"headers": [*message["headers"], *told]}
        await send(message)

    await portal(scope, receive, timed)
