"""Refusals of a file as one clear sentence and a hint; the words may come from a file or a library, so their ends are mended here."""

from __future__ import annotations

from boundwork.errors import InputError
from boundwork.wording import sentence


def unreadable(message: str, hint: str = "") -> InputError:
    """Return the error that a file cannot be read.

    >>> str(unreadable("p.qdpx is damaged", "Export it again"))
    'p.qdpx is damaged. Export it again.'
    """
    return InputError(sentence(message), sentence(hint) if hint else "")
