"""Extracts with all coders' codings side by side."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from boundwork.errors import InputError
from boundwork.explore.beside import Summary
from boundwork.explore.listings import Cell
from boundwork.web.view import View, json_text

_PAGE = 100


def catalogue(view: View) -> Response:
    """Every extract, with how many codings each coder made and on what they differ."""
    comparison = view.snapshot.comparison
    everything = comparison.summaries
    chosen = [s for s in everything if _wanted(view, s)]
    if view.form != "page":
        columns = ["id", "kind", "about", "speaker", "section", "wave", "gist", *(f"codings of {c}" for c in view.snapshot.study.coders), "differs"]
        rows: list[dict[str, Cell]] = [{**{c: getattr(s, c) for c in columns[:7]}, **{f"codings of {c}": n for c, n in s.codings.items()},
                                        "differs": ", ".join(s.differs)} for s in chosen]
        return view.rows(rows, columns, "extracts", title="Extracts")
    start = view.place()
    return view.render("extracts.html", chosen=chosen[start - 1 : start - 1 + _PAGE], found=len(chosen), total=len(everything), compared=comparison.compared,
                       abouts=sorted({s.about for s in everything}), dimensions=sorted({d for s in everything for d in s.differs}), start=start, step=_PAGE)


def _wanted(view: View, s: Summary) -> bool:
    words, about, differs, coder = view.given("q").casefold().split(), view.given("about"), view.given("differs"), view.given("coder")
    text = f"{s.id} {s.gist} {s.about} {s.speaker} {s.section}".casefold()
    return (all(w in text for w in words) and about in ("", s.about) and (not differs or (bool(s.differs) if differs == "any" else differs in s.differs))
            and (not coder or bool(s.codings.get(coder))))


def extract(view: View) -> Response:
    """One extract."""
    name = view.request.path_params["name"]
    texts, around = view.site.words(view.snapshot)
    try:
        found = view.snapshot.comparison.one(name, texts, around)
    except InputError as error:
        raise HTTPException(404, str(error)) from None
    if view.form == "json":
        return view.file(json_text(found), "json", name)
    if view.form == "ttl":
        from boundwork.explore.statements import as_rdf
        from boundwork.terms import study_iri

        return view.file(as_rdf(view.session, study_iri(view.study, "extract", name)), "ttl", name)
    if view.form != "page":
        raise view.refuse(("json", "ttl"))
    order = list(view.snapshot.coded.extracts)
    at = order.index(name)
    return view.render("extract.html", found=found, before=order[at - 1] if at else "", after=order[at + 1] if at + 1 < len(order) else "",
                       with_text=bool(view.site.texts), command=view.command("explain", name))
