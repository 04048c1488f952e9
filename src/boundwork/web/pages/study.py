"""The first page: what the study is, its cases, its readings, and its findings at a glance."""

from __future__ import annotations

from starlette.responses import Response

from boundwork.web.view import View, json_text, plain

SHOWN = 60
"""Councils that a page shows."""


def page(view: View) -> Response:
    """The study under the reading that was asked for."""
    view.site.check_soon()
    found = view.snapshot.overview(view.session.reading.id)
    last = view.site.live.last
    study = view.snapshot.study
    if view.form == "json":
        about = {n: getattr(study, n) for n in ("id", "title", "description", "licence", "citation", "version", "codebook_version", "anonymised")}
        data = {"study": about, "reading": view.session.reading.id, **plain(found), "findings": last.counts if last else None}
        return view.file(json_text(data), "json", study.id)
    if view.form != "page":
        raise view.refuse(("json",))
    start = view.place()
    return view.render("study.html", overview=found, last=last, start=start, step=SHOWN, actors=found.actors[start - 1 : start - 1 + SHOWN])
