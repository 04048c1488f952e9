"""boundwork validate --watch: a study checked again at each save, and only what changed is shown."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from boundwork.cli.output import width, wrapped
from boundwork.findings import Finding, Severity

if TYPE_CHECKING:
    from boundwork.explore.incremental import Revalidation
    from boundwork.explore.working_list import WorkingList

_PAUSE = 0.2


def watch(folder: Path, shapes: list[Path] | None, least: Severity) -> int:
    """Check until Ctrl-C. First everything is shown; after each save what is new and what is gone."""
    from boundwork.explore.incremental import Revalidation

    validation = Revalidation(folder, shapes)
    try:
        return _until_interrupted(validation, folder, shapes, least)
    finally:
        validation.close()


def _until_interrupted(validation: Revalidation, folder: Path, shapes: list[Path] | None, least: Severity) -> int:
    from boundwork.errors import BoundworkError
    from boundwork.explore import reports
    from boundwork.explore.watching import changed, look

    before: WorkingList | None = None
    seen = look(folder, shapes)
    while True:
        start = time.monotonic()
        try:
            working = validation.validate()
        except BoundworkError as error:  # a file that is half written, or gone for a moment
            print(wrapped(f"{error.message} {error.hint}".strip()), flush=True)
        else:
            found = [f for f in working.report.sorted() if f.severity >= least]
            new, gone = found, list[Finding]()
            if before is not None:
                new, gone = _difference(found, working, [f for f in before.report.sorted() if f.severity >= least], before)
            if new:
                print(("" if before is None else "New:\n") + reports.as_text(new, width() or 100))
            if gone:
                print("Gone:\n" + "\n".join(wrapped(f"  {f.rule}  {f.place}") for f in gone))
            if before is not None and validation.told:
                print(wrapped(f"Everything was checked: {validation.told}."))
            print(wrapped(f"{reports.summary(working.report).split(' in ')[0]}; {time.monotonic() - start:.1f} s. "
                          f"Watching {folder.name}; Ctrl-C ends it."), flush=True)
            before = working
        while (now := look(folder, shapes)) == seen:
            time.sleep(_PAUSE)
        while changed(seen, now) and (later := look(folder, shapes)) != now:  # wait until the editor is done
            now = later
            time.sleep(_PAUSE / 4)
        seen = now


def _difference(found: list[Finding], working: WorkingList, known: list[Finding], before: WorkingList) -> tuple[list[Finding], list[Finding]]:
    """Findings that are new and findings that are gone, known by what they say and not by the number of their row."""
    def missing(those: list[Finding], of: WorkingList, these: list[Finding], by: WorkingList) -> list[Finding]:
        left = Counter((by.key(f), f.accepted) for f in these)
        result = []
        for f in those:
            key = (of.key(f), f.accepted)
            if left[key]:
                left[key] -= 1
            else:
                result.append(f)
        return result

    return missing(found, working, known, before), missing(known, before, found, working)
