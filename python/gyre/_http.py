"""A connection to the server that is kept. One thread at a time."""

from __future__ import annotations

import http.client
import json
import os
import ssl
import urllib.parse
from pathlib import Path
from typing import Any, Dict, Optional, Union

from ._version import VERSION

TIMEOUT_S = 20.0
DEFAULT_SERVER = "http://127.0.0.1:7070"


class Away(Exception):
    """The server was not reached, or asks to come back later."""


class Refused(Exception):
    """The server said no, and would say so again."""

    def __init__(self, status: int, told: Any) -> None:
        self.status, self.told = status, told
        error = told.get("error") if isinstance(told, dict) else None
        if isinstance(error, dict):
            text = " ".join(str(error[part]) for part in ("what", "why", "fix") if error.get(part))
        else:
            text = str(told.get("message") if isinstance(told, dict) else told)[:500]
        super().__init__(f"{text} (HTTP {status})")


def server_of(told: Optional[str], environment: Optional[Dict[str, str]] = None) -> str:
    """Where runs are sent: what was told, GYRE_SERVER, MLFLOW_TRACKING_URI where that is a server, or the place where a server is by default."""
    known = dict(os.environ) if environment is None else environment
    url = told or known.get("GYRE_SERVER") or ""
    if not url and known.get("MLFLOW_TRACKING_URI", "").startswith(("http://", "https://")):
        url = known["MLFLOW_TRACKING_URI"]
    url = url or DEFAULT_SERVER
    if "://" not in url:
        url = "http://" + url
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is no address of a server; it looks like {DEFAULT_SERVER}")
    return url.rstrip("/")


class Client:
    def __init__(self, server: str, timeout_s: float = TIMEOUT_S) -> None:
        self.server = server
        self._parts = urllib.parse.urlsplit(server)
        self._timeout_s = timeout_s
        self._connection: Optional[http.client.HTTPConnection] = None

    def call(self, method: str, path: str, body: Union[bytes, Path, None] = None, headers: Optional[Dict[str, str]] = None) -> Any:
        """The JSON that the server answers with. A file's content is sent as it is."""
        for fresh in (False, True):
            reused = self._connection is not None and not fresh
            try:
                status, content = self._once(method, path, body, headers or {})
                break
            except (OSError, http.client.HTTPException) as error:
                self.close()
                if not reused:  # a kept connection may have been closed in the meantime
                    raise Away(f"{self.server}: {_said(error)}") from error
        try:
            told = json.loads(content) if content else None
        except ValueError:
            told = content[:500].decode("utf-8", "replace")
        if status >= 500 or status in (408, 425, 429):
            raise Away(f"{self.server}: {Refused(status, told)}")
        if status >= 300:
            raise Refused(status, told)
        return told

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _once(self, method: str, path: str, body: Union[bytes, Path, None], headers: Dict[str, str]) -> "tuple[int, bytes]":
        if self._connection is None:
            self._connection = self._connect()
        sent = {"User-Agent": f"gyre-python/{VERSION}", "Accept": "application/json", **self._authorization(), **headers}
        target = self._parts.path.rstrip("/") + path
        if isinstance(body, Path):
            with open(body, "rb") as file:
                sent["Content-Length"] = str(os.fstat(file.fileno()).st_size)
                self._connection.request(method, target, file, sent)
        else:
            self._connection.request(method, target, body, sent)
        reply = self._connection.getresponse()
        content = reply.read()
        if reply.will_close:
            self.close()
        return reply.status, content

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=self._timeout_s, context=ssl.create_default_context())
        return http.client.HTTPConnection(host, port, timeout=self._timeout_s)

    def _authorization(self) -> Dict[str, str]:
        token = os.environ.get("GYRE_TOKEN") or os.environ.get("MLFLOW_TRACKING_TOKEN")
        return {"Authorization": f"Bearer {token}"} if token else {}


def _said(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens there"
    if isinstance(error, TimeoutError):
        return "it does not answer"
    return str(error) or type(error).__name__
