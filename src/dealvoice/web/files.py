"""Static files under a version in their address: copies may be kept for good, a new release asks for new ones."""

import os

from starlette.responses import Response
from starlette.staticfiles import StaticFiles as Plain
from starlette.types import Scope


class StaticFiles(Plain):
    """Serves ``/static/<version>/<path>``; any version finds today's file, so that a page open during an update works."""

    def get_path(self, scope: Scope) -> str:
        """Return the file's path without the version."""
        _, _, rest = super().get_path(scope).partition(os.sep)
        return rest or "."

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file that may be kept."""
        answer = await super().get_response(path, scope)
        answer.headers["cache-control"] = "public, max-age=31536000, immutable"
        return answer
