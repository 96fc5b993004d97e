"""
Reads what Pipedrive's events have marked, and does what follows: park, bring back, move to the survivor of a merge.

Only records that we know are ever marked: deals with invoices, contacts and products with links. A read costs one token
of Pipedrive's daily budget; more than a few deals are listed a hundred at a time for ten.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from dealvoice.connections.tokens import SignInEnded
from dealvoice.observability import get_logger
from dealvoice.pipedrive import contacts, deals, errors, products
from dealvoice.pipedrive import models as pd
from dealvoice.pipedrive.client import Pipedrive
from dealvoice.storage.connections import Connection
from dealvoice.storage.deals import DealState
from dealvoice.storage.hooks import HookMark
from dealvoice.storage.installations import Installation
from dealvoice.storage.operations import Operation
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.setup.hand_over import ensure_steward, retired
from dealvoice.workflows.sync.alone import alone
from dealvoice.workflows.sync.parking import saw_state, whole_operation
from dealvoice.workflows.sync.record import start_all
from dealvoice.workflows.sync.side import for_all
from dealvoice.workflows.translate.deals import write_head

AT_ONCE = 100
"""Marked records that are read together."""
_LEASE = timedelta(minutes=2)
_LISTED_FROM = 10
"""From how many deals on a list is cheaper than single reads: ten tokens against one each."""
_log = get_logger(__name__)


@dataclass(slots=True)
class _Seen:
    """What reads found, by kind and id; None for what is gone, or hidden from the steward."""

    deals: dict[int, pd.Deal | None] = field(default_factory=dict)
    others: dict[tuple[str, int], bool] = field(default_factory=dict)
    """Whether a contact or product is there."""

    def is_there(self, entity: str, record_id: int) -> bool:
        """Tell whether a record was found and is not deleted."""
        if entity != "deal":
            return self.others.get((entity, record_id), False)
        deal = self.deals.get(record_id)
        return deal is not None and not _is_deleted(deal)


def track_all(app: App) -> None:
    """Read the marked records of every company; one that fails does not stop the others."""
    with app.database.everyone_read() as lobby:
        found = lobby.hooks.marked()
    for_all(
        app,
        [(tenant,) for tenant in found],
        partial(_drain, app),
        told="some records could not be read and stay marked",
    )


def _drain(app: App, tenant: str) -> None:
    while track(app, tenant) >= AT_ONCE:
        pass


def track(app: App, tenant: str) -> int:
    """
    Bring what we hold of a company's marked records up to date; safe to repeat and to run twice at once.

    Returns:
        How many records were read and acted on; 0 also when Pipedrive wants us to wait: they stay marked.
    """
    with app.database.write(tenant) as store:
        marks, connection = store.hooks.marked(limit=AT_ONCE), store.connections.current()
        steward = _steward(store, connection)
        if connection is None or steward is None:
            store.hooks.clean(marks)
            return 0
    with alone(app, tenant, "pipedrive.track", life=_LEASE) as lease:
        if lease is None:
            return 0
        try:
            seen = _read(app.pipedrive(tenant, steward.id, steward.api_domain), marks)
        except errors.Wait as error:
            lease.pause = timedelta(seconds=error.seconds)  # nobody asks again before its time
            return 0
        except (errors.Retry, SignInEnded):
            return 0
        except errors.PipedriveError as error:
            if not retired(app, tenant, steward.id, error):
                raise
            return 0
    with app.database.write(tenant) as store:
        row = store.connections.get(connection.id)
        if row is None:
            return 0
        to_start = [operation for mark in marks for operation in _apply(app, store, row, mark, seen)]
        store.hooks.clean(marks)
    start_all(app, to_start)
    return len(marks)


def _steward(store: Store, connection: Connection | None) -> Installation | None:
    steward_id = ensure_steward(store, connection) if connection is not None else None
    return store.installations.get(steward_id) if steward_id else None


def _read(client: Pipedrive, marks: list[HookMark]) -> _Seen:
    seen = _Seen()
    wanted = {mark.record_id for mark in marks if mark.entity == "deal"}
    wanted |= {mark.merged_into for mark in marks if mark.entity == "deal" and mark.merged_into}
    if len(wanted) > _LISTED_FROM:
        for ids in _hundreds(sorted(wanted)):
            seen.deals |= {deal.id: deal for deal in deals.by_ids(client, ids)}
    # A list leaves out what is archived, deleted or hidden.
    for deal_id in sorted(wanted - set(seen.deals)):
        try:
            seen.deals[deal_id] = deals.read(client, deal_id)
        except (errors.NotFound, errors.Forbidden):
            seen.deals[deal_id] = None
    others = {(mark.entity, mark.record_id) for mark in marks if mark.entity != "deal"}
    others |= {(mark.entity, mark.merged_into) for mark in marks if mark.entity != "deal" and mark.merged_into}
    for entity, record_id in sorted(others):
        seen.others[entity, record_id] = _is_there(client, entity, record_id)
    return seen


def _is_there(client: Pipedrive, entity: str, record_id: int) -> bool:
    try:
        match entity:
            case "organization":
                return not contacts.organization(client, record_id).is_deleted
            case "person":
                return not contacts.person(client, record_id).is_deleted
            case _:
                return not products.read(client, record_id).is_deleted
    except (errors.NotFound, errors.Forbidden):
        return False


def _hundreds(ids: list[int]) -> list[list[int]]:
    return [ids[start : start + 100] for start in range(0, len(ids), 100)]


def _is_deleted(deal: pd.Deal) -> bool:
    return bool(deal.is_deleted) or deal.status == "deleted"


def _apply(app: App, store: Store, connection: Connection, mark: HookMark, seen: _Seen) -> list[Operation]:
    if mark.entity == "deal":
        return _apply_deal(app, store, connection, mark, seen)
    # Moved only when both reads agree with what was told: the one is gone, and the other there.
    if mark.merged_into and not seen.is_there(mark.entity, mark.record_id) and seen.is_there(
        mark.entity, mark.merged_into
    ):  # fmt: skip
        return _move_other(app, store, mark)
    return []


def _move_other(app: App, store: Store, mark: HookMark) -> list[Operation]:
    into = mark.merged_into or 0
    if mark.entity == "product":
        moved = store.links.move_product(mark.record_id, into)
    else:
        moved = store.links.move_contact(mark.entity, mark.record_id, into)
        store.deals.move_contact(mark.entity, mark.record_id, into)
    store.audit.add(at=app.now(), who="", what=f"{mark.entity}.merged", about=f"{mark.record_id}>{into}")
    _log.info("pipedrive.merged", entity=mark.entity, links=moved)
    return []


def _apply_deal(app: App, store: Store, connection: Connection, mark: HookMark, seen: _Seen) -> list[Operation]:
    deal_id = mark.record_id
    deal = seen.deals.get(deal_id)
    if deal is not None and not _is_deleted(deal):
        _keep_head(store, deal)
        state = DealState.ARCHIVED if deal.is_archived else DealState.LIVE
        return saw_state(app, store, connection, deal_id, state)
    if mark.merged_into and seen.is_there("deal", mark.merged_into):
        return _move_deal(app, store, connection, deal_id, mark.merged_into)
    if deal is not None or mark.gone:
        # A deal that is only hidden from the steward is none of these: nobody said that it is gone.
        store.deals.put_state(deal_id, DealState.DELETED, now=app.now())
        store.deals.forget(deal_id=deal_id)
    return []


def _keep_head(store: Store, deal: pd.Deal) -> None:
    head = store.deals.head(deal.id)
    if head is None or (head.told_at is not None and deal.update_time and deal.update_time < head.told_at):
        return
    write_head(head, deal)


def _move_deal(app: App, store: Store, connection: Connection, gone: int, into: int) -> list[Operation]:
    """Move a deal's invoices, their notes and its standing to the deal it was merged into, and tell that one."""
    store.deals.put_state(gone, DealState.MERGED, now=app.now(), merged_into=into)
    store.deals.forget(deal_id=gone)
    moved = store.invoices.move_deal(gone, into)
    store.deal_fields.move(gone, into)
    store.audit.add(at=app.now(), who="", what="deal.merged", about=f"{gone}>{into}")
    _log.info("pipedrive.merged", entity="deal", links=len(moved))
    for invoice_id in moved:
        row = store.invoices.get(invoice_id)
        if row is not None:
            row.version += 1
    return [whole_operation(app, store, connection, into)]
