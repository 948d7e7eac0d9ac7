"""A catalog of static files for nginx, shaped and sized like the answers of a real one."""

import hashlib
import json
import pathlib
from dataclasses import dataclass, field

WORDS = (
    "Harbour River Signal Lantern Garden Machine Orchard Window Comet Mirror Tide Northern Velvet Winter Paper Silent Golden Broken "
    "Distant Hollow Bright Slow Späte Électrique Żółty Blå Straße Échos Мост Ночь 風景 海辺").split()
NAMES = "Ada Björk Chen Dvořák Émile Fjord Gustaf Hana Ilse Jürgen Kimi Łukasz Maya Noé Öst Pilar Quist Rosa Søren Tove".split()
GENRES = [["Pop"], ["Jazz", "Électro"], ["Rock"], ["Ambient", "Experimental"], []]
COUNTRIES = [first + second for first in "ABCDEFGHIJ" for second in "ADEGLMRSTZ"]
PER_ALBUM = 10
PAGES = (25, 50, 100)


@dataclass
class Artist:
    id: int
    name: str


@dataclass
class Album:
    id: int
    title: str
    artist: Artist
    is_compilation: bool
    genres: list[str]
    label: str
    upc: str
    date: str
    tracks: list["Track"] = field(default_factory=list)


@dataclass
class Track:
    """A track and what is served for it. `file` has bytes, sha256, clear_sha256, iv, essence, pcm (of FLAC), seconds."""

    id: int
    kind: str
    title: str
    artists: list[Artist]
    album: Album
    position: int
    file: dict = field(default_factory=dict)

    @property
    def isrc(self) -> str:
        return f"ZZBNC{self.id:07d}"

    @property
    def bpm(self) -> int:
        return 60 + self.id % 120

    @property
    def tags(self) -> dict:
        album = self.album
        return {
            "title": self.title, "artists": [artist.name for artist in self.artists], "album": album.title, "albumartist": album.artist.name,
            "tracknumber": self.position, "tracktotal": len(album.tracks), "date": album.date, "genres": album.genres, "isrc": self.isrc,
            "barcode": album.upc, "label": album.label, "bpm": self.bpm}


def artist(number: int) -> Artist:
    number %= 97
    return Artist(700 + number, f"{NAMES[number % 20]} {NAMES[(number * 7 + 3) % 20]} {number}")


def album(number: int) -> Album:
    compilation = number % 11 == 10
    return Album(
        302_001 + number, f"{WORDS[number * 5 % 32]} {WORDS[(number * 11 + 4) % 32]} {number}",
        Artist(5080, "Various Artists") if compilation else artist(number), compilation, GENRES[number % 5], f"Label {number % 23} Records",
        f"{(number + 1) * 7919:013d}", f"{1960 + number % 65}-{number % 12 + 1:02d}-{number % 28 + 1:02d}")


def tracks(first: int, count: int, kind: str, first_album: int) -> list[Track]:
    """`count` tracks with ids from `first` on, ten to an album."""
    made: list[Track] = []
    for number in range(count):
        home = made[-1].album if number % PER_ALBUM else album(first_album + number // PER_ALBUM)
        main = artist(home.id * 3 + number) if home.is_compilation else home.artist
        artists = {one.id: one for one in [main, *[artist(k * number) for k in (31, 17)[:number % 3]]]}
        edition = " (Remastered 2015)" if number % 8 == 0 else ""
        title = f"{WORDS[number * 3 % 32]} {WORDS[(number * 7 + 5) % 32]} {number}{edition}"
        made.append(Track(first + number, kind, title, list(artists.values()), home, number % PER_ALBUM + 1))
        home.tracks.append(made[-1])
    return made


class Documents:
    """The answers of the catalog at `base`."""

    def __init__(self, base: str) -> None:
        self.base = base

    def pictures(self, kind: str, number: int) -> dict:
        return {f"{kind}{size}": f"{self.base}/cover/{number}.jpg" for size in ("", "_small", "_medium", "_big", "_xl")}

    def artist(self, one: Artist, **more: object) -> dict:
        page = f"{self.base}/web/artist/{one.id}"
        return {
            "id": one.id, "name": one.name, "link": page, "share": f"{page}?from=share", **self.pictures("picture", one.id), "radio": True,
            "tracklist": f"{self.base}/artist/{one.id}/top?limit=50", **more, "type": "artist"}

    def brief_album(self, one: Album) -> dict:
        return {
            "id": one.id, "title": one.title, "link": f"{self.base}/web/album/{one.id}", **self.pictures("cover", one.id),
            "md5_image": hashlib.md5(str(one.id).encode()).hexdigest(), "release_date": one.date,
            "tracklist": f"{self.base}/album/{one.id}/tracks", "type": "album"}

    def row(self, track: Track) -> dict:
        """A track as lists have it."""
        page = f"{self.base}/web/track/{track.id}"
        return {
            "id": track.id, "readable": True, "title": track.title, "title_short": track.title.split(" (")[0], "isrc": track.isrc, "link": page,
            "duration": track.file["seconds"], "rank": 100_000 + track.id % 899_999, "explicit_lyrics": track.id % 7 == 0, "preview": "",
            "md5_image": hashlib.md5(str(track.album.id).encode()).hexdigest(), "artist": self.artist(track.artists[0]),
            "album": self.brief_album(track.album), "type": "track"}

    def track(self, track: Track) -> dict:
        credits = [self.artist(one, role="Featured" if index else "Main") for index, one in enumerate(track.artists)]
        return self.row(track) | {
            "share": f"{self.base}/web/track/{track.id}?from=share", "track_position": track.position, "disk_number": 1,
            "release_date": track.album.date, "bpm": track.bpm, "gain": -9.4, "available_countries": COUNTRIES, "contributors": credits,
            "track_token": hashlib.sha256(str(track.id).encode()).hexdigest()}

    def album(self, one: Album) -> dict:
        genres = [{"id": 100 + index, "name": name, "type": "genre"} for index, name in enumerate(one.genres)]
        return self.brief_album(one) | {
            "upc": one.upc, "share": f"{self.base}/web/album/{one.id}?from=share", "genre_id": 100 if genres else -1, "genres": {"data": genres},
            "label": one.label, "nb_tracks": len(one.tracks), "duration": sum(track.file["seconds"] for track in one.tracks), "fans": 1,
            "record_type": "compile" if one.is_compilation else "album", "available": True, "explicit_lyrics": False,
            "contributors": [self.artist(one.artist, role="Main")], "artist": self.artist(one.artist),
            "tracks": {"data": [self.row(track) for track in one.tracks]}}

    def album_tracks(self, one: Album) -> dict:
        rows = [self.row(track) | {"track_position": track.position, "disk_number": 1} for track in one.tracks]
        return {"data": [{name: value for name, value in row.items() if name != "album"} for row in rows], "total": len(rows)}

    def media(self, track: Track) -> dict:
        file = track.file
        return {"data": [{
            "format": track.kind, "quality": "flac", "url": f"{self.base}/wrapped/{track.id}", "bytes": file["bytes"], "sha256": file["sha256"],
            "clear_sha256": file["clear_sha256"], "expires_at": "2099-12-31T23:59:59Z", "cipher": {
                "scheme": "bf-cbc-stripe", "key_id": f"k{track.id}", "chunk_bytes": 2048, "every": 3, "iv_hex": file["iv"]}}]}

    def playlist(self, number: int, listed: list[Track]) -> dict:
        return {
            "id": number, "title": f"Bench {number} — ночь", "description": "", "duration": 0, "public": True, "nb_tracks": len(listed),
            "link": f"{self.base}/web/playlist/{number}", "tracklist": f"{self.base}/playlist/{number}/tracks",
            "creator": {"id": 9, "name": "bench", "type": "user"}, "type": "playlist"}

    def pages(self, number: int, listed: list[Track], size: int) -> dict[int, dict]:
        """The pages of a playlist, by the position at which each begins."""
        own, found = f"{self.base}/playlist/{number}/tracks", {}
        for start in range(0, len(listed), size):
            found[start] = {"data": [self.row(track) for track in listed[start:start + size]], "total": len(listed)}
            if start + size < len(listed):
                found[start]["next"] = f"{own}?limit={size}&index={start + size}"
        return found


def write(path: pathlib.Path, document: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")))


def publish(folder: pathlib.Path, base: str, lists: dict[int, list[Track]]) -> None:
    """Writes the documents of these playlists and of the tracks and albums in them."""
    documents = Documents(base)
    for number, listed in lists.items():
        write(folder / f"playlist/{number}.json", documents.playlist(number, listed))
        for size in PAGES:
            for start, page in documents.pages(number, listed, size).items():
                write(folder / f"playlist_tracks/{number}/{size}/{start}.json", page)
        for track in listed:
            write(folder / f"track/{track.id}.json", documents.track(track))
            write(folder / f"media/{track.id}.json", documents.media(track))
        for one in {track.album.id: track.album for track in listed}.values():
            write(folder / f"album/{one.id}.json", documents.album(one))
            write(folder / f"album_tracks/{one.id}.json", documents.album_tracks(one))
    write(folder / "no_data.json", {"error": {"type": "DataException", "message": "no data", "code": 800}})
