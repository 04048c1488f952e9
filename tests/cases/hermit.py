"""Ontologies as N-Triples in, whether classes can have members out: many files and many questions in one run of HermiT."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from boundwork.reasoning import java
from boundwork.reasoning.hermit import folder_of_hermit

_ANSWER = re.compile(r"^<?(\S+?)>? is (not )?satisfiable\.$", re.M)


def _classpath() -> str:
    folder = folder_of_hermit()
    assert folder is not None, "HermiT comes with owlready2, which is not installed"
    return os.pathsep.join([str(folder), str(folder / "HermiT.jar")])


def satisfiable(texts: Sequence[str], classes: Sequence[str]) -> list[dict[str, bool]]:
    """Return, for each text, class -> whether it can have a member. The texts must be consistent, or HermiT stops at the first that is not.

    Errors: RuntimeError with what HermiT printed when it did not answer every question.
    """
    with tempfile.TemporaryDirectory(prefix="boundwork-") as folder:
        files = []
        for number, text in enumerate(texts):
            path = Path(folder) / f"{number}.ttl"
            path.write_text(text, encoding="utf-8")
            files.append(path.as_uri())
        # the quick compiler: these runs end before the thorough one pays
        command = [java(), "-Xmx1200M", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", _classpath(), "org.semanticweb.HermiT.cli.CommandLine",
                   *(f"-k<{c}>" for c in classes), *files]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    answers = [(c, not negated) for c, negated in _ANSWER.findall(done.stdout)]
    if len(answers) != len(texts) * len(classes):
        raise RuntimeError(f"HermiT answered {len(answers)} of {len(texts) * len(classes)} questions.\n{done.stderr[-2000:]}")
    each = len(classes)
    return [dict(answers[i * each:(i + 1) * each]) for i in range(len(texts))]
