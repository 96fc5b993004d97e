"""
Two companies in one product: the house's own, full of data, and a neighbour with a Pipedrive and books of his own.

What the neighbour must never see is not written down anywhere: it is whatever text the owner's rows hold and his do not.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from dealvoice.connections.who import Who
from dealvoice.invoicing.templates import Template
from dealvoice.storage.tables import metadata
from dealvoice.workflows.insight.problems import actor_of, all_problems
from dealvoice.workflows.invoice import act, find
from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.setup import templates
from dealvoice_sandbox import serving_all
from playground.drafts import linked
from playground.house import AVIARY, House

NEIGHBOUR = 54321
"""Pipedrive's number of his company."""
HIS_BOOKS = "9341452000000002"
HIS_DEAL = 13
_TELLING = re.compile(r"[0-9a-f]{32}|.*\S[ @]\S.*", re.DOTALL)
"""Texts that are nobody else's: our own ids, and names or addresses, which are more than one word."""


@dataclass(frozen=True, slots=True)
class Street:
    """Two tenants of one product."""

    house: House
    owner: Who
    """Of the house's company."""
    neighbour: Who
    belongings: dict[str, Any]
    """Ids of what the owner has, by kind."""

    def rows(self, who: Who) -> dict[str, list[tuple[Any, ...]]]:
        """Return every row of a tenant, by table, but for the budgets, which are counted a while later."""
        with self.house.app.database.engine.connect() as connection:
            return {
                table.name: sorted(
                    (tuple(row) for row in connection.execute(select(table).where(table.c.tenant == who.tenant_id))),
                    key=repr,
                )
                for table in metadata.sorted_tables
                if "tenant" in table.c and table.name != "usage"
            }

    def secrets_of_the_owner(self) -> frozenset[str]:
        """Return the texts that the owner's rows hold and the neighbour's do not."""
        return frozenset(_texts(self.rows(self.owner))) - frozenset(_texts(self.rows(self.neighbour)))


@contextmanager
def a_street(house: House) -> Iterator[Street]:
    """Give the house's product two tenants; the first one is full of data."""
    other = serving_all.start(quickbooks_port=0, pipedrive_port=0, seed="us", app_url=house.app.public_url)
    try:
        crm = other.pipedrive
        crm.store.tree["company"] |= {"id": NEIGHBOUR, "name": "Next Door Ltd"}
        for table, kept in (("deals", HIS_DEAL), ("organizations", 36), ("persons", 24)):
            for key in set(crm.table(table)) - {str(kept)}:
                del crm.table(table)[key]
        crm.user(101)["name"] = "Bea Nextdoor"
        owner = house.install()
        house.connect(owner)
        neighbour = house.install(crm=crm.url)
        house.connect(neighbour, realm=HIS_BOOKS)
        open_form(house.app, neighbour, HIS_DEAL)  # what he sees of his own is in his rows then
        belongings = _settle(house, owner)
        yield Street(house, owner, neighbour, belongings)
    finally:
        other.stop()


def _settle(house: House, who: Who) -> dict[str, Any]:
    """Make one of everything: links, an invoice with its note, a refused one, an open form, a template, a colleague."""
    app = house.app
    find.link_customer(app, who, AVIARY, "1")
    made = _issue(house, who, second=False)
    house.quickbooks("POST", "/_sandbox/faults", json=_REFUSAL)
    refused = _issue(house, who, second=True)
    house.quickbooks("DELETE", "/_sandbox/faults")
    templates.save(app, who, template_id="", name="Zebra projects", is_default=True, fills={"memo": "Zebra thanks"})
    jan = house.install(102)
    with app.database.read(who.tenant_id) as store:
        connection, operation = store.connections.current(), store.operations.get(made)
        assert connection is not None
        assert operation is not None
        (template,) = store.templates.all()
    assert isinstance(template, Template)
    assert operation.invoice_id is not None
    sent = act.send(app, who, operation.invoice_id)
    house.run()
    problems = [one.key for one in all_problems(app, actor_of(app, who))]
    assert f"operation:{refused}" in problems
    return {
        "deal": AVIARY, "organization": 31, "person": 21, "form": open_form(app, who, AVIARY).form_id,
        "invoice": operation.invoice_id, "operation": sent, "problem": problems[0],
        "template": template.id, "colleague": jan.installation_id, "connection": connection.id, "customer": "1",
    }  # fmt: skip


_REFUSAL = {
    "method": "POST", "path": r"/invoice\?", "status": 400, "times": 1,
    "body": json.dumps({"Fault": {"Error": [{"Message": "No", "Detail": "Zebra refusal", "code": "6000", "element": ""}],
                                  "type": "ValidationFault"}}),
}  # fmt: skip


def _issue(house: House, who: Who, *, second: bool) -> str:
    view = open_form(house.app, who, AVIARY)
    draft = linked(view, second=second)
    draft = replace(draft, details=replace(draft.details, memo="Zebra memo"))
    done = issue(house.app, who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())
    assert isinstance(done, Accepted)
    house.run()
    return done.operation_id


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str() if _TELLING.fullmatch(value):
            yield value
        case dict():
            for inner in value.values():
                yield from _texts(inner)
        case list() | tuple():
            for inner in value:
                yield from _texts(inner)
