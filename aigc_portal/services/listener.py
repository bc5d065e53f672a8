"""The portal's own listening socket, handed to the web server.

It is taken before anything heavy begins, so a busy port is known at once; and while the web server is started again
after a crash, connections wait in it where they would be refused.
"""

import errno
import socket

from aigc_portal.services.configuration import Configuration
from aigc_portal.services.errors import PortBusy, ServiceError

BACKLOG = 1024


def listen(configuration: Configuration) -> socket.socket:
    """Raises PortBusy, or ServiceError where the host is not ours."""
    host, port = configuration.host.strip("[]"), configuration.port
    try:
        family, _type, _protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address, family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortBusy(
                f"Port {port} on {host} is busy: another program listens there.\n"
                f"Choose another port with PORTAL_PORT, for example: PORTAL_PORT={port + 1} make run"
            ) from None
        raise ServiceError(f"Cannot listen on {host}:{port} (PORTAL_HOST, PORTAL_PORT): {error.strerror}.") from None
