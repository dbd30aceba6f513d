"""A code host's comments in tests: a real HTTP server that lists, adds and changes them, as GitHub and GitLab do."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.services.outside.server_thread import answering

GITHUB = "/repos/shop/features/issues"
GITLAB = "/projects/7/merge_requests/3/notes"
LISTS = (f"{GITHUB}/12/comments", GITLAB)


@dataclass(slots=True)
class CodeHost:
    """The comments of one pull request; requests without `token` are refused."""

    token: str
    url: str = ""
    comments: list[dict[str, Any]] = field(default_factory=list)

    def github(self) -> dict[str, str]:
        """Returns the environment variables of a GitHub job."""
        return {
            "GITHUB_API_URL": self.url,
            "GITHUB_REPOSITORY": "shop/features",
            "GH_TOKEN": self.token,
            "NUMBER": "12",
        }

    def gitlab(self) -> dict[str, str]:
        """Returns the environment variables of a GitLab job."""
        return {
            "CI_API_V4_URL": self.url,
            "CI_MERGE_REQUEST_PROJECT_ID": "7",
            "CI_MERGE_REQUEST_IID": "3",
            "COMMENT_TOKEN": self.token,
        }

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Returns status and JSON of a request, in the format of both hosts."""
        parts = urlsplit(path)
        if method == "GET" and parts.path in LISTS:
            return 200, self._page(parse_qs(parts.query))
        if method == "POST" and parts.path in LISTS:
            self.comments.append({"id": len(self.comments) + 1, "body": body["body"]})
            return 201, self.comments[-1]
        changed = re.fullmatch(rf"(?:{GITHUB}/comments|{GITLAB})/(\d+)", parts.path)
        if changed and method == ("PATCH" if parts.path.startswith(GITHUB) else "PUT"):
            self.comments[int(changed[1]) - 1]["body"] = body["body"]
            return 200, self.comments[int(changed[1]) - 1]
        return 404, {"message": "Not Found"}

    def _page(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        size, page = (int(query[name][0]) for name in ("per_page", "page"))
        return self.comments[size * (page - 1) : size * page]


@contextmanager
def code_host(token: str = "t0ken") -> Iterator[CodeHost]:
    """Yields a host without comments."""
    host = CodeHost(token)
    with answering(ThreadingHTTPServer(("127.0.0.1", 0), partial(_CodeHostRequest, host))) as port:
        host.url = f"http://127.0.0.1:{port}"
        yield host


class _CodeHostRequest(BaseHTTPRequestHandler):
    def __init__(self, host: CodeHost, *arguments: Any) -> None:
        self.host = host
        super().__init__(*arguments)

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        shown = self.headers.get("PRIVATE-TOKEN") or (self.headers.get("Authorization") or "")[len("Bearer ") :]
        code, answer = self.host.answer(self.command, self.path, body) if shown == self.host.token else (401, {})
        payload = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def do_POST(self) -> None:
        self.do_GET()

    def do_PATCH(self) -> None:
        self.do_GET()

    def do_PUT(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        """Prints nothing."""
