"""Which server is meant, and with which credentials: an address or a name from endpoints.toml in, an Endpoint out.

Credentials come from the environment alone, go to the endpoint that the user names, and are never shown.
"""

from __future__ import annotations

import base64
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from boundwork.errors import InputError, UsageError, did_you_mean
from boundwork.project import config_root
from boundwork.stores.remote_http import check_address, is_loopback, shown

SECONDS = 60.0
"""Total time for one question, retries and pages included, where nothing else is said."""
MAX_AGE = 3600.0
"""Seconds that an answer in the cache counts as fresh; 0 for a server on this machine, which is likely to be the user's own."""
PAGE = 10_000
"""Rows of a page where an endpoint cuts its answers short."""
_KEYS = {"url", "graph-store", "timeout", "max-age", "page"}
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_PREFIX = "BOUNDWORK_ENDPOINT"


@dataclass(frozen=True)
class Endpoint:
    """A SPARQL endpoint; `secret` holds the headers with credentials and is left out when the object is printed."""

    url: str
    name: str = ""
    graph_store: str = ""
    timeout: float = SECONDS
    max_age: float = MAX_AGE
    page: int = PAGE
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    secret: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def shown(self) -> str:
        """The address without anything that may be secret."""
        return shown(self.url)

    @property
    def host(self) -> str:
        """The host alone."""
        return str(urlsplit(self.url).hostname)

    @property
    def has_credentials(self) -> bool:
        """True when something secret would be sent."""
        return bool(self.user or self.secret)

    @property
    def headers(self) -> dict[str, str]:
        """The secret headers, basic authentication among them; a header from the environment wins over user and password."""
        return {**({"Authorization": basic(self.user, self.password)} if self.user else {}), **self.secret}


def basic(user: str, password: str) -> str:
    """Return the value of an Authorization header for a user and a password."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def find_endpoint(name: str, env: Mapping[str, str] | None = None, folder: Path | None = None, credentials: bool = True) -> Endpoint:
    """Return the endpoint of an address, or of a name in endpoints.toml.

    Credentials of an address stand in BOUNDWORK_ENDPOINT_USER, _PASSWORD and _HEADERS (a line each, `Name: value`); those of a named
    endpoint in variables that hold its name, such as BOUNDWORK_ENDPOINT_MY_STORE_USER for my-store. `credentials` False takes those of
    names only. Errors: UsageError for an unknown name, an address that is none, or credentials that would travel unencrypted.
    """
    env = os.environ if env is None else env
    if "/" in name or ":" in name:
        check_address(name)
        known = next((n for n, table in _tables(folder).items() if table.get("url") == name), "")
        if not known:
            mine = is_loopback(str(urlsplit(name).hostname))
            return _guarded(Endpoint(name, max_age=0.0 if mine else MAX_AGE, **(_credentials(_PREFIX, env) if credentials else {})))
        name = known
    tables = _tables(folder)
    if name not in tables:
        raise UsageError(f"There is no endpoint '{name}' in {_file(folder)}.",
                         did_you_mean(name, tables) or (f"It names: {', '.join(tables)}." if tables else "Give an address, such as https://example.org/sparql."))
    return _guarded(_read(name, tables[name], env, _file(folder)))


def endpoint_names(folder: Path | None = None) -> dict[str, str]:
    """Return name -> address (as it may be shown) of every endpoint in endpoints.toml."""
    return {name: shown(str(table.get("url", ""))) for name, table in _tables(folder).items()}


def _file(folder: Path | None) -> Path:
    return (folder or config_root()) / "endpoints.toml"


def _tables(folder: Path | None) -> dict[str, dict[str, Any]]:
    path = _file(folder)
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not valid TOML: {error}.") from None
    for name, table in tree.items():
        if not isinstance(table, dict) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
            raise InputError(f"{path}: '{name}' must be a table, such as [wikidata], named with letters, digits, - and _.")
    return tree


def _read(name: str, table: dict[str, Any], env: Mapping[str, str], path: Path) -> Endpoint:
    for key in table:
        if key not in _KEYS:
            secret = "Credentials do not belong into the file: see the how-to on remote endpoints." if re.search("pass|user|token|header|auth", key) else ""
            raise InputError(f"{path}: [{name}] has an unknown key '{key}'.", secret or did_you_mean(key, _KEYS) or f"Known: {', '.join(sorted(_KEYS))}.")
    url = table.get("url")
    if not isinstance(url, str):
        raise InputError(f"{path}: [{name}] needs url = \"https://...\".")
    store = table.get("graph-store", "")
    for address in filter(None, (url, store)):
        try:
            check_address(str(address))
        except UsageError as error:
            raise InputError(f"{path}: [{name}]: {error.message}", error.hint) from None
    numbers = {"timeout": SECONDS, "max-age": 0.0 if is_loopback(str(urlsplit(url).hostname)) else MAX_AGE, "page": PAGE}
    for key, usual in list(numbers.items()):
        value = table.get(key, usual)
        if isinstance(value, bool) or not isinstance(value, int | float) or not (0 <= value <= 1e9) or (key != "max-age" and value < 1):
            raise InputError(f"{path}: [{name}] {key} must be a number{' of seconds' if key != 'page' else ' of rows'}.")
        numbers[key] = value
    prefix = f"{_PREFIX}_{re.sub('[^A-Z0-9]', '_', name.upper())}"
    return Endpoint(url, name, str(store), float(numbers["timeout"]), float(numbers["max-age"]), int(numbers["page"]), **_credentials(prefix, env))


def _credentials(prefix: str, env: Mapping[str, str]) -> dict[str, Any]:
    user, password = env.get(f"{prefix}_USER", ""), env.get(f"{prefix}_PASSWORD", "")
    if password and not user:
        raise UsageError(f"{prefix}_PASSWORD is set and {prefix}_USER is not.", "Set both, or neither.")
    if ":" in user or re.search(r"[\x00-\x1f\x7f]", user + password):
        raise UsageError(f"{prefix}_USER or {prefix}_PASSWORD holds a character that cannot be sent.")
    secret = {}
    for line in filter(None, map(str.strip, env.get(f"{prefix}_HEADERS", "").splitlines())):
        key, colon, value = line.partition(":")
        if not colon or not _HEADER.match(key) or re.search(r"[^\x20-\x7e]", value):
            raise UsageError(f"{prefix}_HEADERS must hold lines of the form Name: value.")
        if key.lower() in ("host", "content-length", "transfer-encoding", "connection"):
            raise UsageError(f"{prefix}_HEADERS may not set {key}.")
        secret[key] = value.strip()
    return {"user": user, "password": password, "secret": secret}


def _guarded(endpoint: Endpoint) -> Endpoint:
    for address in filter(None, (endpoint.url, endpoint.graph_store)):
        parts = urlsplit(address)
        if endpoint.has_credentials and parts.scheme == "http" and not is_loopback(str(parts.hostname)):
            raise UsageError(f"Credentials would go to {parts.hostname} unencrypted, for anybody on the way to read.", "Use its https:// address.")
    return endpoint


__all__ = ["Endpoint", "basic", "endpoint_names", "find_endpoint"]
