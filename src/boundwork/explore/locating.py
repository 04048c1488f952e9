"""Where some words stand in a text: places as extracts.csv takes them. The words may differ in quotes, dashes, white space and case."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from boundwork.errors import InputError, UsageError
from boundwork.explore.resolving import read_source, records, shipped_text
from boundwork.tables.reader import read_table
from boundwork.tables.schema import TABLES, TableSpec

_SAME = str.maketrans({**dict.fromkeys("‘’‚‛′´`ʼ", "'"), **dict.fromkeys("“”„‟″«»", '"'), **dict.fromkeys("‐‑‒–—―−", "-")})
_UNSEEN = {"\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff"}
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Place:
    """Words in a text: `start` and `end` count code points from 0, end exclusive; `sha256` is of the words in UTF-8.

    `extract` is the extract that stands at this very place already; `line` a row for extracts.csv, in the order of its header.
    """

    source: str
    start: int
    end: int
    sha256: str
    words: str
    extract: str = ""
    line: str = ""


@dataclass(frozen=True)
class Search:
    """What was found, the nearest place where nothing was, the header that the lines follow, and lines for sources.csv for texts that it lacks."""

    places: list[Place]
    nearest: Place | None
    header: str
    sources_header: str = ""
    sources_lines: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


def find_words(folder: Path, words: str, text: Path | None = None, source: str | None = None) -> Search:
    """Return every place where the words stand, in one text or in all texts that the study ships.

    Errors: UsageError without words or for an unknown source; InputError when no text is there or it cannot be read.
    """
    wanted = words.strip()
    if not _WORD.search(wanted):
        raise UsageError("There are no words to find.", "Write them behind --find, in quotes.")
    sources = {r["id"]: r for r in records(folder, "sources") if r.get("id")}
    texts = _texts(folder, sources, text, source)
    known = {(r["source"], r["start"], r["end"]): r["id"] for r in records(folder, "extracts")}
    header, ids = _header(folder, TABLES["extracts"]), set(known.values())
    like = [r["id"] for r in records(folder, "extracts") if r["kind"] == "attributed"]
    places, near = [], []
    for name, written in texts.items():
        for start, end in _spans(written, wanted):
            extract = known.get((name, str(start), str(end)), "")
            ident = "" if extract else _free(ids, like)
            ids.add(ident)
            places.append(_place(name, written, start, end, extract, header, ident))
        if not places and (span := _nearest(written, wanted)):
            near.append((span[0], _place(name, written, span[1], span[2], known.get((name, str(span[1]), str(span[2])), ""), header, _free(ids, like))))
    new = {n: t for n, t in texts.items() if n not in sources}
    columns = _header(folder, TABLES["sources"])
    changed = tuple(n for n, t in texts.items() if sources.get(n, {}).get("sha256") and sources[n]["sha256"].lower() != _sha(t))
    lines = tuple(_line(columns, id=n, title=n, characters=str(len(t)), sha256=_sha(t), file=_relative(text, folder)) for n, t in new.items())
    return Search(places, max(near, key=lambda n: n[0])[1] if near and not places else None, _joined(header), _joined(columns), lines, changed)


def _texts(folder: Path, sources: dict[str, dict[str, str]], text: Path | None, source: str | None) -> dict[str, str]:
    """Return source -> text. A text that sources.csv does not know is named after its file."""
    if source is not None and source not in sources and text is None:
        raise UsageError(f"There is no source '{source}'.", f"There are: {', '.join(sources)}." if sources else "sources.csv names none yet.")
    if text is not None:
        written = read_source(text)
        same = [n for n, r in sources.items() if r.get("sha256", "").lower() == _sha(written)]
        same += [n for n, r in sources.items() if r.get("file") and (folder / r["file"]).resolve() == text.resolve()]
        return {source or (same[0] if same else re.sub(r"[^\w.-]+", "-", text.stem).strip("-") or "source"): written}
    found = {n: shipped_text(folder, r) for n, r in sources.items() if r.get("file") and source in (None, n)}
    if not found:
        raise InputError("The study ships no text to look in.", "Give it with: boundwork resolve --find WORDS --text FILE")
    return found


def plainly(text: str) -> tuple[str, list[int]]:
    r"""Return a text as it is compared (small letters, plain quotes and dashes, single spaces), and where each character of it came from.

    >>> plainly("“No”,\u00a0 he\nsaid")[0]
    '"no", he said'
    """
    plain: list[str] = []
    origin: list[int] = []
    for at, char in enumerate(text):
        if char in _UNSEEN:
            continue
        if char.isspace():
            parts = "" if not plain or plain[-1] == " " else " "
        else:
            parts = char.translate(_SAME)
            if ord(char) > 127 and parts == char:
                parts = unicodedata.normalize("NFKD", char).translate(_SAME)
        for part in parts.casefold():
            plain.append(part)
            origin.append(at)
    return "".join(plain), origin


def _loosely(plain: str, origin: list[int]) -> tuple[str, list[int]]:
    """Letters and digits alone: for words that a line break has cut, and for other punctuation."""
    kept = [i for i, char in enumerate(plain) if char.isalnum()]
    return "".join(plain[i] for i in kept), [origin[i] for i in kept]


def _spans(text: str, words: str) -> list[tuple[int, int]]:
    """Return where the words stand: as they are, else without the quotes around them, else whatever the hyphens and punctuation."""
    plain, origin = plainly(text)
    wanted = plainly(words)[0].strip()
    for attempt in dict.fromkeys((wanted, wanted.strip("\"' "))):
        if found := _all(plain, attempt, origin):
            return found
    loose, places = _loosely(plain, origin)
    found = _all(loose, _loosely(wanted, [0] * len(wanted))[0], places)
    whole = [(s, e) for s, e in found if not (_inside(text, s) or _inside(text, e))]
    last = wanted[-1] if wanted[-1:] in ".?!" else ""
    return [(s, e + 1) if last and text[e : e + 1] == last else (s, e) for s, e in whole]


def _inside(text: str, at: int) -> bool:
    return 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()


def _all(text: str, words: str, origin: list[int]) -> list[tuple[int, int]]:
    found = []
    at = text.find(words) if words else -1
    while at >= 0:
        found.append((origin[at], origin[at + len(words) - 1] + 1))
        at = text.find(words, at + len(words))
    return found


def _nearest(text: str, words: str) -> tuple[float, int, int] | None:
    """Return likeness, start and end of the stretch that shares most words with what was looked for; None when nothing is near."""
    from difflib import SequenceMatcher

    wanted = [w.casefold() for w in _WORD.findall(words)]
    spans = [(m.start(), m.end(), m[0].casefold()) for m in _WORD.finditer(text)]
    size = min(len(wanted), len(spans))
    if not size:
        return None
    need, have = Counter(wanted), Counter(s[2] for s in spans[:size])
    shared = sum((need & have).values())
    tops: list[tuple[int, int]] = [(shared, 0)]
    for first in range(1, len(spans) - size + 1):
        gone, new = spans[first - 1][2], spans[first + size - 1][2]
        if gone != new:
            shared -= have[gone] <= need[gone] and need[gone] > 0
            have[gone] -= 1
            have[new] += 1
            shared += have[new] <= need[new]
        tops.append((shared, first))
    best: tuple[float, int, int] | None = None
    for _, first in sorted(tops, key=lambda t: (-t[0], t[1]))[:5]:
        start, end = spans[first][0], spans[first + size - 1][1]
        likeness = SequenceMatcher(None, text[start:end].casefold(), words.casefold(), autojunk=False).ratio()
        if likeness > (best[0] if best else 0.6):
            best = (likeness, start, end)
    return best


def _place(source: str, text: str, start: int, end: int, extract: str, header: list[str], ident: str) -> Place:
    words = text[start:end]
    digest = _sha(words)
    line = "" if extract else _line(header, id=ident, source=source, start=str(start), end=str(end), sha256=digest, kind="attributed")
    return Place(source, start, end, digest, words, extract, line)


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _free(ids: set[str], like: list[str]) -> str:
    """The next id in the way of the others: x1, x2 ... or x01, x02 ... or whatever most of them begin with."""
    starts = Counter(m[1] for i in like or ids if (m := re.fullmatch(r"(.*?)\d+", i)))
    start = starts.most_common(1)[0][0] if starts else "x"
    digits = [m[1] for i in ids if (m := re.fullmatch(re.escape(start) + r"(\d+)", i))] or ["0"]
    return f"{start}{max(map(int, digits)) + 1:0{min(map(len, digits))}d}"


def _header(folder: Path, spec: TableSpec) -> list[str]:
    """The columns of the study's table, or those that any study needs."""
    path = folder / spec.file
    header = read_table(path, spec).header if path.is_file() else []
    return header or [c.name for c in spec.columns if c.name not in ("quote", "note", "licence")]


def _joined(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()


def _line(header: list[str], **cells: str) -> str:
    return _joined([cells.get(column, "") for column in header])


def _relative(text: Path | None, folder: Path) -> str:
    if text is None:
        return ""
    try:
        return text.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        return ""
