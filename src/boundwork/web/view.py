"""One request as a page sees it: the study as it is now, the reading that was asked for, and how addresses are made."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import threading
from collections.abc import Callable, Iterator
from functools import cached_property
from math import sqrt
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import Response

from boundwork import __version__
from boundwork.errors import BoundworkError, UsageError
from boundwork.explore.beside import words_of
from boundwork.explore.current import Current, Snapshot
from boundwork.explore.listings import Cell, as_json, html_page, markdown, separated, text_of
from boundwork.explore.live import LiveFindings
from boundwork.explore.resolving import Resolved
from boundwork.explore.session import Session
from boundwork.stores.answer import Value
from boundwork.terms import BASE, STUDY, compact, id_of, study_iri
from boundwork.wording import whole_number

LISTINGS = ("csv", "tsv", "json", "md", "html")
TYPES = {"csv": "text/csv", "tsv": "text/tab-separated-values", "json": "application/json", "md": "text/markdown", "html": "text/html",
         "ttl": "text/turtle", "svg": "image/svg+xml", "png": "image/png", "rq": "application/sparql-query", "srj": "application/sparql-results+json",
         "srx": "application/sparql-results+xml", "sarif": "application/sarif+json", "vl": "application/vnd.vegalite.v5+json"}
_ACCEPTED = {"application/json": "json", "text/turtle": "ttl", "text/csv": "csv", "application/sparql-results+json": "srj",
             "application/sparql-results+xml": "srx"}
NAVIGATION = (("/", "Study"), ("/matrix", "Matrix"), ("/ask", "Ask"), ("/why", "Why"), ("/coding", "Coding"), ("/validate", "Validate"),
              ("/ontology", "Ontology"), ("/query", "SPARQL"))


class Site:
    """What the server holds between requests."""

    def __init__(self, current: Current, texts: tuple[Path, ...] = (), reading: str | None = None) -> None:
        self.current = current
        self.live = LiveFindings(current.folder)
        self.texts = texts
        self.reading = reading
        self._checking: threading.Thread | None = None
        self._words: tuple[Snapshot | None, Any] = (None, None)

    def check_soon(self) -> None:
        """Check the study while nobody waits for it, where that was not done for the files as they are."""
        if self.live.changed() and not (self._checking and self._checking.is_alive()):
            self._checking = threading.Thread(target=self._check, daemon=True)
            self._checking.start()

    def _check(self) -> None:
        """Check; what goes wrong is told to whoever asks next, not to a terminal where nobody asked (Ctrl-C takes the working files away)."""
        with contextlib.suppress(Exception):
            self.live.now()

    def words(self, snapshot: Snapshot) -> tuple[dict[str, Resolved], dict[str, tuple[str, str]]]:
        """The words of the extracts whose text was given, for the extracts as they stand."""
        if self._words[0] is not snapshot:
            self._words = (snapshot, words_of(snapshot.folder, self.texts))
        found: tuple[dict[str, Resolved], dict[str, tuple[str, str]]] = self._words[1]
        return found


class View:
    """A request with its snapshot and session; `forgiving` takes the default for an unknown reading.

    Errors: as Current.snapshot; InputError for an unknown reading.
    """

    def __init__(self, request: Request, forgiving: bool = False) -> None:
        self.request = request
        self.site: Site = request.app.state.site
        self.snapshot: Snapshot = self.site.current.snapshot()
        self.session: Session = self.snapshot.session(self._reading(forgiving))

    def _reading(self, forgiving: bool) -> str | None:
        name = self.given("reading") or self.site.reading
        return self.site.reading if forgiving and name not in self.snapshot.study.readings else name

    def given(self, name: str, default: str = "") -> str:
        """The last value of a parameter of the address, or the default where it is blank."""
        return self.request.query_params.get(name, "").strip() or default

    def place(self) -> int:
        """Where a long list begins: the parameter `from`, 1 where it is no number."""
        return max(1, whole_number(self.given("from", "1"), 8) or 1)

    @property
    def form(self) -> str:
        """The form that the address ends in, else the one that the client prefers; html for a page."""
        suffix = str(self.request.path_params.get("form", "")).removeprefix(".")
        if suffix:
            return suffix
        first = self.request.headers.get("accept", "").split(",")[0].split(";")[0].strip().lower()
        return _ACCEPTED.get(first, "page")

    @cached_property
    def study(self) -> str:
        """The id of the study."""
        return str(self.snapshot.study.id)

    def url(self, path: str, /, **params: Any) -> str:
        """An address of this site with parameters; the reading is kept, blank parameters are left out, lists are repeated."""
        given = params.pop("reading", None)
        reading = (given[-1] if isinstance(given, list) else given) or (self.session.reading.id if self.session.reading.id != self._default_reading else "")
        pairs = [(k, str(v)) for k, values in params.items() for v in (values if isinstance(values, list | tuple) else [values]) if v not in ("", None, False)]
        if reading and reading != self._default_reading:
            pairs.append(("reading", reading))
        return quote(path, safe="/:@!$'()*,;=~-._%") + (f"?{urlencode(pairs)}" if pairs else "")

    @cached_property
    def _default_reading(self) -> str:
        return str(self.snapshot.study.reading(self.site.reading).id)

    def here(self, **changes: Any) -> str:
        """The address of this page with some parameters changed."""
        params: dict[str, Any] = {k: self.request.query_params.getlist(k) for k in self.request.query_params}
        return self.url(self.request.url.path, **{**params, **changes})

    def download(self, form: str, **params: Any) -> str:
        """The address of this page in another form."""
        path = self.request.url.path.removesuffix(f".{self.request.path_params.get('form', '').removeprefix('.')}")
        mine: dict[str, Any] = {k: self.request.query_params.getlist(k) for k in self.request.query_params}
        return self.url(("/study" if path == "/" else path.rstrip("/")) + f".{form}", **{**mine, **params})

    def href(self, thing: str) -> str:
        """The page of an IRI."""
        own = study_iri(self.study) + "/"
        if thing.startswith(own):
            kind, _, rest = thing[len(own) :].partition("/")
            if kind == "extract":
                return self.url(f"/coding/{quote(id_of(thing), safe='')}")
            if rest and "/" not in rest and not rest.endswith((".json", ".ttl")):
                return self.url(f"/thing/{kind}/{quote(id_of(thing), safe='')}")
        if thing == study_iri(self.study):
            return self.url("/")
        if thing.startswith(BASE + "query/"):
            return self.url(f"/ask/{thing[len(BASE + 'query/'):]}")
        name = compact(thing, self.snapshot.terminology.vocabulary.prefixes)
        return self.url(f"/thing/{name}") if name != thing and not thing.startswith(STUDY) else self.url("/thing", iri=thing)

    def parts(self, text: str, all_words: bool = False) -> Iterator[tuple[str, str]]:
        """The pieces of a text with the address of what each names, or nothing."""
        for piece, thing in self.snapshot.mentions(self.session.reading.id).parts(text, all_words):
            yield piece, self.href(thing) if thing else ""

    def command(self, *words: str) -> str:
        """A command of boundwork that shows the same on a terminal."""
        import shlex

        from boundwork.explore.things import study_option

        reading = ["--reading", self.session.reading.id] if self.session.reading.id != self.snapshot.study.default_reading else []
        return " ".join(["boundwork", *map(shlex.quote, [w for w in words if w]), *reading, *study_option(self.session)])

    def render(self, template: str, status: int = 200, /, **context: Any) -> Response:
        """Return a page."""
        trouble = self.site.current.trouble
        text = TEMPLATES.get_template(template).render(
            view=self, url=self.url, href=self.href, here=self.here, download=self.download, parts=self.parts, session=self.session,
            study=self.snapshot.study, reading=self.session.reading, trouble=trouble, navigation=NAVIGATION, version=__version__,
            path=self.request.url.path, **context)
        return Response(text, status, {"Vary": "Accept", "Cache-Control": "no-cache"}, "text/html")

    def refuse(self, known: tuple[str, ...]) -> UsageError:
        """The error for a form that a page does not have."""
        return UsageError(f"This page cannot be had as {self.form}.", f"It can be had as {', '.join(known)}.")

    def rows(self, rows: list[dict[str, Cell]], columns: list[str], name: str, notes: list[str] | None = None, title: str = "") -> Response:
        """Return rows as a listing in the form that was asked for. Errors: UsageError for another form."""
        form = self.form
        if form in ("csv", "tsv"):
            text = "".join(separated(rows, columns, "," if form == "csv" else "\t"))
        elif form == "json":
            text = as_json(rows)
        elif form == "md":
            text = "\n\n".join([f"**{title}**", markdown(rows, columns), *(notes or [])]) + "\n"
        elif form == "html":
            text = html_page(rows, columns, notes or [], title)
        else:
            raise self.refuse(LISTINGS)
        return self.file(text, form, name)

    def file(self, content: str | bytes, form: str, name: str) -> Response:
        """Return a file; what a browser would run as a page of ours is offered for saving only."""
        kept = form in ("csv", "tsv", "html", "md", "png", "sarif", "vl", "rq")
        headers = {"Vary": "Accept", "Cache-Control": "no-cache"}
        if kept:
            safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in name)
            headers["Content-Disposition"] = f'attachment; filename="{safe}.{"vl.json" if form == "vl" else form}"'
        return Response(content, 200, headers, TYPES[form])


def plain(thing: Any) -> Any:
    """Return a value as JSON holds it: dataclasses as objects, terms as their text."""
    if isinstance(thing, Value):
        return {k: v for k, v in thing._asdict().items() if v}
    if dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        return {f.name: plain(getattr(thing, f.name)) for f in dataclasses.fields(thing) if not f.name.startswith("_")}
    if hasattr(thing, "_asdict"):
        return {k: plain(v) for k, v in thing._asdict().items()}
    if isinstance(thing, dict):
        return {" / ".join(k) if isinstance(k, tuple) else str(k): plain(v) for k, v in thing.items()}
    if isinstance(thing, list | tuple | set | frozenset):
        return [plain(v) for v in thing]
    return thing if isinstance(thing, str | int | float | bool | None) else str(thing)


def json_text(thing: Any) -> str:
    """Return a value as JSON text."""
    return json.dumps(plain(thing), ensure_ascii=False, indent=1)


def error_data(error: BoundworkError | str, hint: str = "") -> dict[str, Any]:
    """The one shape of an error in JSON."""
    message, help_ = (error.message, error.hint) if isinstance(error, BoundworkError) else (error, hint)
    return {"error": {"message": message, **({"hint": help_} if help_ else {})}}


def _environment() -> Environment:
    made = Environment(loader=PackageLoader("boundwork.web"), autoescape=select_autoescape(default=True, default_for_string=True),
                       undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters["cell"] = text_of
    made.filters["id"] = id_of
    made.filters["words"] = lambda text: str(text).replace("_", " ")
    made.filters["level"] = lambda n, most: 1 + round(4 * sqrt((n - 1) / max(1, most - 1))) if n else 0
    return made


TEMPLATES = _environment()
Page = Callable[[View], Response]
