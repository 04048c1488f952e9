"""The fuzzer runs, and finds nothing: a few thousand inputs by Hypothesis in every run, a hundred thousand by atheris in `make test-all`."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from boundwork import readers
from boundwork.errors import BoundworkError
from fuzz.fuzzing import fuzz, read_whole, told
from readers.writers import zipped

pytest.importorskip("atheris", reason="atheris has no build for this Python or system")

FUZZER = Path(__file__).with_name("fuzz_readers.py")
CORPUS = Path(__file__).with_name("corpus")
RUNS = 100_000


def test_the_kept_corpus_is_read_or_refused() -> None:
    assert read_whole(fuzz(FUZZER, CORPUS, "-runs=0"), CORPUS, least=1_000) >= 16


@pytest.mark.slow
def test_a_hundred_thousand_inputs_crash_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """In two fuzzers at a time, each with a seed of its own."""
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda seed: fuzz(FUZZER, CORPUS, f"-runs={RUNS // 2}", f"-seed={seed}", "-timeout=60", "-rss_limit_mb=1024"), (1, 2)))
    with capsys.disabled():
        print("".join(f"\nfuzzed the readers: {told(said, RUNS // 2)}" for said in runs))


WORDS = st.sampled_from(["<Project>", "x", "🙂", "&#13;", "</Project>", "<Sources>",
                         '<TextSource guid="1" name="s">', "</TextSource>", "<PlainTextContent>", "</PlainTextContent>",
                         '<PlainTextSelection guid="2" startPosition="0" endPosition="1">', "</PlainTextSelection>", '<Coding guid="3">', "</Coding>",
                         '<CodeRef targetGUID="4"/>', '<Code guid="4" name="c">', "</Code>", "<Codes>", "</Codes>", "<CodeBook>", "</CodeBook>",
                         '<Case guid="4">', "</Case>", "<Note>", "</Note>", '<NoteRef targetGUID="1"/>', "source,code\n", "a,b\n", '"', ";", "\x00", "\r\n"])


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.one_of(st.binary(max_size=300), st.lists(WORDS, max_size=30).map("".join).map(str.encode)),
       inside=st.sampled_from(["", "project.qde", "content.xml"]))
@example(data=b"<Project", inside="")
def test_any_bytes_are_read_or_refused_in_one_line(data: bytes, inside: str) -> None:
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        path = Path(folder, "file")
        path.write_bytes(zipped({inside: data}) if inside else data)
        try:
            readers.read(path)
        except BoundworkError as error:
            assert "\n" not in str(error)
