"""Sources and selections -> sources.csv, extracts.csv and texts. What has no characters gets a text of its quotes to stand in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from boundwork.exchange.draft import Draft, Previous, Things
from boundwork.exchange.naming import assign, digest, plain, slug, text_hash
from boundwork.exchange.sheets import Row
from boundwork.readers.record import Selection, Source

_GAP = "\n\n"
_INSIDE = re.compile(r"(?:[A-Za-z0-9_][\w.-]{0,120}/){1,4}[A-Za-z0-9_][\w.-]{0,120}\.txt\Z")
"""A path below the study; one that came with a project leads nowhere else."""
_UNPLACED = "excerpts"
Place = tuple[str, str]
"""Project number and the tool's own id."""


class Placing:
    """Which source and extract of the study each source and selection of the projects became."""

    def __init__(self, draft: Draft, things: Sequence[Things], previous: Previous) -> None:
        self.draft = draft
        self.previous = previous
        self.sources: dict[Place, str] = {}
        self.texts: dict[str, str] = {}
        """Source -> its text."""
        self.extracts: dict[Place, str] = {}
        self.rows: dict[str, Row] = {}
        """Extract -> its row."""
        self.first_of: dict[str, str] = {}
        """Extract -> the first extract of the same stretch, mostly itself; a project knows only one."""
        self._known: dict[tuple[str, str, str], list[str]] = {}
        self._before = {r["id"]: r for r in previous.rows("extracts")} if previous.carried else {}
        for row in previous.rows("extracts"):
            self._known.setdefault((row.get("source", ""), row.get("start", ""), row.get("end", "")), []).append(row["id"])
        self._loose: dict[str, dict[str, str]] = {}
        """Source -> key of a selection without characters -> its words."""
        self._waiting: dict[Place, tuple[str, str]] = {}
        self._loose_holders: set[str] = set()
        self._counts: Counter[str] = Counter()
        self._name_sources(things)
        for each in things:
            for selection in each.project.selections:
                self._place(each, selection)
        self._place_loose()

    def _name_sources(self, things: Sequence[Things]) -> None:
        """Give every source an id: the one it had where name and text are the same, else where the text is, else where the name is."""
        wanted: dict[str, str] = {}
        first: dict[str, Source] = {}
        hashes: dict[str, str] = {}
        keys: dict[Place, str] = {}
        for each in things:
            twins: Counter[str] = Counter()
            for source in each.project.sources:
                text = self._sound(source.text) if source.text else ""
                hashed = text_hash(text) if text else ""
                key = "\x1f".join((source.name, hashed))
                twins[key] += 1
                if twins[key] > 1:  # the same document twice in one project
                    key += f"\x1f{twins[key]}"
                keys[each.number, source.id] = key
                wanted.setdefault(key, slug(source.name, "source"))
                first.setdefault(key, source)
                hashes[key] = hashed
                if text:
                    self.texts.setdefault(key, text)
        ids = assign(wanted, self._same_as_before(first, hashes))
        self.sources = {place: ids[key] for place, key in keys.items()}
        self.texts = {ids[key]: text for key, text in self.texts.items()}
        self._first = {ids[key]: source for key, source in first.items()}

    def _same_as_before(self, first: dict[str, Source], hashes: dict[str, str]) -> dict[str, str]:
        known: dict[str, str] = {}
        free = {}
        for row in self.previous.rows("sources"):
            loose = row.get("kind") == _UNPLACED and not self.previous.carried  # its text is ours, and not the project's
            if not (loose and row["id"].endswith(f"-{_UNPLACED}")):
                free[row["id"]] = (row.get("title", ""), "" if loose else row.get("sha256", ""))
        named = {key: plain(source.name) for key, source in first.items()}
        for fits in (lambda key, title, sha: (named[key], hashes[key]) == (title, sha), lambda key, title, sha: bool(sha) and hashes[key] == sha,
                     lambda key, title, sha: named[key] == title):
            for key in first:
                if key not in known:
                    found = next((i for i, (title, sha) in free.items() if fits(key, title, sha)), None)
                    if found is not None:
                        known[key] = found
                        del free[found]
        return known

    def _sound(self, text: str) -> str:
        """Return a text that UTF-8 can hold; its length stays."""
        try:
            text.encode()
            return text
        except UnicodeEncodeError:
            self._counts["surrogates"] += 1
            return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)

    def _place(self, things: Things, selection: Selection) -> None:
        place = (things.number, selection.id)
        source = self.sources.get((things.number, selection.source))
        if source is None:
            self._counts["without source"] += 1
            return
        text, start, end = self.texts.get(source, ""), selection.start, selection.end
        if start is not None and end is not None and 0 <= start == end <= len(text):
            self._counts["empty"] += 1
        elif start is not None and end is not None and 0 <= start < end <= len(text):
            self.extracts[place] = self._extract(source, start, end, text)
            self._counts["placed"] += 1
        else:
            words = next((w for w in (selection.quote, selection.name, selection.place) if w.strip()), f"selection {selection.id}")
            key = digest(words, selection.place, size=10)
            self._loose.setdefault(source, {})[key] = self._sound(words)
            self._waiting[place] = (source, key)

    def _extract(self, source: str, start: int, end: int, text: str, ident: str = "") -> str:
        """Return the extract of a stretch; where several of the study are that stretch (about several actors), the first of them."""
        known = [ident] if ident else self._known.get((source, str(start), str(end))) or [f"{source}-{start}-{end}"]
        for name in known:
            if name not in self.rows:
                before = self._before.get(name, {})
                self.rows[name] = {**before, "id": name, "source": source, "start": str(start), "end": str(end)}
                if before.get("sha256", "?"):
                    self.rows[name]["sha256"] = text_hash(text[start:end])
                self.first_of[name] = known[0]
        return known[0]

    def whole(self, source: str) -> str:
        """Return the extract that is all of a source, or nothing where the source has no text."""
        text = self.texts.get(source, "")
        return self._extract(source, 0, len(text), text) if text else ""

    def _place_loose(self) -> None:
        """Put what has no characters, quote by quote, into a text of its own beside its source."""
        for source, words in sorted(self._loose.items()):
            holder = source if source not in self.texts else f"{source}-{_UNPLACED}"
            at: dict[str, tuple[int, int]] = {}
            start = 0
            for key in sorted(words):
                at[key] = (start, start + len(words[key]))
                start += len(words[key]) + len(_GAP)
            self.texts[holder] = text = _GAP.join(words[key] for key in sorted(words))
            for key, (start, end) in at.items():
                self._extract(holder, start, end, text, ident=f"{source}-q{key}")
            if holder not in self._first:
                self._first[holder] = Source(holder, f"{self._first[source].name} ({_UNPLACED})")
            self._loose_holders.add(holder)
        for place, (source, key) in self._waiting.items():
            self.extracts[place] = f"{source}-q{key}"

    def finish(self) -> None:
        """Write the tables; what is on the whole of a source must have been asked for by now."""
        draft = self.draft
        before = {r["id"]: r for r in self.previous.rows("sources")} if self.previous.carried else {}
        for ident, source in sorted(self._first.items()):
            text = self.texts.get(ident, "")
            if not text:
                self._counts["without text"] += 1
                continue
            loose = ident in self._loose_holders
            row = {"title": plain(source.name) or ident, "kind": _UNPLACED if loose else plain(source.kind), **before.get(ident, {})}
            row |= {"id": ident, "file": row["file"] if _INSIDE.match(row.get("file", "")) else f"texts/{ident}.txt"}
            draft.texts[row["file"]] = text
            row |= {c: v for c, v in (("characters", str(len(text))), ("sha256", text_hash(text))) if row.get(c, "?")}
            draft.rows("sources").append(row)
        draft.rows("extracts").extend(self.rows[name] for name in sorted(self.rows))
        counts = self._counts
        draft.lose("read", "selections with their characters", counts["placed"])
        draft.lose("approximated", "selections without characters", len(self._waiting),
                   f"Their words stand one below the other in a text of their own (sources of kind {_UNPLACED}): they can be coded, counted and searched, but "
                   "what overlaps or lies near says nothing there.")
        draft.lose("kept", "selections of no length", counts["empty"], "An extract has words; they stand in kept/selections.csv, with their codings.")
        draft.lose("kept", "selections of unknown sources", counts["without source"], "The project does not hold what they point at.")
        draft.lose("kept", "sources without text", counts["without text"], "Nothing of them is selected, or nothing can be quoted.")
        draft.lose("approximated", "texts with half characters", counts["surrogates"], "UTF-8 cannot hold them: each became U+FFFD, and all offsets stay.")
