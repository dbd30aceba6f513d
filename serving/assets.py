"""Serves static files: read once, compressed once, and cached by browsers until their content changes.

Style sheets are part of the pages, so that a browser can paint a page without another request.
"""

import base64
import gzip
import hashlib
import mimetypes
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

HERE = Path(__file__).resolve().parent
FOLDERS = (HERE / "static", HERE.parent / "reports" / "static")
FOR_EVER = "public, max-age=31536000, immutable"
"""A changed file has another address, so a cached file is never outdated."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file ready to send, plain and compressed. `version` is the beginning of its SHA-256."""

    kind: str
    plain: bytes
    compressed: bytes
    version: str


class Assets:
    """The files of some folders, by name.

    >>> Assets(FOLDERS).address("live.js").startswith("/static/live.js?v=")
    True
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        assets = {file.name: asset_of(file) for folder in folders for file in sorted(folder.iterdir())}
        self._files: Mapping[str, Asset] = assets

    def route(self) -> Route:
        """Returns the route of all files."""
        return Route("/static/{name}", self.file)

    def address(self, name: str) -> str:
        """Returns the address of a file in its current version. Raises KeyError for an unknown name."""
        return f"/static/{name}?v={self._files[name].version}"

    def sheet(self, name: str) -> Markup:
        """Returns the element that contains a style sheet. Raises KeyError for an unknown name."""
        return Markup(f"<style>{self._files[name].plain.decode()}</style>")  # our own file, not foreign text

    @property
    def style_hashes(self) -> str:
        """Returns the style sheets for a content policy: no other style is allowed in a page."""
        sheets = (asset for asset in self._files.values() if asset.kind == "text/css")
        digests = (base64.b64encode(hashlib.sha256(asset.plain).digest()).decode() for asset in sheets)
        return " ".join(f"'sha256-{digest}'" for digest in digests)

    def file(self, request: Request) -> Response:
        """Sends a file."""
        asset = self._files.get(request.path_params["name"])
        if asset is None:
            return Response(status_code=404)
        known = request.query_params.get("v") == asset.version
        headers = {"Vary": "Accept-Encoding", "Cache-Control": FOR_EVER if known else "no-cache"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(asset.compressed, media_type=asset.kind, headers=headers | {"Content-Encoding": "gzip"})
        return Response(asset.plain, media_type=asset.kind, headers=headers)


def asset_of(file: Path) -> Asset:
    """Reads a file."""
    plain = file.read_bytes()
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return Asset(kind, plain, gzip.compress(plain, mtime=0), hashlib.sha256(plain).hexdigest()[:12])


@lru_cache(maxsize=1)
def shipped() -> Assets:
    """Returns the files of the pages."""
    return Assets(FOLDERS)
