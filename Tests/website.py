"""A small web server for tests: answers by path, remembers what was asked, listens on loopback at a free port."""

import contextlib
import http.server
import json
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

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
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
