"""A server on this machine that speaks as much of S3 as is used."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree


class Bucket(BaseHTTPRequestHandler):
    """Put, get, list, delete many. `seen` keeps every request's path and signature."""

    files: dict[str, bytes]
    seen: list[tuple[str, str]]

    def do_PUT(self) -> None:
        self.files[self._key()] = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200)

    def do_GET(self) -> None:
        if "list-type" in parse_qs(urlsplit(self.path).query):
            entry = (
                "<Contents><Key>{}</Key><LastModified>2026-05-01T12:00:00.000Z</LastModified><Size>{}</Size></Contents>"
            )
            listed = "".join(entry.format(key, len(data)) for key, data in sorted(self.files.items()))
            self._answer(200, f"<ListBucketResult><IsTruncated>false</IsTruncated>{listed}</ListBucketResult>".encode())
        elif (data := self.files.get(self._key())) is not None:
            self._answer(200, data)
        else:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def do_POST(self) -> None:
        wanted = ElementTree.fromstring(self.rfile.read(int(self.headers["Content-Length"])))  # noqa: S314 -- our own
        keys = [element.text or "" for element in wanted.iter() if element.tag.endswith("Key")]
        for key in keys:
            self.files.pop(key, None)
        gone = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        self._answer(200, f"<DeleteResult>{gone}</DeleteResult>".encode())

    def _key(self) -> str:
        return urlsplit(self.path).path.removeprefix("/bucket/")

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.seen.append((self.path, self.headers.get("Authorization", "")))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"1"')
        self.send_header("Last-Modified", "Fri, 01 May 2026 12:00:00 GMT")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
