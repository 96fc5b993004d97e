"""Cleans the HTML of notes as a CRM would: a few harmless tags stay, everything else becomes text."""

from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit

_KEPT = frozenset({"p", "br", "b", "strong", "i", "em", "u", "ul", "ol", "li", "a", "span", "div"})
_SILENT = frozenset({"script", "style"})


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _KEPT:
            href = next((value for name, value in attrs if name == "href" and value), "")
            keeps = tag == "a" and urlsplit(href).scheme in {"http", "https"}
            self.parts.append(f'<a href="{escape(href)}">' if keeps else f"<{tag}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _KEPT and tag != "br":
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(escape(data, quote=False))


def clean(html: str) -> str:
    """Return the note as it is stored."""
    cleaner = _Cleaner()
    cleaner.feed(html)
    cleaner.close()
    return "".join(cleaner.parts)
