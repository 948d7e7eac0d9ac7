"""nginx on loopback, serving the data."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator

import measure

CONFIGURATION = """
{user}
daemon on;
worker_processes 2;
worker_rlimit_nofile 65536;
pid {run}/pid;
error_log {run}/error.log warn;
events {{ worker_connections 4096; }}
http {{
    types {{ application/json json; audio/flac flac; image/jpeg jpg; }}
    default_type application/octet-stream;
    charset utf-8;
    charset_types application/json;
    sendfile on;
    tcp_nopush on;
    keepalive_timeout 75s;
    keepalive_requests 1000000;
    open_file_cache max=40000 inactive=1h;
    open_file_cache_valid 1h;
    client_body_temp_path {run}/body;
    proxy_temp_path {run}/proxy;
    fastcgi_temp_path {run}/fastcgi;
    uwsgi_temp_path {run}/uwsgi;
    scgi_temp_path {run}/scgi;
    log_format plain '$status $body_bytes_sent $request_uri';
    access_log {run}/access.log plain buffer=256k flush=1s;
    map $arg_limit $page_size {{ default 25; 50 50; ~^[1-9][0-9][0-9]+$ 100; }}
    map $arg_index $page_start {{ default 0; ~^[0-9]+$ $arg_index; }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        root {www};
        location = /no_data.json {{ }}
        location ~ ^/(?<kind>track|album|playlist|media)/(?<item>[0-9]+)$ {{ try_files /$kind/$item.json /no_data.json; }}
        location ~ ^/album/(?<item>[0-9]+)/tracks$ {{ try_files /album_tracks/$item.json /no_data.json; }}
        location ~ ^/playlist/(?<item>[0-9]+)/tracks$ {{ try_files /playlist_tracks/$item/$page_size/$page_start.json /no_data.json; }}
        location /wrapped/ {{ root {folder}; types {{ }} default_type audio/flac; }}
        location /cover/ {{ }}
        location /files/ {{ }}
        location /large/ {{ }}
        location / {{ return 404; }}
    }}
}}
"""


def executable(tools: pathlib.Path) -> str:
    """The machine's nginx, else Debian's package, unpacked but not installed, since an installed nginx would start by itself."""
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if found:
        return found
    unpacked = tools / "nginx"
    program = unpacked / "usr/sbin/nginx"
    if not program.exists():
        unpacked.mkdir(parents=True, exist_ok=True)
        download = ["apt-get", "-o", "APT::Sandbox::User=root", "download", "-qq", "nginx"]
        if subprocess.run(download, cwd=unpacked).returncode != 0:
            # The list of packages may be out of date.
            subprocess.run([*([] if os.getuid() == 0 else ["sudo"]), "apt-get", "update", "-qq"], check=True)
            subprocess.run(download, cwd=unpacked, check=True)
        subprocess.run(["dpkg", "-x", next(unpacked.glob("nginx_*.deb")), unpacked], check=True)
    return str(program)


class Server:
    """A running nginx, and what it was asked for."""

    def __init__(self, run: pathlib.Path, base: str) -> None:
        self.run, self.base, self.read = run, base, 0
        self.process = int((run / "pid").read_text())

    @property
    def processes(self) -> list[int]:
        return [self.process, *measure.children(self.process)]

    def asked(self) -> tuple[int, int]:
        """Requests since the last look, and the bytes that answered them."""
        log = self.run / "access.log"
        # Workers hold lines back until they reopen the file.
        os.kill(self.process, signal.SIGUSR1)
        size = -1
        while size != (size := log.stat().st_size):
            time.sleep(0.15)
        with log.open("rb") as file:
            file.seek(self.read)
            lines = file.read().splitlines(keepends=True)
        self.read += sum(map(len, lines))
        return len(lines), sum(int(line.split()[1]) for line in lines)


@contextlib.contextmanager
def running(program: str, folder: pathlib.Path, run: pathlib.Path, port: int) -> Iterator[Server]:
    """Runs nginx over `folder` until the end of the block. It is not our child, so that it is not taken for an orphan of a command."""
    shutil.rmtree(run, ignore_errors=True)
    run.mkdir(parents=True)
    user = "user root;" if os.getuid() == 0 else ""
    (run / "nginx.conf").write_text(CONFIGURATION.format(
        user=user, run=run, port=port, www=folder / "www", folder=folder))
    subprocess.run([program, "-p", run, "-e", run / "error.log", "-c", run / "nginx.conf"], check=True)
    base = f"http://127.0.0.1:{port}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(f"{base}/playlist/1", timeout=10).close()
    nginx = Server(run, base)
    try:
        yield nginx
    finally:
        os.kill(nginx.process, signal.SIGTERM)
