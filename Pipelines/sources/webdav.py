#!/usr/bin/env python3
"""The folders of a WebDAV server as a source.

webdav.py BASE: BASE is the address of the folder that is the top, such as https://cloud.example.org/remote.php/dav/files/ana/Music.
"""
import sys
import unicodedata
import xml.etree.ElementTree as XML
from urllib.parse import unquote, urljoin, urlsplit

sys.dont_write_bytecode = True  # an installation stays as it is
from folders import Folder, Tree, broken, digests, failure, get, is_path, size

DAV, OWNCLOUD = "{DAV:}", "{http://owncloud.org/ns}"
PROPERTIES = """<?xml version="1.0" encoding="utf-8"?>
<propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/><checksums xmlns="http://owncloud.org/ns"/></prop></propfind>"""


def parts(url):
    """The names in the path of a URL, each decoded once."""
    return [unquote(part, errors="strict") for part in urlsplit(url).path.removesuffix("/").split("/")]


def same(names):
    """The names in the form in which they are compared: some servers decompose accents."""
    return [unicodedata.normalize("NFC", name) for name in names]


def is_success(status):
    """Whether a line such as HTTP/1.1 200 OK says so; one that is not there does."""
    return status is None or status.split()[1:2] == ["200"]


class Server(Tree):
    def listed(self, path):
        url, where = self.link(path) + "/", path or "the top"
        answer = get(url, method="PROPFIND", depth=1, content=PROPERTIES, **{"as": "file"})
        if answer["status"] != 207:
            raise broken(f"{where} is not listed: the server answered {answer['status']}, as one without WebDAV")
        folders, files, own = [], {}, None
        try:
            for _, element in XML.iterparse(answer["file"]):
                if element.tag == DAV + "response":
                    name, (is_folder, about) = self.member(element, url, where), self.told(element)
                    if not name:
                        own = is_folder
                    elif is_folder:
                        folders.append(name)
                    else:
                        files[name] = about
                    element.clear()
        except (XML.ParseError, LookupError, ValueError) as error:
            raise broken(f"the listing of {where} is cut off, or is none: {error}") from None
        if own is None:
            raise broken(f"the listing of {where} does not name it")
        if not own:
            raise failure(f"{where} is not a folder")
        return Folder(path, folders, files)

    def member(self, element, url, where):
        """The name of what is directly in the folder; empty for the folder itself."""
        href = (element.findtext(DAV + "href") or "").strip()
        address, top = urlsplit(urljoin(url, href)), parts(url)
        if not href or address.hostname != urlsplit(url).hostname or address.query or address.fragment:
            raise broken(f"the listing of {where} names {href or 'nothing'}, which is no file or folder of this server")
        names = parts(address.geturl())
        if not is_success(element.findtext(DAV + "status")):
            raise broken(f"the listing of {where} leaves {href} open: {element.findtext(DAV + 'status')}")
        if same(names) == same(top):
            return ""
        if same(names[:-1]) != same(top) or "/" in names[-1] or not is_path(names[-1]):
            raise broken(f"the listing of {where} names {href}, which is not in it")
        return names[-1]

    @staticmethod
    def told(element):
        """Whether it is a folder, and the size and digests of a file."""
        known = [one for one in element.iterfind(DAV + "propstat") if is_success(one.findtext(DAV + "status"))]

        def each(path):
            return [found for one in known for found in one.iterfind(f"{DAV}prop/{path}")]

        sizes = [size((found.text or "").strip()) for found in each(f"{DAV}getcontentlength")]
        sums = [sum.split(":", 1) for found in each(f"{OWNCLOUD}checksums/{OWNCLOUD}checksum") for sum in (found.text or "").split() if ":" in sum]
        return bool(each(f"{DAV}resourcetype/{DAV}collection")), {"bytes": sizes[0] if sizes else None, "digests": digests(sums)}


if __name__ == "__main__":
    Server(sys.argv[1]).serve()
