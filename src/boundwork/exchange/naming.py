"""Ids for what a project names: made from names and content alone, so that the same thing has the same id in every export of the project."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import uuid
from collections import Counter
from collections.abc import Collection, Mapping

_LONGEST = 60
_NAMESPACE = uuid.UUID("6f1a3c52-0f0b-5f6e-9c3f-6d0f7c1b2a44")
_GUID = re.compile(r"\{?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\}?\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]+")


def digest(*parts: str, size: int = 12) -> str:
    """Return the first hexadecimal digits of a SHA-256 over some texts.

    >>> digest("a", "b") == digest("ab")
    False
    """
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:size]


def text_hash(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def slug(name: str, kind: str) -> str:
    """Return a name as an id: lower-case letters and digits with hyphens; a name without any gets a digest.

    >>> slug("Größe & Alter", "code"), slug("Experts' talk", "code")
    ('grosse-alter', 'experts-talk')
    """
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss").replace("'", "").replace("’", "")).encode("ascii", "ignore").decode().lower()
    found = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST].strip("-")
    return found or f"{kind}-{digest(name, size=8)}"


def assign(wanted: Mapping[str, str], known: Mapping[str, str], taken: Collection[str] = ()) -> dict[str, str]:
    """Return key -> id: the known one where there is one, else the wanted one, with a digest of the key behind it where two want the same.

    The order of the keys does not matter. `taken` holds ids that nothing may get.

    >>> assign({"x": "talk", "y": "talk", "z": "walk"}, {"z": "w1"})
    {'z': 'w1', 'x': 'talk-2d7116', 'y': 'talk-a1fce4'}
    """
    found = {key: known[key] for key in wanted if key in known}
    used = {*taken, *known.values()}
    rest = {key: base for key, base in wanted.items() if key not in found}
    how_often = Counter(rest.values())
    for key, base in rest.items():
        name = base
        size = 6
        while name in used or (how_often[base] > 1 and name == base):
            name, size = f"{base}-{digest(key, size=size)}", size + 2
        used.add(name)
        found[key] = name
    return found


def plain(text: str) -> str:
    """Return a text on one line, as a cell of a table takes it: control characters become blanks, the ends are trimmed."""
    return _CONTROL.sub(" ", text).strip() if text else ""


def is_guid(text: str) -> bool:
    """True for a GUID, with or without braces."""
    return bool(_GUID.match(text))


def guid(*parts: str) -> str:
    """Return the GUID of a thing: its own where the last part is one, else one made of all parts.

    >>> guid("study", "code", "{0F0B5F6E-0000-4000-8000-000000000001}")
    '0f0b5f6e-0000-4000-8000-000000000001'
    """
    own = _GUID.match(parts[-1])
    return own[1].lower() if own else str(uuid.uuid5(_NAMESPACE, "\x1f".join(parts)))
