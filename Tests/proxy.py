"""A proxy for tests on loopback: HTTP, tunnels and SOCKS 5 at one port. It knows names of its own, and no other network."""

import contextlib
import socket
import socketserver
import threading


class Proxy:
    """`proxy.names["music.example:80"] = ("127.0.0.1", port)` says where a name leads; `proxy.asked` are the names that were wanted."""

    def __init__(self):
        self.names, self.asked, self.lock = {}, [], threading.Lock()
        proxy = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                with contextlib.suppress(OSError):
                    first = self.rfile.read(1)
                    if first == b"\x05":
                        self.socks()
                    elif first:
                        self.http(first + self.rfile.readline())

            def socks(self):
                self.rfile.read(self.rfile.read(1)[0])
                self.wfile.write(b"\x05\x00")
                _, _, _, kind = self.rfile.read(4)
                # An address, or a name, which the proxy looks up.
                name = socket.inet_ntoa(self.rfile.read(4)) if kind == 1 else self.rfile.read(self.rfile.read(1)[0]).decode()
                server = proxy.connected(f"{name}:{int.from_bytes(self.rfile.read(2), 'big')}")
                self.wfile.write(bytes([5, 0 if server else 4, 0, 1, 0, 0, 0, 0, 0, 0]))
                self.relay(server)

            def http(self, line):
                method, target, version = line.decode().split()
                head = []
                while (field := self.rfile.readline()).strip():
                    head.append(field)
                if method == "CONNECT":
                    server = proxy.connected(target)
                    self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n" if server else b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
                    return self.relay(server)
                host, _, path = target.removeprefix("http://").partition("/")
                server = proxy.connected(host if ":" in host else f"{host}:80")
                if not server:
                    return self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                kept = [field for field in head if not field.lower().startswith((b"proxy-connection:", b"connection:"))]
                server.sendall(f"{method} /{path} {version}\r\nConnection: close\r\n".encode() + b"".join(kept) + b"\r\n")
                self.relay(server)

            def relay(self, server):
                if not server:
                    return
                with server:
                    threading.Thread(target=copy, args=(self.rfile.read1, server), daemon=True).start()
                    copy(lambda: server.recv(65536), self.connection)

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def connected(self, name):
        with self.lock:
            self.asked.append(name)
        return socket.create_connection(self.names[name]) if name in self.names else None

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def copy(read, to):
    # A file that was closed meanwhile is a ValueError.
    with contextlib.suppress(OSError, ValueError):
        while data := read():
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)
