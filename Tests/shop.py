"""A catalog with media on a site of the test's own."""

import collections
import random
import subprocess
import threading


class Shop:
    """A catalog with media on a site of the test's own: `albums` of `size` tracks, a picture for each album."""

    def __init__(self, site, folder, albums, size):
        self.site, self.albums, self.size = site, albums, size
        self.asked, self.lock = collections.Counter(), threading.Lock()
        self.fails = lambda album, count: False
        command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=duration=0.2", "-c:a", "flac", folder / "tone.flac"]
        subprocess.run(list(map(str, command)), check=True)
        command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=blue:s=64x64", "-frames:v", "1", folder / "cover.jpg"]
        subprocess.run(list(map(str, command)), check=True)
        self.audio, self.picture = (folder / "tone.flac").read_bytes(), (folder / "cover.jpg").read_bytes()
        rows = [self.row(n) for n in range(albums * size)]
        random.Random(5).shuffle(rows)
        self.lists(1, rows)
        for album in range(albums):
            document = {"id": album, "title": f"Album {album}", "artist": {"name": "Artist"}, "cover_xl": f"{site.url}/cover/{album}", "nb_tracks": size}
            tracks = [self.row(album * size + n) for n in range(size)]
            site.answers[f"/album/{album}"] = document
            site.answers[f"/album/{album}/tracks"] = {"data": tracks, "total": size}
            site.answers[f"/cover/{album}"] = lambda request, album=album: self.cover(request, album)
        for row in rows:
            site.answers[f"/track/{row['id']}"] = row
            site.answers[f"/media/{row['id']}"] = {"data": [{"format": "flac", "url": f"{site.url}/audio/{row['id']}"}]}
            site.answers[f"/audio/{row['id']}"] = (200, {"Content-Type": "audio/flac"}, self.audio)

    def lists(self, number, rows):
        self.site.answers[f"/playlist/{number}"] = {"id": number, "title": f"List {number}", "nb_tracks": len(rows)}
        self.site.answers[f"/playlist/{number}/tracks"] = {"data": rows, "total": len(rows)}

    def row(self, number):
        album, place = divmod(number, self.size)
        return {"id": number + 1, "title": f"Song {number}", "artist": {"name": "Artist"}, "track_position": place + 1, "disk_number": 1,
                "album": {"id": album, "title": f"Album {album}", "cover_xl": f"{self.site.url}/cover/{album}"}}

    def cover(self, request, album):
        with self.lock:
            self.asked[album] += 1
            fails = self.fails(album, self.asked[album])
        body = b"" if fails else self.picture
        request.send_response(503 if fails else 200)
        request.send_header("Content-Type", "image/jpeg")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)
