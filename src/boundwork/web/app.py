"""The explorer as an ASGI application: every address, what answers it, and how errors are told."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from boundwork.errors import BoundworkError
from boundwork.explore.current import Current
from boundwork.explore.querying import QueryRunner, StudyStores
from boundwork.pipeline.builds import Build
from boundwork.web import openapi, protocol
from boundwork.web.guard import Guard
from boundwork.web.pages import ask, coding, matrix, ontology, query, study, thing, validate, why
from boundwork.web.view import TYPES, Page, Site, View, error_data, json_text

HOSTS = ("127.0.0.1", "localhost", "[::1]")
LOG = logging.getLogger("boundwork.web")


class _Form(Convertor[str]):
    """The end of an address that says in which form a page is wanted; empty for the page itself."""

    regex = rf"(?:\.(?:{'|'.join(TYPES)}))?"

    def convert(self, value: str) -> str:
        return value.removeprefix(".")

    def to_string(self, value: str) -> str:
        return f".{value}" if value else ""


class _Name(Convertor[str]):
    """A name that leaves the form behind it alone."""

    regex = "[^/]+?"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("form", _Form())
register_url_convertor("name", _Name())


def pages() -> list[BaseRoute]:
    """The routes of the pages."""
    made: list[tuple[str, Page]] = [
        ("/", study.page), ("/study{form:form}", study.page), ("/matrix{form:form}", matrix.page), ("/matrix/cell{form:form}", matrix.cell),
        ("/ask{form:form}", ask.catalogue), ("/ask/{slug:name}{form:form}", ask.answer), ("/why{form:form}", why.page),
        ("/why/{slug:name}{form:form}", why.row), ("/coding{form:form}", coding.catalogue), ("/coding/{name:name}{form:form}", coding.extract),
        ("/validate{form:form}", validate.page), ("/ontology{form:form}", ontology.page), ("/query{form:form}", query.page),
        ("/thing{form:form}", thing.page), ("/thing/{name:path}", thing.page)]
    made.append(("/openapi.json", openapi.page))
    return [Route("/validate/events", validate.events), *(Route(path, _endpoint(page), methods=["GET"]) for path, page in made)]


def _endpoint(page: Page) -> Callable[[Request], Response]:
    """A page as an endpoint that runs in a thread; whatever goes wrong becomes a page, or JSON, that says so."""
    def answer(request: Request) -> Response:
        try:
            return page(View(request))
        except HTTPException as error:
            return told(request, error.status_code, str(error.detail))
        except BoundworkError as error:
            return told(request, 500 if error.exit_code == 3 else 400, error.message, error.hint)
        except Exception as error:
            LOG.error("%s: a fault of ours: %s: %s", request.url.path, type(error).__name__, error, exc_info=LOG.isEnabledFor(logging.DEBUG))
            return told(request, 500, f"A fault of ours: {type(error).__name__}.", "Start the server with --debug, try again, and report what it prints.")

    return answer


_HEADS = {400: "This cannot be answered as it was asked", 404: "There is no such page", 405: "This address is only read",
          500: "Something here is broken"}


def told(request: Request, status: int, message: str, hint: str = "") -> Response:
    """An error in the form that the client takes; the page leads on."""
    try:
        view = View(request, forgiving=True)
        if view.form not in ("page", "html") or request.url.path.endswith((".json", ".ttl")):
            return Response(json_text(error_data(message, hint)), status, media_type="application/json")
        return view.render("error.html", status, status=status, head=_HEADS.get(status, "This did not work"), message=message, hint=hint)
    except BoundworkError:  # not even the study can be shown
        return Response(f"{message} {hint}".strip() + "\n", status, media_type="text/plain")


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message = "Nothing stands at this address." if error.status_code == 404 else str(error.detail)
    response = await run_in_threadpool(told, request, error.status_code, message)
    if error.status_code == 405:  # RFC 9110 wants it; what is mounted for files names none
        response.headers["Allow"] = (error.headers or {}).get("Allow", "GET, HEAD")
    return response


async def _to_editor(request: Request) -> Response:
    return RedirectResponse("/query")


def application(folder: Path, store: Path | None = None, reading: str | None = None, texts: tuple[Path, ...] = (),
                progress: Callable[[str, int], None] | None = None, build: Build | None = None) -> ASGIApp:
    """Return the explorer of a study. The study is built where needed; with `build` that one is shown for good.

    Errors: what the build says; InputError for an unknown reading or a text that is none of the study's.
    """
    source = StudyStores(folder, store, progress, build)
    site = Site(Current(folder, source), texts, reading)
    snapshot = site.current.snapshot()
    snapshot.session(reading)
    site.words(snapshot)
    first = snapshot.session(reading).reading.id
    snapshot.overview(first)  # read now, so that the first page is as quick as the others
    snapshot.mentions(first)
    runner = QueryRunner(source)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await runner.start()
        site.check_soon()
        yield
        await runner.stop()

    static = Mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
    made = Starlette(routes=[*pages(), *protocol.routes(runner, _to_editor), static], lifespan=lifespan, exception_handlers={HTTPException: _http_error})
    made.state.site, made.state.runner = site, runner
    return Guard(made, HOSTS)


__all__ = ["application"]
