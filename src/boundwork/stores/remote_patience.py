"""Asks again where that may help: what a busy server says about when is followed, else waits grow; all within one deadline."""

from __future__ import annotations

import email.utils
import random
import time
from collections.abc import Callable

from boundwork.errors import RemoteError, TimeLimit
from boundwork.stores.remote_http import Deadline, Reply, Request, send, shown
from boundwork.wording import counted

TRIES = 4
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
_PASSING = (408, 425, 429, 502, 503, 504)

Told = Callable[[str, int], None]


def send_patiently(request: Request, deadline: Deadline, told: Told | None = None) -> Reply:
    """Send a request until a reply comes that waiting would not better; at most TRIES times.

    Errors: RemoteError and TimeLimit, also when the server wants a longer wait than the deadline leaves.
    """
    for attempt in range(1, TRIES + 1):
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempt - 1)) * random.uniform(0.5, 1)
        try:
            reply = send(request, deadline)
            if reply.status not in _PASSING:
                return reply
            problem = f"status {reply.status}"
            asked = retry_after(reply)
            if asked is not None:
                wait = asked + random.uniform(0, 0.1)
            if attempt == TRIES or (asked is None and wait > deadline.left()):
                return reply
            if wait > deadline.left():
                raise RemoteError(f"{deadline.host} is busy (status {reply.status}) and asks to wait {counted(round(wait), 'second')}, longer than is left.",
                                  f"Try again then, or give more than {round(wait) + 1} with --timeout.")
        except TimeLimit:
            raise
        except RemoteError as error:
            if not error.passing or attempt == TRIES or wait > deadline.left():
                raise
            problem = error.message.rstrip(".")
        if told:
            told(f"{shown(request.url)}: {problem}; asking again, try", attempt + 1)
        time.sleep(wait)
    raise AssertionError("unreachable")


def retry_after(reply: Reply) -> float | None:
    """Return the seconds that a Retry-After header asks to wait, from a number or a date; None where it says nothing readable."""
    text = (reply.headers.get("Retry-After") or "").strip()
    if text.isascii() and text.isdigit():
        return float(min(int(text[:9]), 10**8))
    if not text:
        return None
    try:
        when = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return max(0.0, when.timestamp() - time.time())


__all__ = ["retry_after", "send_patiently"]
