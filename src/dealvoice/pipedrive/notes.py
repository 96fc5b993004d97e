"""Write, rewrite and read the notes of a deal (v1, the only version that has them)."""

from dealvoice.pipedrive.client import Pipedrive
from dealvoice.pipedrive.models import Note

_PATH = "api/v1/notes"
_ENTITY = "note"


def create(client: Pipedrive, *, deal_id: int, content: str) -> Note:
    """Add a note (HTML) to a deal; after ``Unknown`` look through ``of_deal`` before a second try."""
    body = {"content": content, "deal_id": deal_id}
    return client.write("POST", _PATH, Note, entity=_ENTITY, operation="create", body=body)


def update(client: Pipedrive, note_id: int, content: str) -> Note:
    """Put new text into a note; safe to repeat. A note that is gone raises ``NotFound``: write a new one."""
    body = {"content": content}
    return client.write("PUT", f"{_PATH}/{note_id}", Note, entity=_ENTITY, operation="update", body=body)


def read(client: Pipedrive, note_id: int) -> Note:
    """Read one note."""
    return client.get(f"{_PATH}/{note_id}", Note, entity=_ENTITY)


def of_deal(client: Pipedrive, deal_id: int) -> list[Note]:
    """Give all notes of a deal."""
    return client.rows_v1(_PATH, Note, entity=_ENTITY, params=[("deal_id", str(deal_id))])


def delete(client: Pipedrive, note_id: int) -> None:
    """Remove a note."""
    client.delete(f"{_PATH}/{note_id}", entity=_ENTITY)
