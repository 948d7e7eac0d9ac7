"""A small web server for tests: answers by path, remembers what was asked, listens on loopback at a free port."""

import contextlib
import http.server
import json
import ssl
import subprocess
import threading


class Site:
    """`site.answers[path] = body | (status, headers, body) | function(request)`; the longest path that matches is taken."""

    def __init__(self):
        self.answers, self.requests, self.lock = {}, [], threading.Lock()
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self):
                self.content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with site.lock:
                    site.requests.append(self.path)
                answer = site.find(self.path)
                answer = answer(self) if callable(answer) else answer
                if answer is None:
                    return
                status, headers, body = answer if isinstance(answer, tuple) else (200, {}, answer)
                body = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json; charset=utf-8", "Content-Length": len(body), **headers}.items():
                    self.send_header(name, str(value))
                self.end_headers()
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    self.wfile.write(body)

            do_PROPFIND = do_GET

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            # Many may connect at once.
            request_queue_size = 128

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def find(self, path):
        bare = path.split("?")[0]
        for known in (path, bare):
            if known in self.answers:
                return self.answers[known]
        return 404, {}, {"error": "Not Found"}

    def count(self, prefix):
        """How many requests began with this path."""
        with self.lock:
            return sum(path.startswith(prefix) for path in self.requests)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@contextlib.contextmanager
def secure(folder, names):
    """A site with a certificate of its own making: its address, and the file of the certificate."""
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3", "-subj", "/CN=own", "-addext", f"subjectAltName={names}",
               "-keyout", folder / "key.pem", "-out", folder / "own.pem"]
    subprocess.run(list(map(str, command)), check=True, capture_output=True)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps({"data": [{"format": "mp3", "url": "http://127.0.0.1:1/x.mp3"}]} if "media" in self.path else {"id": 31, "title": "Piece"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "own.pem", folder / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_address[1]}", folder / "own.pem"
    server.shutdown()
    server.server_close()
