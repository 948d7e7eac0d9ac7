"""Real audio: every track is an encode of its own, so that a swapped file is noticed."""

import hashlib
import pathlib
import random
import subprocess
from dataclasses import dataclass
from multiprocessing.pool import Pool

from Crypto.Cipher import Blowfish

SAMPLES = pathlib.Path("/usr/share/sonic-pi/samples")
MUSIC = pathlib.Path("/usr/share/games/asc/music")
CHUNK, EVERY = 2048, 3
OLD_TITLE = "title of the source"
RAW = ["--force-raw-format", "--endian=little", "--sign=signed"]


def call(*command: object, stdin: bytes | None = None) -> bytes:
    return subprocess.run(list(map(str, command)), input=stdin, capture_output=True, check=True).stdout


@dataclass
class StreamInfo:
    """A FLAC file's own description; `samples` are of one channel, `md5` is of the decoded audio."""

    rate: int
    channels: int
    bits: int
    samples: int
    md5: str


def stream_info(data: bytes) -> StreamInfo:
    packed = int.from_bytes(data[18:26], "big")
    return StreamInfo(packed >> 44, (packed >> 41 & 7) + 1, (packed >> 36 & 31) + 1, packed & (1 << 36) - 1, data[26:42].hex())


def essence(data: bytes, kind: str) -> str:
    """SHA-256 of the audio alone, without tags, pictures and padding."""
    view = memoryview(data)
    if kind == "flac":
        start, last = 4, False
        while not last:
            last = bool(view[start] & 0x80)
            start += 4 + int.from_bytes(view[start + 1:start + 4], "big")
        return hashlib.sha256(view[start:]).hexdigest()
    start, end = 0, len(view)
    while view[start:start + 3] == b"ID3":
        size = 0
        for byte in view[start + 6:start + 10]:
            size = size << 7 | byte
        start += 10 + size
    if view[end - 128:end - 125] == b"TAG":
        end -= 128
    return hashlib.sha256(view[start:end]).hexdigest()


def encode_short(job: tuple[pathlib.Path, int, pathlib.Path]) -> None:
    source, skipped, target = job
    call("flac", "-s", "-f", "-5", f"--skip={skipped}", "-o", target, source)


def short_tracks(targets: list[pathlib.Path], pool: Pool) -> None:
    """FLAC in the sizes of the samples, 60 KB in the median; each copy of a sample begins a little later than the one before."""
    sources = sorted(SAMPLES.glob("*.flac"))
    infos = [stream_info(source.read_bytes()) for source in sources]
    rounds = len(targets) // len(sources) + 1
    jobs = []
    for number, target in enumerate(targets):
        copy, index = divmod(number, len(sources))
        jobs.append((sources[index], copy * max(1, min(32, infos[index].samples // (4 * rounds))), target))
    pool.map(encode_short, jobs, chunksize=8)


def encode_long(job: tuple[pathlib.Path, int, int, pathlib.Path]) -> None:
    audio, start, frames, target = job
    whole = audio.stat().st_size // 4
    with audio.open("rb") as file:
        file.seek(start % whole * 4)
        data = file.read(frames * 4)
        while len(data) < frames * 4:
            file.seek(0)
            data += file.read(frames * 4 - len(data))
    call("flac", "-s", "-f", "-5", *RAW, "--channels=2", "--bps=16", "--sample-rate=44100", "-T", f"TITLE={OLD_TITLE}", "-o", target, "-", stdin=data)


def long_tracks(targets: list[pathlib.Path], size: int, folder: pathlib.Path, pool: Pool) -> None:
    """FLAC of about `size` bytes: all samples joined, each track from a different start."""
    sources = [p for p in sorted(SAMPLES.glob("*.flac")) if (i := stream_info(p.read_bytes())) and (i.rate, i.channels, i.bits) == (44100, 2, 16)]
    audio = folder / "audio"
    audio.write_bytes(b"".join(pool.map(decoded, sources)))
    ratio = sum(source.stat().st_size for source in sources) / audio.stat().st_size
    frames, whole, chance = int(size / ratio / 4), audio.stat().st_size // 4, random.Random(1)
    pool.map(encode_long, [
        (audio, whole * number // len(targets) + 7 * number, int(frames * chance.uniform(0.8, 1.2)), target)
        for number, target in enumerate(targets)], chunksize=1)
    audio.unlink()


def decoded(source: pathlib.Path) -> bytes:
    return call("flac", "-s", "-d", "-c", *RAW, source)


def cut(job: tuple[pathlib.Path, float, pathlib.Path]) -> None:
    source, start, folder = job
    folder.mkdir()
    call("ffmpeg", "-v", "error", "-ss", f"{start:.3f}", "-i", source, "-map", "0:a", "-c", "copy", "-map_metadata", "-1", "-f", "segment",
        "-segment_time", "4", "-segment_format", "mp3", folder / "%05d.mp3")


def mp3_tracks(targets: list[pathlib.Path], folder: pathlib.Path, pool: Pool) -> None:
    """MP3 of four seconds, cut from the music; each pass over it begins a little later."""
    sources = sorted(MUSIC.glob("*.mp3"))
    pieces: list[pathlib.Path] = []
    seen: set[str] = set()
    turn = 0
    while len(pieces) < len(targets):
        jobs = [(source, 0.37 * turn, folder / f"cut-{turn}-{index}") for index, source in enumerate(sources)]
        pool.map(cut, jobs, chunksize=1)
        for piece in sorted(p for job in jobs for p in job[2].iterdir()):
            audio = essence(piece.read_bytes(), "mp3")
            if piece.stat().st_size > 20_000 and audio not in seen:
                seen.add(audio)
                pieces.append(piece)
        turn += 1
    for piece, target in zip(pieces, targets):
        piece.rename(target)


def picture(album: int, source: bytes) -> bytes:
    """The cover of one album: the same picture for all, with the album's number in a comment."""
    note = f"album {album}".encode()
    return source[:2] + b"\xff\xfe" + (len(note) + 2).to_bytes(2, "big") + note + source[2:]


def drawn(folder: pathlib.Path) -> bytes:
    """A JPEG of 600 x 600, about 78 KB."""
    target = folder / "cover.jpg"
    call("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "mandelbrot=size=600x600:rate=1", "-frames:v", "1", "-q:v", "4", target)
    return target.read_bytes()


def wrapped(clear: bytes, key: bytes, iv: bytes) -> bytes:
    """Encrypts every third chunk in the simplest way, with a cipher object for each."""
    result = bytearray(clear)
    for start in range(0, len(clear) - CHUNK + 1, CHUNK * EVERY):
        result[start:start + CHUNK] = Blowfish.new(key, Blowfish.MODE_CBC, iv).encrypt(clear[start:start + CHUNK])
    return bytes(result)
