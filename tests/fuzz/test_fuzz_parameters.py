"""The fuzzer of the parameters runs and finds nothing: the kept corpus in every run, a hundred thousand inputs more in `make test-all`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from boundwork.errors import InputError, UsageError
from boundwork.explore.session import open_study
from boundwork.pipeline.builds import Build
from boundwork.queries.stored import read_query
from fuzz.fuzzing import fuzz, read_whole, told

pytest.importorskip("atheris", reason="atheris has no build for this Python or system")

FUZZER = Path(__file__).with_name("fuzz_parameters.py")
CORPUS = Path(__file__).with_name("parameters")
RUNS = 100_000


def test_the_kept_corpus_becomes_terms_or_one_line(builds: dict[str, Build]) -> None:
    """Every parameter of every stored question is in it, every type, and files of questions."""
    assert len({p.read_bytes()[:1] for p in CORPUS.iterdir() if p.is_file()}) >= 70
    read_whole(fuzz(FUZZER, CORPUS, "-runs=0"), CORPUS, least=150)


@pytest.mark.slow
def test_a_hundred_thousand_inputs_crash_nothing(
        builds: dict[str, Build], capsys: pytest.CaptureFixture[str], record_property: Callable[[str, object], None]) -> None:
    said = fuzz(FUZZER, CORPUS, f"-runs={RUNS}", "-seed=1", "-max_len=2000", "-timeout=60", "-rss_limit_mb=2048")
    with capsys.disabled():
        print(f"\nfuzzed the parameters: {told(said, RUNS)}")
    record_property("tried", RUNS)


@pytest.mark.parametrize("value", ["a\nb", "a\x1b[31mb", "a\ud800", "x" * 5_000, "\u2028"])
def test_a_refused_value_is_told_in_one_short_printable_line(value: str, builds: dict[str, Build]) -> None:
    """Found by fuzzing: a line end in a value broke the line, and an escape went to the terminal as it was."""
    with pytest.raises(UsageError) as caught:
        open_study("example-study").ask("hybrid-council-types", boundary=value)
    assert caught.value.message.startswith("'") and "is no boundary." in caught.value.message
    assert str(caught.value).isprintable() and len(str(caught.value)) < 400


def test_a_stranger_s_file_cannot_speak_to_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "q.rq"
    path.write_text('#+ "sum\\e[31mmary": x\nASK {}\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_query(path)
    assert "\x1b" not in str(caught.value) and "unknown key" in str(caught.value)
