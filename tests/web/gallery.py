"""
Writes every screen in every state, language and theme into a folder, to be looked at in a browser.

    PYTHONPATH=tests .venv/bin/python tests/web/gallery.py build/gallery
"""

import shutil
import sys
from pathlib import Path

from dealvoice.web.pages import HERE, static_version
from web import rooms, shown


def main(folder: Path) -> None:
    """Write the pages, and the static files beside them."""
    shutil.copytree(HERE / "static", folder / "static", dirs_exist_ok=True)
    for speech in (shown.ENGLISH, shown.POLISH):
        for theme in ("light", "dark"):
            for name, html in rooms.screens(speech, theme).items():
                page = html.replace(f"/static/{static_version()}/", "static/")
                # The SDK waits for a host that is not there, and modules do not load from files.
                page = page.replace("<script", "<!-- script").replace("</script>", "</script -->")
                (folder / f"{name}.{speech.language}.{theme}.html").write_text(page)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
