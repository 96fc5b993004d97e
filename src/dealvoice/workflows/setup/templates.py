"""Templates in the settings: written and deleted by those who may change the settings, for the whole company."""

from collections.abc import Mapping

from dealvoice.connections.secrets import new_id
from dealvoice.connections.who import Who
from dealvoice.invoicing.templates import Template
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import NoAccess, NotPossible
from dealvoice.workflows.setup.hand_over import may_manage

MOST = 50
"""Templates of one company; more could not be chosen from."""


def save(app: App, who: Who, *, template_id: str, name: str, is_default: bool, fills: Mapping[str, str]) -> None:
    """
    Write a template; an unknown or empty id makes a new one.

    Raises:
        NoAccess: This user may not change the settings.
        NotPossible: Another template has the name, or there are too many.
        ValueError: The template cannot be so.
    """
    with app.database.write(who.tenant_id) as store:
        _require_editor(store, who)
        known = store.templates.get(template_id) if template_id else None
        other = store.templates.named(name)
        if other is not None and (known is None or other.id != known.id):
            raise NotPossible("template.name_taken", {"name": name})
        if known is None and len(store.templates.all()) >= MOST:
            raise NotPossible("template.too_many", {"most": str(MOST)})
        template = Template(
            id=known.id if known is not None else new_id(), name=name, is_default=is_default, fills=fills
        )
        store.templates.save(template, by=who.name, now=app.now())
        store.audit.add(at=app.now(), who=who.name, what="template.save", about=template.id)


def delete(app: App, who: Who, *, template_id: str) -> None:
    """
    Delete a template; safe to repeat. Open forms keep what it filled.

    Raises:
        NoAccess: This user may not change the settings.
    """
    with app.database.write(who.tenant_id) as store:
        _require_editor(store, who)
        known = store.templates.get(template_id)
        if known is not None:
            store.templates.delete(known)
            store.audit.add(at=app.now(), who=who.name, what="template.delete", about=template_id)


def _require_editor(store: Store, who: Who) -> None:
    connection = store.connections.current()
    if not may_manage(who, connection):
        raise NoAccess("settings.no_access")
