"""The peers' applications; both serve the current directory, where `served` starts its servers."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route


async def page(request: Request) -> FileResponse:
    """The file a path names, as people usually send one."""
    return FileResponse(Path("static") / str(request.path_params["name"]))


async def absent(_: Request) -> Response:
    """A server that serves files by itself never asks for this."""
    return Response(status_code=404)


app = Starlette(routes=[Route("/static/{name}", page)])
nothing = Starlette(routes=[Route("/{path:path}", absent)])
