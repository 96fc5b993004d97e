"""
Takes Pipedrive's webhooks in: known by key and password, each event once, answered at once.

An event is a hint, never the truth. What it may do here: keep the right to see a deal or contact and its head current, for
those that somebody has opened or invoiced; everything else about known records it only marks, and ``pipedrive_track``
reads before anything is moved or parked. Events of records that we do not know are dropped without a trace.

They come twice, out of order, or never, so each carries Pipedrive's own time: an older one never overrules a newer.

Source: webhooks v2 guide (no signature; ``permitted_user_ids``; a merge is a delete with ``merged_to_id`` and a change with
``merged_from_id``; 10 seconds to answer, three repetitions).
"""

import base64
import hmac
from datetime import datetime, timedelta

from dealvoice.connections.secrets import hash_of, new_secret
from dealvoice.observability import WEBHOOKS, get_logger
from dealvoice.pipedrive import webhooks
from dealvoice.pipedrive.webhooks import DealTold, Event
from dealvoice.storage.deal_fields import UNSURE
from dealvoice.storage.deals import DealHead, DealSeen, DealState
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.sync.pipedrive_hooks import BASIC_USER, secret
from dealvoice.workflows.sync.record import fields_operation
from dealvoice.workflows.translate.deals import write_head

TRACK = "pipedrive"
"""The schedule that reads what was marked."""
_HEARD_EVERY = timedelta(minutes=1)
_SKEW = timedelta(minutes=1)
"""How far Pipedrive's clock may lie behind ours."""
_LONGEST_KEY = 100
_log = get_logger(__name__)


def pipedrive(app: App, key: str, authorization: str, raw: bytes) -> bool:
    """
    Take one delivery in; safe to repeat, in any order.

    Returns:
        Whether it is one of ours: False for an unknown key and for a wrong password alike.
    """
    with app.database.everyone_read() as lobby:
        row = lobby.hooks.of_key(hash_of(key)) if len(key) <= _LONGEST_KEY else None
        tenant = lobby.tenants.get(row.tenant) if row is not None else None
    password = secret(app, row)[1] if row is not None else new_secret()
    right = _is_basic(authorization, password)
    if row is None or tenant is None or not right:
        _count("forged")
        return False
    try:
        event = webhooks.parse(raw)
    except webhooks.UnreadableError:
        _log.warning("hook.unreadable", bytes=len(raw))
        _count("unreadable")
        return True
    if event.company_id != tenant.company_id:
        _log.warning("hook.other_company")
        _count("forged")
        return True
    if row.heard_at is None or app.now() - row.heard_at > _HEARD_EVERY:
        with app.database.write(row.tenant) as store:
            heard = store.hooks.get(row.id)
            if heard is not None:
                heard.heard_at = app.now()
    _count("accepted")
    if _take(app, row.tenant, event):
        app.engine.wake(TRACK)
    return True


def _count(outcome: str) -> None:
    WEBHOOKS.labels(vendor="pipedrive", outcome=outcome).inc()


def knows(app: App, key: str) -> bool:
    """Tell whether a key is that of an address in use: Pipedrive asks, in a way it does not tell, before it keeps one."""
    with app.database.everyone_read() as lobby:
        return len(key) <= _LONGEST_KEY and lobby.hooks.of_key(hash_of(key)) is not None


def _is_basic(header: str, password: str) -> bool:
    known = base64.b64encode(f"{BASIC_USER}:{password}".encode())
    scheme, _, given = header.partition(" ")
    return hmac.compare_digest(given.strip().encode(), known) and scheme.lower() == "basic"


def _take(app: App, tenant: str, event: Event) -> bool:
    """Do what an event of a record that we know asks for; tell whether something must be read now."""
    record = int(event.entity_id) if event.entity_id.isdecimal() and len(event.entity_id) <= 18 else None
    if record is None or event.entity not in _KNOWN:
        return False
    event_id = f"{event.id}:{event.entity}:{event.entity_id}"[:120]
    with app.database.read(tenant) as store:
        if not _is_known(store, event, record) or store.hooks.came(event_id):
            return False
    with app.database.write(tenant) as store:
        if not store.hooks.is_new(event_id, app.now()):
            return False
        now = app.now()
        match event.entity:
            case "deal":
                _put_back(app, store, event, record)
                return _deal(store, event, record, now)
            case "deal_product":
                _line(store, event, now)
                return False
            case "user":
                # His role, his group or that he is there at all: what he sees may be another thing now.
                store.deals.forget(user_id=record)
                store.contacts.forget(record)
                return False
            case "organization" | "person":
                _contact(store, event, record)
                return _merged(store, event, record, now)
            case _:
                return _merged(store, event, record, now)


_KNOWN = frozenset({"deal", "deal_product", "organization", "person", "product", "user"})


def _is_known(store: Store, event: Event, record: int) -> bool:
    match event.entity:
        case "deal":
            other = event.merged_from_id or ""
            return _is_known_deal(store, record) or (other.isdecimal() and _is_known_deal(store, int(other)))
        case "deal_product":
            deal_id = webhooks.deal_of(event)
            return deal_id is not None and _is_known_deal(store, deal_id)
        case "user":
            return store.deals.newest(record) is not None or store.contacts.has_seen(record)
        case kind:
            if kind in {"organization", "person"} and store.contacts.of_contact(kind, record):
                return True
            return any(store.links.is_linked(kind, one) for one in {record, _number(event.merged_from_id)} if one)


def _is_known_deal(store: Store, deal_id: int) -> bool:
    return bool(store.invoices.has_any(deal_id) or store.deals.of_deal(deal_id))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) <= 18 else None


def _deal(store: Store, event: Event, deal_id: int, now: datetime) -> bool:
    head = store.deals.known_head(deal_id, now)
    told, hint = webhooks.deal_told(event), _hint(event)
    newer = event.at is not None and (head.told_at is None or event.at >= head.told_at)
    for seen in store.deals.of_deal(deal_id):
        _keep_right(store, event, told, seen, now)
    if newer:
        _keep_head(event, head, told, now)
    into, other = _number(event.merged_to_id), _number(event.merged_from_id)
    to_read = False
    if other is not None and store.invoices.has_any(other):
        store.hooks.mark("deal", other, now, gone=True, merged_into=deal_id)
        to_read = True
    if not store.invoices.has_any(deal_id):
        if newer and hint is not None:
            head.state, head.merged_into = (hint if into is None else DealState.MERGED).value, into
    elif into is not None or hint is not DealState(head.state):
        store.hooks.mark("deal", deal_id, now, gone=hint is DealState.DELETED, merged_into=into)
        to_read = True
    return to_read


def _put_back(app: App, store: Store, event: Event, deal_id: int) -> None:
    """
    Have fields of ours that a person has edited say what is true again; the sweep of operations does it.

    Only what a person has done: two programs that write the same field would never come to rest.
    """
    connection = store.connections.current()
    if connection is None or event.action != "change" or event.change_source == "api":
        return
    edited = {kind: UNSURE for kind, row in store.deal_fields.ready().items() if row.code in event.changed}
    if edited and store.invoices.has_any(deal_id):
        store.deal_fields.tell(deal_id, edited)
        fields_operation(app, store, connection, deal_id)


def _hint(event: Event) -> DealState | None:
    """Return the state that an event speaks of; None when only a read can tell."""
    told = webhooks.deal_told(event)
    if event.action == "delete":
        return DealState.DELETED
    if told is None:
        return None
    if told.is_deleted or told.status == "deleted":
        return DealState.DELETED
    if told.is_archived is not None:
        return DealState.ARCHIVED if told.is_archived else DealState.LIVE
    # The guide's example says nothing of archives; an archived deal takes no edits, so an edit shows that it is none.
    edited = event.changed - {"update_time", "archive_time"}
    return DealState.LIVE if edited or event.action == "create" else None


def _keep_right(store: Store, event: Event, told: DealTold | None, seen: DealSeen, now: datetime) -> None:
    """
    Keep what one user may see: whoever is not permitted any more is asked for at his next look, which refuses him.

    What is held is as old as Pipedrive's time of the read or event it came with; an older event changes nothing.
    """
    permitted = event.permitted_user_ids
    older = event.at is not None and seen.told_at is not None and event.at < seen.told_at.replace(microsecond=0)
    if older:
        return
    may = event.action != "delete" and (permitted is None or seen.user_id in permitted)
    if may is not seen.allowed and (not may or permitted is not None):
        store.deals.forget(user_id=seen.user_id, deal_id=seen.deal_id)
        return
    if not may or told is None or event.at is None:
        return
    write_head(seen, told)
    seen.archived = seen.archived if told.is_archived is None else told.is_archived
    seen.told_at = event.at
    if permitted is not None:
        seen.checked_at = now


def _keep_head(event: Event, head: DealHead, told: DealTold | None, now: datetime) -> None:
    permitted = event.permitted_user_ids
    if event.action == "delete":
        head.permitted = []
    elif permitted is not None:
        # Two events of one moment: who may see it by both.
        same = head.told_at == event.at and head.permitted is not None
        head.permitted = sorted(permitted & set(head.permitted) if same else permitted)
    head.told_at, head.heard_at = event.at, now
    if told is not None:
        write_head(head, told)


def _line(store: Store, event: Event, now: datetime) -> None:
    deal_id = webhooks.deal_of(event)
    if deal_id is None:
        return
    head = store.deals.known_head(deal_id, now)
    if event.at is not None and (head.lines_at is None or event.at > head.lines_at):
        head.lines_at = event.at
    if event.action != "change":
        for seen in store.deals.of_deal(deal_id):
            # How many there are is told by a read alone; needed only while the deal has no invoice.
            seen.products = None


def _contact(store: Store, event: Event, contact_id: int) -> None:
    """Keep who may see a contact, as for deals, and what it is called."""
    told, permitted = webhooks.contact_told(event), event.permitted_user_ids
    for seen in store.contacts.of_contact(event.entity, contact_id):
        may = event.action != "delete" and (permitted is None or seen.user_id in permitted)
        if may is not seen.allowed and (not may or permitted is not None):
            store.contacts.drop(seen)
        elif may and told is not None and (event.at is None or event.at >= seen.checked_at - _SKEW):
            seen.name, seen.organization_id = (told.name or "")[:1024], told.org_id


def _merged(store: Store, event: Event, record: int, now: datetime) -> bool:
    into, other = _number(event.merged_to_id), _number(event.merged_from_id)
    if into is not None:
        store.hooks.mark(event.entity, record, now, gone=True, merged_into=into)
    if other is not None:
        store.hooks.mark(event.entity, other, now, gone=True, merged_into=record)
    return into is not None or other is not None
