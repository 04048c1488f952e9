"""Fifty greedy clients, who never wait, do not keep a small question from being answered."""

from __future__ import annotations

import threading
import time
from collections import Counter

import pytest

from boundwork.pipeline.builds import Build
from protocol.asking import ask, get, query, slack
from serving import served

CLIENTS = 50
SECONDS = 15.0
SMALL = get("SELECT ?c ?t { ?c bw:councilType ?t } ORDER BY ?c LIMIT 3")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["the same query again and again", "a new query each time"])
def test_small_questions_are_answered_among_greedy_clients(builds: dict[str, Build], kind: str) -> None:
    assert builds
    statuses: Counter[int] = Counter()
    until = time.monotonic() + SECONDS

    def greedy(address: str, number: int) -> None:
        asked = 0
        while time.monotonic() < until:
            mark = f"# {number} {asked}" if kind.startswith("a new") else ""
            reply = query(address, f"SELECT (COUNT(*) AS ?n) {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }} {mark}")
            statuses[reply.status] += 1
            if reply.status == 503:
                assert int(str(reply.headers["retry-after"])) > 0
            asked += 1

    with served("regulating-public-services", seconds=3.0) as address:
        until = time.monotonic() + SECONDS
        threads = [threading.Thread(target=greedy, args=(address, n)) for n in range(CLIENTS)]
        for thread in threads:
            thread.start()
        times = []
        answers = Counter[int]()
        while time.monotonic() < until:
            start = time.monotonic()
            answers[ask(address, SMALL).status] += 1
            times.append(time.monotonic() - start)
            time.sleep(0.1)
        for thread in threads:
            thread.join(60)
    assert set(answers) == {200}
    assert set(statuses) <= {503, 504}
    assert statuses[504] >= 2
    print(f"{kind}: {len(times)} small questions, the median {sorted(times)[len(times) // 2]:.3f} s, the slowest {max(times):.3f} s; {dict(statuses)}")
    assert max(times) < 2 * (1 + slack())
