"""Bytes of unknown encoding in, text and the encoding's name out. Nothing is guessed beyond UTF-8, UTF-16 and Windows-1252."""

from __future__ import annotations

import codecs


def decoded(data: bytes) -> tuple[str, str]:
    r"""Return a text without its byte order mark, and the encoding that it was read in.

    UTF-8 and UTF-16 by their marks, UTF-16 without a mark by its zeros, then UTF-8, then Windows-1252 (what older programs on Windows
    write), and what even that lacks as U+FFFD.

    >>> decoded("\ufeffé".encode()), decoded("é".encode("utf-16")), decoded("é".encode("cp1252"))
    (('é', 'UTF-8'), ('é', 'UTF-16'), ('é', 'Windows-1252'))
    """
    if data.startswith(codecs.BOM_UTF8):
        data = data[3:]
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace"), "UTF-16"
    elif len(data) >= 4 and not any(data[1:200:2]) and all(data[0:200:2]):
        return data.decode("utf-16-le", "replace"), "UTF-16"
    elif len(data) >= 4 and not any(data[0:200:2]) and all(data[1:200:2]):
        return data.decode("utf-16-be", "replace"), "UTF-16"
    try:
        return data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), "Windows-1252"
