"""A matrix as a picture: one Vega-Lite specification for page, command and notebook, and the picture as SVG or PNG without a browser.

The figures are in the specification, so that a picture can be checked and drawn again anywhere.
"""

from __future__ import annotations

import json
from typing import Any

from boundwork.errors import UsageError
from boundwork.explore.matrix import Matrix

FORMS = ("svg", "png")
_DARK = 0.55
"""The share of the greatest count above which white figures are easier to read than black ones."""
_FONT = "DejaVu Sans, Helvetica, Arial, sans-serif"


def heat_map(found: Matrix) -> dict[str, Any]:
    """Return the matrix as a Vega-Lite 5 specification: a square a cell, its count in it, nothing in cells where nothing stands.

    >>> from boundwork.explore.matrix import Wanted
    >>> empty = Matrix(Wanted("boundary", "logic"), "", "coding", {("b", "l"): 2}, {"b": 2}, {"l": 2}, 2, 2, ["b"], ["l"], {"b": "B", "l": "L"})
    >>> heat_map(empty)["data"]["values"]
    [{'boundary': 'B', 'logic': 'L', 'codings': 2}]
    """
    wanted = found.wanted
    down, across = wanted.rows, wanted.columns if wanted.columns != wanted.rows else f"{wanted.columns} (beside)"
    values = [{down: found.names[r], across: found.names[c], wanted.count: found.counts.get((r, c), 0)} for r in found.row_values for c in found.column_values]
    most = max((n for n in found.counts.values()), default=0)

    def axis(name: str, order: list[str], side: str) -> dict[str, Any]:
        turned = {"labelAngle": -35, "labelAlign": "right"} if max(map(len, order), default=0) > 10 else {"labelAngle": 0}
        drawn = {"orient": side, "labelLimit": 320, "domain": False, "ticks": False, "labelPadding": 6, **(turned if side == "bottom" else {})}
        return {"field": _escaped(name), "type": "nominal", "sort": order, "title": name, "axis": drawn}

    count = _escaped(wanted.count)
    encoding = {"y": axis(down, [found.names[r] for r in found.row_values], "left"), "x": axis(across, [found.names[c] for c in found.column_values], "bottom")}
    shade = {"field": count, "type": "quantitative", "title": wanted.count, "scale": {"scheme": "blues", "domain": [0, max(1, most)]},
             "legend": {"tickMinStep": 1, "format": "d"}}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {"text": found.title, "subtitle": [found.reading.split(". ")[0]], "anchor": "start", "frame": "group"},
        "description": f"{found.title}. {found.reading}",
        "data": {"values": values}, "width": {"step": 64}, "height": {"step": 34}, "encoding": encoding,
        "layer": [
            {"mark": {"type": "rect", "stroke": "white", "strokeWidth": 2, "cornerRadius": 2},
             "encoding": {"color": {"condition": {"test": f"datum[{json.dumps(wanted.count)}] === 0", "value": "#f4f4f4"}, **shade}}},
            {"transform": [{"filter": f"datum[{json.dumps(wanted.count)}] > 0"}], "mark": {"type": "text", "fontSize": 13},
             "encoding": {"text": {"field": count, "type": "quantitative", "format": "d"},
                          "color": {"condition": {"test": f"datum[{json.dumps(wanted.count)}] > {_DARK * most:g}", "value": "white"}, "value": "#14213d"}}},
        ],
        "config": {"font": _FONT, "background": "white", "view": {"stroke": None}, "axis": {"labelFontSize": 12, "titleFontSize": 12, "grid": False},
                   "title": {"fontSize": 14, "subtitleFontSize": 12, "subtitleColor": "#444"}},
    }


def _escaped(name: str) -> str:
    """A field name in which Vega-Lite sees no path."""
    return name.replace("\\", "\\\\").replace(".", "\\.").replace("[", "\\[").replace("]", "\\]")


def picture(specification: dict[str, Any], form: str, scale: float = 2) -> bytes:
    """Return a specification drawn as SVG or PNG; `scale` times 72 dots per inch for PNG. Nothing is fetched.

    Errors: UsageError when the renderer is not installed or the form is unknown.
    """
    if form not in FORMS:
        raise UsageError(f"A picture cannot be written as {form}.", f"It can be {' or '.join(FORMS)}.")
    try:
        import vl_convert
    except ImportError:
        raise UsageError("Pictures need the renderer of Vega-Lite, which is not installed.", "Install it with: pip install 'boundwork[plot]'") from None
    if form == "svg":
        return str(vl_convert.vegalite_to_svg(specification, vl_version="5.20", allowed_base_urls=[])).encode()
    return bytes(vl_convert.vegalite_to_png(specification, vl_version="5.20", scale=scale, allowed_base_urls=[]))


def can_draw() -> bool:
    """True where the renderer is installed."""
    from importlib.util import find_spec

    return find_spec("vl_convert") is not None


__all__ = ["FORMS", "can_draw", "heat_map", "picture"]
