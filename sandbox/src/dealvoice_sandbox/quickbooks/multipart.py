"""Reads multipart bodies as upload clients send them: parts by name, with line ends of either kind."""

import base64
import binascii
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a body."""

    name: str
    filename: str
    content_type: str
    content: bytes


def parts(raw: bytes, content_type: str) -> list[Part]:
    """Return the parts of a body; what is no part is passed over."""
    found = re.search(r'boundary="?([^";]+)"?', content_type)
    if found is None:
        return []
    pieces = (b"\n" + raw).split(b"\n--" + found[1].encode())[1:]
    read = [_part(piece) for piece in pieces if not piece.startswith(b"--")]
    return [part for part in read if part is not None]


def _part(piece: bytes) -> Part | None:
    # The line end after the boundary and the one before the next boundary belong to neither.
    piece = piece.split(b"\n", 1)[-1].removesuffix(b"\r")
    found = re.search(rb"\r?\n\r?\n", piece)
    if found is None:
        return None
    head = piece[: found.start()].decode("utf-8", "replace")
    headers = dict(_header(line) for line in head.splitlines() if ":" in line)
    disposition = headers.get("content-disposition", "")
    content = piece[found.end() :]
    if headers.get("content-transfer-encoding", "").lower() == "base64":
        try:
            content = base64.b64decode(b"".join(content.split()), validate=True)
        except binascii.Error:
            return None
    return Part(_said(disposition, "name"), _said(disposition, "filename"), headers.get("content-type", ""), content)


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


def _said(disposition: str, name: str) -> str:
    found = re.search(rf'(?:^|[;\s]){name}="?([^";]*)"?', disposition)
    return found[1] if found else ""
