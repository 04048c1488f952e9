"""A project of 100,000 codings: read in well under a minute and a gigabyte, every one at its place."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from readers.projects import guid

_READ = """
import json, peak, sys, time
from boundwork import readers
start = time.process_time()
project = readers.read(sys.argv[1])
seconds = time.process_time() - start
texts = {s.id: s.text for s in project.sources}
right = sum(texts[s.source][s.start:s.end] == "word🙂" for s in project.selections)
print(json.dumps({"seconds": seconds, "megabytes": peak.megabytes(), "codings": len(project.codings),
                  "selections": len(project.selections), "right": right, "fitting": project.offsets[0].fitting, "unit": project.offsets[0].unit}))
"""


def write(path: Path, sources: int, selections: int, codings: int) -> None:
    """A QDPX as NVivo writes it: UTF-16 units, previews as names, `codings` codings on each of `selections` words of each source."""
    codes = "".join(f'<Code guid="{guid(i + 1)}" name="code {i}" isCodable="true"/>' for i in range(50))
    text = "word🙂 " * selections
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("project.qde", "w") as file:
            file.write(f'<Project name="large" origin="NVivo" xmlns="urn:QDA-XML:project:1.0"><CodeBook><Codes>{codes}</Codes></CodeBook><Sources>'.encode())
            for s in range(sources):
                source = guid(1_000 + s)
                file.write(f'<TextSource guid="{source}" name="interview {s}" plainTextPath="internal://{source}.txt">'.encode())
                for i in range(selections):
                    number = 1_000_000 + (s * selections + i) * 10
                    inner = "".join(f'<Coding guid="{guid(number + 1 + c)}" creatingUser="{guid(7)}" creationDateTime="2024-01-01T00:00:00Z">'
                                    f'<CodeRef targetGUID="{guid((i + c) % 50 + 1)}"/></Coding>' for c in range(codings))
                    file.write(f'<PlainTextSelection guid="{guid(number)}" startPosition="{7 * i}" endPosition="{7 * i + 6}" name="word🙂" '
                               f'creatingUser="{guid(7)}" modifyingUser="{guid(7)}">{inner}</PlainTextSelection>'.encode())
                file.write(b"</TextSource>")
            file.write(b"</Sources></Project>")
        for s in range(sources):
            archive.writestr(f"sources/{guid(1_000 + s)}.txt", text)


@pytest.mark.slow
@pytest.mark.parametrize(("sources", "selections", "codings"), [(200, 500, 1), (100, 250, 4), (1, 100_000, 1)],
                         ids=["one coding a selection", "four codings a selection", "one long source"])
def test_a_hundred_thousand_codings(sources: int, selections: int, codings: int, tmp_path: Path) -> None:
    path = tmp_path / "large.qdpx"
    write(path, sources, selections, codings)
    done = subprocess.run([sys.executable, "-c", _READ, str(path)], capture_output=True, text=True, check=False, cwd=Path(__file__).resolve().parents[1])
    assert done.returncode == 0, done.stderr[-2_000:]
    found = json.loads(done.stdout)
    print(found)
    words = sources * selections
    assert (found["codings"], found["selections"], found["right"], found["fitting"]) == (words * codings, words, words, words)
    assert found["unit"] == "UTF-16 units"
    assert found["seconds"] < 60
    assert found["megabytes"] < 1_024
