"""A server in the documented shape of Jellyfin, on a site of the test's own: a small library, with a user's token and an administrator's key."""

import hashlib
import re
import urllib.parse

import archive

TOKEN, KEY = "7f3c" * 8, "5e8d" * 8


def identifier(text):
    return hashlib.md5(text.encode()).hexdigest()


class Jellyfin:
    """`albums` of `size` songs each; the server names no transcoded address, and takes its token in the Authorization field alone."""

    def __init__(self, site, albums=2, size=3):
        self.site, self.user, self.files, self.refused = site, identifier("Ana Lopo"), {}, 0
        self.items, self.lyrics, self.favorites, self.lists = {}, {}, set(), {}
        for album in range(albums):
            self.add("MusicAlbum", f"Album {album}", AlbumArtist="The Band", ImageTags={"Primary": f"tag{album}"})
            for number in range(1, size + 1):
                self.song(album, number)
        self.add("MusicArtist", "The Band")
        self.site.find = self.find

    def add(self, kind, name, **members):
        id = identifier(f"{kind} {name}")
        self.items[id] = {"Id": id, "Type": kind, "Name": name, "ServerId": identifier("server"), "LocationType": "FileSystem", "ImageTags": {}, **members}
        return id

    def song(self, album, number, **members):
        kind = ["flac", "mp3", "ogg"][number % 3]
        id = self.add("Audio", f"Song {album}.{number}", **{
            "Album": f"Album {album}", "AlbumId": identifier(f"MusicAlbum Album {album}"), "AlbumPrimaryImageTag": f"tag{album}", "AlbumArtist": "The Band",
            "AlbumArtists": [{"Name": "The Band", "Id": identifier("MusicArtist The Band")}], "Artists": ["The Band", "A Guest"],
            "ArtistItems": [{"Name": "The Band", "Id": identifier("MusicArtist The Band")}], "IndexNumber": number, "ParentIndexNumber": 1, "Genres": ["Rock"],
            "PremiereDate": "2001-03-07T00:00:00.0000000Z", "ProductionYear": 2001, "RunTimeTicks": 3_000_000, "Container": kind, "CanDownload": True, "MediaType": "Audio",
            "MediaSources": [{"Id": "x", "Path": f"/media/{album}/{number}.{kind}", "Container": kind, "Size": 1, "Bitrate": 127_900, "MediaStreams": [
                {"Type": "Audio", "Codec": {"ogg": "vorbis"}.get(kind, kind), "Index": 0}]}], **members})
        self.files[id] = archive.audio(kind, 10 * album + number)
        return id

    def playlist(self, name, ids):
        list = self.add("Playlist", name)
        self.lists[list] = ids
        return list

    # Requests.

    def find(self, path):
        return self.answer

    def answer(self, request):
        path, _, query = request.path.partition("?")
        words = {name.lower(): value for name, value in urllib.parse.parse_qsl(query)}
        token = re.fullmatch(r'MediaBrowser (?:\w+="[^"]*", )*Token="(\w+)"', request.headers["Authorization"] or "")
        if not token or token[1] not in (TOKEN, KEY) or "apikey" in words:
            self.refused += 1
            return 401, {}, b""
        if path == "/Users/Me":
            return {"Id": self.user, "Name": "Ana Lopo"} if token[1] == TOKEN else (400, {}, b"")
        if path == "/Users":
            return [{"Id": identifier("other"), "Name": "Other"}, {"Id": self.user, "Name": "Ana Lopo"}] if token[1] == KEY else (403, {}, b"")
        if match := re.fullmatch(r"/Items/(\w{32})/Download", path):
            return (200, {"Content-Type": "audio/x", "Content-Disposition": 'attachment; filename="x"'}, self.files[match[1]]) if match[1] in self.files else (404, {}, b"")
        if match := re.fullmatch(r"/Items/(\w{32})/Images/Primary", path):
            return 200, {"Content-Type": "image/jpeg"}, archive.jpeg()
        if match := re.fullmatch(r"/Audio/(\w{32})/Lyrics", path):
            return {"Metadata": {}, "Lyrics": self.lyrics[match[1]]} if match[1] in self.lyrics else (404, {}, b"")
        if match := re.fullmatch(r"/Playlists/(\w{32})/Items", path):
            return self.page([self.items[id] for id in self.lists[match[1]]], words) if match[1] in self.lists and words.get("userid") == self.user else (404, {}, b"")
        if path in ("/Items", "/Artists"):
            return self.page(self.chosen(words | ({"includeitemtypes": "MusicArtist"} if path == "/Artists" else {})), words)
        return 404, {}, b""

    def chosen(self, words):
        found = [item for item in self.items.values() if item["Type"] in words.get("includeitemtypes", item["Type"]).split(",")]
        # What is no id is passed over, as the server does.
        if ids := [id for id in words.get("ids", "").split(",") if re.fullmatch(r"\w{32}", id)]:
            return [item for item in found if item["Id"] in ids]
        if parent := words.get("parentid"):
            found = [item for item in found if item.get("AlbumId") == parent]
        if artist := words.get("artistids"):
            found = [item for item in found if artist in [one["Id"] for one in item.get("ArtistItems", [])]]
        if "isfavorite" in words:
            found = [item for item in found if item["Id"] in self.favorites and words.get("userid") == self.user]
        if term := words.get("searchterm"):
            found = [item for item in found if term.lower() in item["Name"].lower()]
        # Pages of a list without an order may overlap.
        order = [name for name in words.get("sortby", "").split(",") if name]
        return sorted(found, key=lambda item: [str(item.get(name if name != "SortName" else "Name") or "") for name in order])

    def page(self, items, words):
        start, limit = int(words.get("startindex", 0)), int(words.get("limit", 100_000))
        told = {name.lower() for name in words.get("fields", "").split(",")}
        hidden = {"MediaSources", "Genres", "CanDownload"}
        return {"Items": [{name: value for name, value in item.items() if name not in hidden or name.lower() in told} for item in items[start:start + limit]],
                "TotalRecordCount": len(items), "StartIndex": start}
