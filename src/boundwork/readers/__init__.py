"""Other tools' projects in, one neutral record out: one module a format. Nothing here knows the model, a study or an engine."""

from __future__ import annotations

from boundwork.readers.detecting import FORMATS
from boundwork.readers.reading import read

__all__ = ["FORMATS", "read"]
