"""Archives as stores send them, and as nobody should: each is made by a function of its path and some audio."""

import io
import os
import struct
import subprocess
import tarfile
import zipfile
import zlib

SECRET = b"nobody may read this"


def store(path, files, method=zipfile.ZIP_STORED):
    """A ZIP of names (text, or a ZipInfo) and bytes."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)


def tar(path, members, mode="w"):
    """A TAR of TarInfo and bytes."""
    with tarfile.open(path, mode, format=tarfile.GNU_FORMAT) as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def member(name, kind=tarfile.REGTYPE, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def linked(name, mode=0o120777):
    """An entry of a ZIP that is a symbolic link, as Info-ZIP writes it."""
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, mode << 16
    return info


def raw(path, entries):
    """A ZIP whose names are bytes, with no word on how they are encoded."""
    body, directory = b"", b""
    for name, content in entries:
        head = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 0x21, zlib.crc32(content), len(content), len(content), len(name), 0)
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + head + struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + name
        body += b"PK\x03\x04" + head + name + content
    end = struct.pack("<HHHHIIH", 0, 0, len(entries), len(entries), len(directory), len(body), 0)
    path.write_bytes(body + directory + b"PK\x05\x06" + end)


def patched(path, change):
    path.write_bytes(bytes(change(bytearray(path.read_bytes()))))


def seven(path, files, *options):
    """An archive of 7-Zip's own, made of names and bytes."""
    folder = path.parent / f"for-{path.name}"
    folder.mkdir()
    for name, content in files:
        (folder / name).write_bytes(content)
    subprocess.run(["7zz", "a", "-y", "-bd", *options, path, "."], cwd=folder, check=True, capture_output=True)


def overlapping(path, count):
    """Many entries with one body, which is deflated zeros."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = bytes(20_000_000)
    content = packer.compress(zeros) + packer.flush()
    head = struct.pack("<HHHHHIII", 20, 0, 8, 0, 0x21, zlib.crc32(zeros), len(content), len(zeros))
    body = b"PK\x03\x04" + head + struct.pack("<HH", 5, 0) + b"0.mp3" + content
    directory = b""
    for number in range(count):
        name = f"{number % 10}.mp3".encode()
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + head + struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, 0) + name
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), 0)
    path.write_bytes(body + directory + b"PK\x05\x06" + end)


def encrypted_flag(data):
    """Sets the flag of encryption in all headers."""
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := data.find(sign, at + 1)) >= 0:
            data[at + place] |= 1
    return data


def compressed(path, tool, content):
    path.write_bytes(subprocess.run([tool, "-c"], input=content, capture_output=True, check=True).stdout)


def tar_bytes(members):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def bomb_in(tool, name):
    def make(path, audio):
        compressed(path, tool, tar_bytes([(member("a.flac"), audio), (member(name), bytes(60_000_000))]))
    return make


def zipped(name):
    return lambda path, audio: store(path, [("a.flac", audio), (name, audio)])


def tarred(name, kind=tarfile.REGTYPE, target=""):
    return lambda path, audio: tar(path, [(member("a.flac"), audio), (member(name, kind, target), b"" if kind != tarfile.REGTYPE else audio)])


def whole(path, audio):
    store(path, [("a.flac", audio), ("b.flac", audio[::-1])])


def cut(share):
    def make(path, audio):
        whole(path, audio)
        patched(path, lambda data: data[:int(len(data) * share)])
    return make


def cut_tar(tool, share):
    def make(path, audio):
        compressed(path, tool, tar_bytes([(member("a.flac"), audio), (member("b.flac"), audio)]))
        patched(path, lambda data: data[:int(len(data) * share)])
    return make


def flipped(path, audio):
    """One byte of the first entry differs from its checksum."""
    whole(path, audio)
    patched(path, lambda data: data[:200] + bytes([data[200] ^ 1]) + data[201:])


def cut_seven(path, audio):
    seven(path, [("a.flac", audio)])
    patched(path, lambda data: data[:len(data) // 2])


# The ending, what makes it, the code that it is refused with, and words of the reason.
HOSTILE = {
    "up": (".zip", zipped("../out.flac"), "bad_archive", "leads out of its folder"),
    "up from within": (".zip", zipped("a/b/../../../out.flac"), "bad_archive", "leads out of its folder"),
    "up, with backslashes": (".zip", zipped("..\\..\\out.flac"), "bad_archive", "leads out of its folder"),
    "far up": (".zip", zipped("../" * 40 + "tmp/out.flac"), "bad_archive", "leads out of its folder"),
    "up without audio": (".zip", zipped("../../.bashrc"), "bad_archive", "leads out of its folder"),
    "absolute": (".zip", zipped("/tmp/out.flac"), "bad_archive", "absolute path"),
    "absolute, doubly": (".zip", zipped("//tmp/out.flac"), "bad_archive", "absolute path"),
    "a drive": (".zip", zipped("C:/out.flac"), "bad_archive", "absolute path"),
    "a drive, with a backslash": (".zip", zipped("C:\\out.flac"), "bad_archive", "absolute path"),
    "up in a tar": (".tar", tarred("../out.flac"), "bad_archive", "leads out of its folder"),
    "absolute in a tar": (".tar", tarred("/tmp/out.flac"), "bad_archive", "absolute path"),
    "a link in a ZIP": (".zip", lambda path, audio: store(path, [("a.flac", audio), (linked("b.flac"), "/etc/passwd")]), "bad_archive", "a link"),
    "a link to a folder": (".zip", lambda path, audio: store(path, [(linked("d"), "/tmp"), ("d/out.flac", audio)]), "bad_archive", "a link"),
    "a symbolic link": (".tar", tarred("b.flac", tarfile.SYMTYPE, "/etc/passwd"), "bad_archive", "a link"),
    "a symbolic link upwards": (".tar", tarred("b.flac", tarfile.SYMTYPE, "../../secret.flac"), "bad_archive", "a link"),
    "a hard link": (".tar", tarred("b.flac", tarfile.LNKTYPE, "/etc/passwd"), "bad_archive", "a link"),
    "a hard link within": (".tar", tarred("b.flac", tarfile.LNKTYPE, "a.flac"), "bad_archive", "a link"),
    "a pipe": (".tar", tarred("b.flac", tarfile.FIFOTYPE), "bad_archive", "neither a file nor a folder"),
    "a device": (".tar", tarred("b.flac", tarfile.CHRTYPE), "bad_archive", "neither a file nor a folder"),
    "a disk": (".tar", tarred("b.flac", tarfile.BLKTYPE), "bad_archive", "neither a file nor a folder"),
    "zeros": (".zip", lambda path, audio: store(path, [("a.flac", bytes(50_000_000))], zipfile.ZIP_DEFLATED), "too_large", "a bomb"),
    "zeros that are no audio": (".zip", lambda path, audio: store(path, [("a.flac", audio), ("x.bin", bytes(150_000_000))], zipfile.ZIP_DEFLATED), "too_large", "a bomb"),
    "zeros that are a picture": (".zip", lambda path, audio: store(path, [("cover.jpg", bytes(50_000_000))], zipfile.ZIP_DEFLATED), "too_large", "a bomb"),
    "one body, many times": (".zip", lambda path, audio: overlapping(path, 500), "too_large", "a bomb"),
    "zeros in gzip": (".tar.gz", bomb_in("gzip", "b.flac"), "too_large", "a bomb"),
    "zeros in xz": (".tar.xz", bomb_in("xz", "b.bin"), "too_large", "a bomb"),
    "zeros in zstd": (".tar.zst", bomb_in("zstd", "b.bin"), "too_large", "a bomb"),
    "zeros in bzip2": (".tar.bz2", bomb_in("bzip2", "b.flac"), "too_large", "a bomb"),
    "many entries": (".zip", lambda path, audio: store(path, [(f"{n}.txt", b"") for n in range(10_001)]), "too_large", "more than 10000 files"),
    "many entries of a tar": (".tar.gz", lambda path, audio: tar(path, [(member(f"{n}.txt"), b"") for n in range(10_001)], "w:gz"), "too_large", "more than 10000 files"),
    "a password": (".zip", lambda path, audio: seven(path, [("a.flac", audio)], "-psecret"), "encrypted", "password"),
    "a password with AES": (".zip", lambda path, audio: seven(path, [("a.flac", audio)], "-psecret", "-mem=AES256"), "encrypted", "password"),
    "a password on one of two": (".zip", lambda path, audio: (whole(path, audio), patched(path, encrypted_flag)), "encrypted", "password"),
    "a password in 7z": (".7z", lambda path, audio: seven(path, [("a.flac", audio)], "-psecret"), "encrypted", "password"),
    "a password on the names of a 7z": (".7z", lambda path, audio: seven(path, [("a.flac", audio)], "-psecret", "-mhe=on"), "encrypted", "password"),
    "half": (".zip", cut(0.5), "bad_archive", "no whole ZIP, TAR or 7z"),
    "all but the end": (".zip", cut(0.98), "bad_archive", ""),
    "half of a 7z": (".7z", cut_seven, "bad_archive", ""),
    "half of a gzip": (".tar.gz", cut_tar("gzip", 0.5), "bad_archive", ""),
    "half of an xz": (".tar.xz", cut_tar("xz", 0.5), "bad_archive", ""),
    "half of a tar": (".tar", lambda path, audio: path.write_bytes(tar_bytes([(member("a.flac"), audio)])[:len(audio) // 2]), "bad_archive", ""),
    "a wrong checksum": (".zip", flipped, "bad_archive", "CRC"),
    "nothing": (".zip", lambda path, audio: path.write_bytes(b""), "bad_archive", "no whole ZIP, TAR or 7z"),
    "an empty ZIP": (".zip", lambda path, audio: store(path, []), "bad_archive", "no whole ZIP, TAR or 7z"),
    "a page": (".zip", lambda path, audio: path.write_bytes(b"<!doctype html><p>Log in to go on</p>" * 40), "bad_archive", "no whole ZIP, TAR or 7z"),
    "noise": (".7z", lambda path, audio: path.write_bytes(os.urandom(50_000)), "bad_archive", "no whole ZIP, TAR or 7z"),
    "an archive in it": (".zip", lambda path, audio: (whole(path.with_suffix(".in"), audio), store(path, [("b.zip", path.with_suffix(".in").read_bytes())])), "no_audio", "an archive in an archive"),
    "a RAR": (".zip", lambda path, audio: path.write_bytes(b"Rar!\x1a\x07\x01\x00" + os.urandom(1000)), "bad_archive", "no whole ZIP, TAR or 7z"),
    "only what systems leave": (".zip", lambda path, audio: store(path, [("__MACOSX/._a.flac", audio), ("._b.flac", audio), (".DS_Store", b"x")]), "no_audio", "has no audio"),
}
