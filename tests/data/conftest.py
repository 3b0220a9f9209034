from __future__ import annotations

import gzip
import hashlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import platformdirs
import pytest

from autoencode.data import mnist
from autoencode.data.idx import encode_idx

# The table of variants is a package of this folder.
sys.path[:0] = [str(Path(__file__).parent)]


@dataclass
class TinyMnist:
    """Four small files that stand for those of MNIST, with their plain content by name."""

    content: dict[str, bytes]

    def write(self, folder: Path, *names: str, plain: bool = False) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for name in names or self.content:
            content = self.content[name]
            (folder / (name if plain else f"{name}.gz")).write_bytes(content if plain else gzip.compress(content))
        return folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty user cache, no variables set: nothing of the machine reaches the test. The folder of mnist in it."""
    for variable in ("AUTOENCODE_DATA", "AUTOENCODE_OFFLINE", "AUTOENCODE_MNIST_MIRRORS"):
        monkeypatch.delenv(variable, raising=False)
    for variable in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda project: tmp_path / "cache" / project)
    return tmp_path / "cache" / "autoencode" / "mnist"


@pytest.fixture
def tiny(cache: Path, monkeypatch: pytest.MonkeyPatch) -> TinyMnist:
    random = np.random.default_rng(7)
    arrays = []
    for count in (12, 5):
        arrays.append(random.integers(0, 256, (count, 28, 28)).astype(np.uint8))
        arrays.append((np.arange(count) % 10).astype(np.uint8))
    content = {file.name: encode_idx(array) for file, array in zip(mnist.MNIST_FILES, arrays, strict=True)}
    files = tuple(replace(file, md5=hashlib.md5(content[file.name]).hexdigest()) for file in mnist.MNIST_FILES)
    monkeypatch.setattr(mnist, "MNIST_FILES", files)
    return TinyMnist(content)


@dataclass
class Mirrors:
    """A server whose first path segment says how it behaves; `asked` lists the paths asked for."""

    address: str
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)

    def __call__(self, behaviour: str) -> str:
        return f"{self.address}/{behaviour}/"


def answer_good(request: BaseHTTPRequestHandler, body: bytes) -> None:
    send(request, body)


def answer_moved(request: BaseHTTPRequestHandler, body: bytes) -> None:
    request.send_response(302)
    request.send_header("Location", request.path.replace("/moved/", "/good/"))
    request.end_headers()


def answer_missing(request: BaseHTTPRequestHandler, body: bytes) -> None:
    request.send_error(404)


def answer_broken(request: BaseHTTPRequestHandler, body: bytes) -> None:
    request.send_error(503)


def answer_truncated(request: BaseHTTPRequestHandler, body: bytes) -> None:
    send(request, body[: len(body) // 2], length=len(body))


def answer_short(request: BaseHTTPRequestHandler, body: bytes) -> None:
    send(request, body[: len(body) // 2])


def answer_wrong(request: BaseHTTPRequestHandler, body: bytes) -> None:
    content = bytearray(gzip.decompress(body))
    content[-1] ^= 1
    send(request, gzip.compress(bytes(content)))


def answer_page(request: BaseHTTPRequestHandler, body: bytes) -> None:
    send(request, b"<html>please log in</html>")


def answer_empty(request: BaseHTTPRequestHandler, body: bytes) -> None:
    send(request, b"")


def answer_endless(request: BaseHTTPRequestHandler, body: bytes) -> None:
    request.send_response(200)
    request.end_headers()
    for _ in range(100_000):
        request.wfile.write(bytes(4096))


def answer_silent(request: BaseHTTPRequestHandler, body: bytes) -> None:
    request.server.mirrors.release.wait(20)  # type: ignore[attr-defined]


def answer_stalled(request: BaseHTTPRequestHandler, body: bytes) -> None:
    request.send_response(200)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body[: len(body) // 2])
    request.wfile.flush()
    request.server.mirrors.release.wait(20)  # type: ignore[attr-defined]


def answer_slow(request: BaseHTTPRequestHandler, body: bytes) -> None:
    time.sleep(0.2)
    send(request, body)


def answer_plain(request: BaseHTTPRequestHandler, body: bytes) -> None:
    send(request, gzip.decompress(body))


def answer_encoded(request: BaseHTTPRequestHandler, body: bytes) -> None:
    send(request, body, encoding="gzip")


def answer_recompressed(request: BaseHTTPRequestHandler, body: bytes) -> None:
    send(request, gzip.compress(gzip.decompress(body), compresslevel=1, mtime=1))


def send(request: BaseHTTPRequestHandler, body: bytes, length: int | None = None, encoding: str | None = None) -> None:
    request.send_response(200)
    request.send_header("Content-Length", str(len(body) if length is None else length))
    if encoding:
        request.send_header("Content-Encoding", encoding)
    request.end_headers()
    request.wfile.write(body)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        mirrors: Mirrors = self.server.mirrors  # type: ignore[attr-defined]
        mirrors.asked.append(self.path)
        _, behaviour, name = self.path.split("/")
        answer: Callable[[BaseHTTPRequestHandler, bytes], None] = globals()[f"answer_{behaviour}"]
        try:
            answer(self, mirrors.files[name])
        except ConnectionError:
            self.close_connection = True  # the client hung up, which some tests want

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def mirrors(cache: Path) -> Iterator[Mirrors]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.mirrors = Mirrors(f"http://127.0.0.1:{server.server_address[1]}")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server.mirrors  # type: ignore[attr-defined]
    server.mirrors.release.set()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def tiny_mirrors(tiny: TinyMnist, mirrors: Mirrors) -> Mirrors:
    """A server that has the four small files, gzipped."""
    mirrors.files = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in tiny.content.items()}
    return mirrors
