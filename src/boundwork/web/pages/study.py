"""The first page: what the study is, its cases, its readings, and its findings at a glance."""

from __future__ import annotations

from starlette.responses import Response

from boundwork.explore.overview import overview
from boundwork.web.view import View, json_text, plain


def page(view: View) -> Response:
    """The study under the reading that was asked for."""
    view.site.check_soon()
    found = overview(view.session)
    last = view.site.live.last
    study = view.snapshot.study
    if view.form == "json":
        about = {n: getattr(study, n) for n in ("id", "title", "description", "licence", "citation", "version", "codebook_version", "anonymised")}
        data = {"study": about, "reading": view.session.reading.id, **plain(found), "findings": last.counts if last else None}
        return view.file(json_text(data), "json", study.id)
    if view.form != "page":
        raise view.refuse(("json",))
    return view.render("study.html", overview=found, last=last)
