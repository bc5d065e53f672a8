"""Answers every request on the listening socket whose number is given; a stand-in for the web server."""

import socket
import sys

with socket.socket(fileno=int(sys.argv[1])) as listener:
    while True:
        connection, _ = listener.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
