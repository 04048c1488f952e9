"""Two dimensions crossed: a heat map with counts, the codings behind a cell, another reading beside it, and the picture for a paper."""

from __future__ import annotations

from starlette.responses import Response

from boundwork.errors import UsageError
from boundwork.explore.behind import behind, ruled_out
from boundwork.explore.listings import Cell
from boundwork.explore.matrix import COUNTS, DIMENSIONS, TOGETHER, Matrix, Wanted, matrix
from boundwork.explore.plotting import can_draw, heat_map, picture
from boundwork.terms import id_of
from boundwork.web.view import View, json_text
from boundwork.wording import whole_number

STARTS = (("boundary", "logic"), ("type", "boundary"), ("role", "logic"), ("form", "purpose"), ("council", "boundary"), ("element", "element"))


def _wanted(view: View) -> Wanted:
    count, together, near = view.given("count", "codings"), view.given("together"), view.given("near", "100")
    if count not in COUNTS:
        raise UsageError(f"'{count[:80]}' cannot be counted.", f"A cell counts {', '.join(COUNTS)}.")
    if together not in ("", *TOGETHER):
        raise UsageError(f"'{together[:80]}' is no way to stand together.", f"There are {', '.join(TOGETHER)}.")
    characters = whole_number(near, 12)
    if characters is None:
        raise UsageError(f"'{near[:80]}' is no number of characters.", "Give a whole number, such as 200.")
    return Wanted(view.given("rows", "boundary"), view.given("columns", "logic"), count, together, characters if together == "near" else 0,
                  view.given("where"), not view.given("full"))


def page(view: View) -> Response:
    """The matrix, or what is wrong with what was asked beside the form."""
    if view.given("compare"):
        view.snapshot.study.reading(view.given("compare"))  # an unknown one is an error in every form, also where it is not shown
    try:
        wanted = _wanted(view)
        found = matrix(view.session, wanted)
    except UsageError as error:
        if view.form != "page":
            raise
        return view.render("matrix.html", 400, wanted=None, error=error, found=None, **_choices())
    if view.form in ("svg", "png", "vl"):
        specification = heat_map(found)
        name = f"{view.study}-{wanted.rows}-{wanted.columns}"
        return view.file(json_text(specification) if view.form == "vl" else picture(specification, view.form), view.form, name)
    if view.form != "page":
        return view.rows(found.table, found.columns, f"{view.study}-{wanted.rows}-{wanted.columns}", found.notes, found.title)
    other = _other(view, wanted)
    empty = {(r, c) for r in found.row_values for c in found.column_values if not found.counts.get((r, c))}
    return view.render("matrix.html", wanted=wanted, error=None, found=found, other=other, most=max(found.counts.values(), default=0),
                       reasons=ruled_out(view.session, wanted.rows, wanted.columns, empty), differing=_differing(found, other), can_draw=can_draw(),
                       command=view.command("matrix", wanted.rows, wanted.columns, *(("--count", wanted.count) if wanted.count != "codings" else ()),
                                            *(("--near", str(wanted.near)) if wanted.together == "near" else
                                              ("--together", wanted.together) if wanted.together else ()),
                                            *(("--where", wanted.where) if wanted.where else ())), **_choices())


def _choices() -> dict[str, object]:
    return {"dimensions": tuple(DIMENSIONS), "counts": tuple(COUNTS), "ways": TOGETHER, "starts": STARTS}


def _other(view: View, wanted: Wanted) -> Matrix | None:
    name = view.given("compare")
    return matrix(view.snapshot.session(name), wanted) if name and name != view.session.reading.id else None


def _differing(found: Matrix, other: Matrix | None) -> int:
    return sum(found.counts.get(k, 0) != other.counts.get(k, 0) for k in found.counts.keys() | other.counts.keys()) if other else 0


def cell(view: View) -> Response:
    """The codings behind one cell."""
    wanted = _wanted(view)
    found = behind(view.session, wanted, view.given("row"), view.given("column"))
    columns = ["coding", "extract", "coder", "boundary", "form", "elements", "logics", "basis", "confidence", "about", "gist"]
    if view.form != "page":
        rows: list[dict[str, Cell]] = [{**{c: getattr(k, c, "") for c in columns}, "coding": id_of(k.iri), "extract": id_of(k.extract)} for k in found.codings]
        return view.rows(rows, columns, f"{view.study}-cell", [found.reason] if found.reason else [], f"{found.row_label}, {found.column_label}")
    return view.render("cell.html", found=found, wanted=wanted)

