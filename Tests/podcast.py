"""A podcast whose feed a test writes anew each day, and the sounds of its episodes."""

import subprocess
import xml.sax.saxutils


def quoted(text):
    return xml.sax.saxutils.escape(text, {'"': "&quot;"})


class Podcast:
    """`feed([episode(...), ...])` is what the feed says from now on; each sound is another one, at `site.url` + its path."""

    def __init__(self, site, folder, path="/feed.xml"):
        self.site, self.folder, self.path = site, folder, path

    @property
    def url(self):
        return self.site.url + self.path

    def episode(self, link, title="Ep", guid=None, date="Mon, 02 Mar 2026 06:00:00 GMT", length=None, duration=None):
        link = self.site.url + link if link.startswith("/") else link
        self.sound(link)
        parts = [f"<title>{quoted(title)}</title>" if title else "", f"<guid isPermaLink=\"false\">{quoted(guid)}</guid>" if guid else "",
                 f"<pubDate>{date}</pubDate>" if date else "", f"<itunes:duration>{duration}</itunes:duration>" if duration else ""]
        return f'<item>{"".join(parts)}<enclosure url="{quoted(link)}" type="audio/mpeg" length="{length or 0}"/></item>'

    def sound(self, link):
        path = "/" + link.removeprefix(self.site.url + "/").split("?")[0]
        if path not in self.site.answers and link.startswith(self.site.url):
            file = self.folder / f"sound-{len(self.site.answers)}.mp3"
            command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"sine=frequency={300 + 20 * len(self.site.answers)}:duration=1",
                       "-c:a", "libmp3lame", str(file)]
            subprocess.run(command, check=True)
            self.site.answers[path] = (200, {"Content-Type": "audio/mpeg"}, file.read_bytes())

    def feed(self, *episodes, guid=None, title="Quay News"):
        head = f"<title>{title}</title>" + (f"<podcast:guid>{guid}</podcast:guid>" if guid else "")
        text = ('<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
                f'xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel>{head}{"".join(episodes)}</channel></rss>')
        self.site.answers[self.path] = (200, {"Content-Type": "application/rss+xml"}, text.encode())
        return self

    @property
    def asked(self):
        """How many times sounds were asked for."""
        return self.site.count("/") - sum(self.site.count(path) for path in self.site.answers if path.endswith(".xml"))
