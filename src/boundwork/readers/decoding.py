"""Bytes of unknown encoding in, text and the encoding's name out. Nothing is guessed beyond UTF-8, UTF-16 and Windows-1252."""

from __future__ import annotations

import codecs


def decoded(data: bytes, whole: bool = True) -> tuple[str, str]:
    r"""Return a text without its byte order mark, and the encoding that it was read in.

    UTF-8 and UTF-16 by their marks, UTF-16 without a mark by its zeros, then UTF-8, then Windows-1252 (what older programs on Windows
    write), and what even that lacks as U+FFFD. Where the data is not the `whole`, a last character that is cut off is left out.

    >>> decoded("\ufeffé".encode()), decoded("é".encode("utf-16")), decoded("é".encode("cp1252"))
    (('é', 'UTF-8'), ('é', 'UTF-16'), ('é', 'Windows-1252'))
    """
    head = data[:200]
    low, high = head[::2], head[1::2]
    if data.startswith(codecs.BOM_UTF8):
        data = data[3:]
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace"), "UTF-16"
    elif len(data) >= 4 and all(low) and not any(high):
        return data.decode("utf-16-le", "replace"), "UTF-16"
    elif len(data) >= 4 and all(high) and not any(low):
        return data.decode("utf-16-be", "replace"), "UTF-16"
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(data, whole), "UTF-8"
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), "Windows-1252"
