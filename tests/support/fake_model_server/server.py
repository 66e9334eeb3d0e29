"""Says yes to every probe, and ends when it is told to."""

import signal
import socket
import sys

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
listener = socket.create_server(("0.0.0.0", 8080), backlog=64)
while True:
    connection, _ = listener.accept()
    with connection:
        connection.recv(4096)
        connection.sendall(ANSWER)
