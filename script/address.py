"""Prints the address that HOST and PORT mean, or says in one sentence why nobody can listen there."""

import errno
import socket
import sys

host, port = sys.argv[1:]
if not port.isdigit() or not 0 < int(port) < 65536:
    sys.exit(f"PORT={port} is no port: use a whole number from 1 to 65535.")
try:
    found = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)
    family, kind, protocol, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
except OSError as error:
    if error.errno == errno.EADDRINUSE:
        other = int(port) % 65535 + 1
        example = f"for example PORT={other} script/server"
        sys.exit(f"Port {port} is in use: stop what uses it, or take another one, {example}.")
    if error.errno == errno.EACCES:
        sys.exit(f"Port {port} is not for this account: take one above 1023, for example PORT=8000 script/server.")
    sys.exit(f"HOST={host} is not an address of this machine.")
print(address[0])  # noqa: T201  # the script that asks reads it
