"""Settings: which Pipedrive fields fill an invoice, due days, who sees invoices. They hold for the whole company."""

from collections.abc import Collection, Sequence

from dealvoice.connections.who import Who
from dealvoice.invoicing.deal import FieldRef, Owner
from dealvoice.invoicing.deal_fields import FieldKind
from dealvoice.invoicing.mapping import Mapping, Target, fill
from dealvoice.pipedrive import deals, fields
from dealvoice.pipedrive import errors as pipedrive_errors
from dealvoice.storage.choices import ChoiceKind
from dealvoice.storage.connections import Connection
from dealvoice.storage.fields import FieldRow
from dealvoice.storage.operations import Operation
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.access import asking_pipedrive, pipedrive_of
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import NoAccess, Trouble
from dealvoice.workflows.insight.problems import count_needs
from dealvoice.workflows.invoice.prefill import FIELDS_KEPT, read_deal
from dealvoice.workflows.setup.connect import connection_card
from dealvoice.workflows.setup.hand_over import colleagues, may_manage
from dealvoice.workflows.setup.views import FieldOption, HooksCard, SettingsView, TemplateLists, Visibility
from dealvoice.workflows.sync.keep_deals import keep_all
from dealvoice.workflows.sync.make_fields import want
from dealvoice.workflows.sync.record import start_all
from dealvoice.workflows.sync.write_fields import is_full
from dealvoice.workflows.translate.deals import OFFERED, STANDARD, field_rows


def settings(app: App, who: Who) -> SettingsView:
    """
    Return the settings with every field that may be chosen and an example from a recent deal.

    When Pipedrive does not answer, the saved choice is shown all the same, without examples.
    """
    with app.database.everyone_read() as lobby:
        tenant = lobby.tenants.get(who.tenant_id)
    with app.database.read(who.tenant_id) as store:
        mapping = store.preferences.mapping()
        saved = store.preferences.get()
        connection = store.connections.current()
        card = connection_card(app, store, connection, who) if connection else None
        people = len(store.installations.live())
        kept = store.deal_fields.all()
        others = colleagues(store, connection) if connection is not None and may_manage(who, connection) else ()
        known = store.fields.all()
        lists = _lists(store, connection)
        hooks = _hooks(store)
    known = _fresh_fields(app, who, known)
    return SettingsView(
        pipedrive_company=tenant.name if tenant else "",
        user_name=who.name,
        connection=card,
        mapping=mapping,
        fields=tuple(_options(known)),
        examples=_examples(app, who, mapping, known),
        visibility=Visibility(saved.visibility) if saved else Visibility.INSTALLER,
        show_amounts=saved.show_amounts if saved else True,
        fold_discounts=saved.fold_discounts if saved else False,
        people=people,
        saved_by=saved.saved_by if saved else "",
        saved_at=saved.saved_at if saved else None,
        may_edit=may_manage(who, connection),
        is_admin=who.is_admin,
        deal_fields={FieldKind(kind): row.state for kind, row in kept.items()},
        colleagues=others,
        lists=lists,
        mail_after=saved.mail_after if saved else False,
        problems=count_needs(app, who),
        hooks=hooks,
    )


def template_lists(app: App, who: Who) -> tuple[TemplateLists, bool]:
    """Return the templates and what they may hold, and whether this user may change them; no vendor is asked."""
    with app.database.read(who.tenant_id) as store:
        connection = store.connections.current()
        return _lists(store, connection), may_manage(who, connection)


def _hooks(store: Store) -> HooksCard:
    row = store.hooks.current()
    parked = len(store.deals.parked(store.invoices.deals_with_any()))
    if row is None:
        return HooksCard(parked=parked)
    return HooksCard(state=row.state, fault=row.fault, lost_at=row.lost_at, parked=parked)


def _lists(store: Store, connection: Connection | None) -> TemplateLists:
    templates = tuple(store.templates.all())
    if connection is None:
        return TemplateLists(templates=templates, company=None)
    return TemplateLists(
        templates=templates,
        company=connection.company(),
        terms=tuple(store.items.terms(connection.id)),
        classes=tuple(store.choices.all(connection.id, ChoiceKind.CLASS)),
        locations=tuple(store.choices.all(connection.id, ChoiceKind.LOCATION)),
    )


def save(
    app: App,
    who: Who,
    *,
    mapping: Mapping,
    visibility: Visibility,
    show_amounts: bool,
    fold_discounts: bool = False,
    deal_fields: Collection[FieldKind] | None = None,
    mail_after: bool = False,
) -> SettingsView:
    """
    Save the settings for the whole company.

    Args:
        app: The product.
        who: The user.
        mapping: Which fields fill an invoice.
        visibility: Who sees invoices.
        show_amounts: Notes carry numbers and amounts.
        fold_discounts: Line discounts go into the price.
        deal_fields: The fields to keep on deals; None leaves them as they are, and so does whoever is no admin.
        mail_after: A new form asks for the e-mail to the customer.

    Raises:
        NoAccess: This user is neither an administrator nor the one who connected QuickBooks.
    """
    with app.database.write(who.tenant_id) as store:
        connection = store.connections.current()
        if not may_manage(who, connection):
            raise NoAccess("settings.no_access")
        was_full = is_full(store)
        store.preferences.save(
            mapping,
            visibility=visibility.value,
            show_amounts=show_amounts,
            fold_discounts=fold_discounts,
            mail_after=mail_after,
            by=who.name,
            now=app.now(),
        )
        store.audit.add(at=app.now(), who=who.name, what="settings.save", about=who.tenant_id)
        store.flush()
        following: list[Operation] = []
        if connection is not None and is_full(store) != was_full:
            store.invoices.doubt_notes()
            following.append(keep_all(app, store, connection, notes=True))
        if deal_fields is not None and who.is_admin and connection is not None:
            making = want(app, store, connection, deal_fields, installation_id=who.installation_id, by=who.name)
            following += [making] if making is not None else []
    start_all(app, following)
    return settings(app, who)


def _fresh_fields(app: App, who: Who, known: list[FieldRow]) -> list[FieldRow]:
    if known and app.now() - min(row.seen_at for row in known) < FIELDS_KEPT:
        return known
    client = pipedrive_of(app, who)
    try:
        found = app.together(
            [
                lambda: fields.deal_fields(client),
                lambda: fields.person_fields(client),
                lambda: fields.organization_fields(client),
            ]
        )
    except pipedrive_errors.PipedriveError:
        return known
    rows: list[FieldRow] = []
    for owner, seen in zip((Owner.DEAL, Owner.PERSON, Owner.ORGANIZATION), found, strict=True):
        rows += field_rows(who.tenant_id, owner, seen, now=app.now())  # type: ignore[arg-type] # results keep their order
    with app.database.write(who.tenant_id) as store:
        store.fields.replace(rows)
    return rows


def _options(known: Sequence[FieldRow]) -> list[FieldOption]:
    options: list[FieldOption] = []
    for owner, keys in STANDARD.items():
        names = {row.key: row.name for row in known if row.owner == owner.value}
        options += [FieldOption(FieldRef(owner, key), names.get(key, "")) for key in keys]
        options += [
            FieldOption(FieldRef(owner, row.key), row.name)
            for row in known
            if row.owner == owner.value and row.custom and row.kind in OFFERED
        ]
    return options


def _examples(app: App, who: Who, mapping: Mapping, known: list[FieldRow]) -> dict[Target, str]:
    """Return what a recent deal would put on the invoice; nothing when there is none or Pipedrive is slow."""
    if not known:
        return {}
    with app.database.read(who.tenant_id) as store:
        seen = store.deals.newest(who.user_id)
    try:
        deal_id = seen.deal_id if seen else _recent(app, who)
        if deal_id is None:
            return {}
        deal, _ = read_deal(app, who, deal_id, known)
    except Trouble:
        return {}
    filled = fill(mapping, deal)
    return {
        Target.TO: filled.to,
        Target.ADDRESS: filled.address,
        Target.EMAIL: filled.email,
        Target.TAX_ID: filled.tax_id,
    }


def _recent(app: App, who: Who) -> int | None:
    with asking_pipedrive():
        found = deals.recent(pipedrive_of(app, who), 1)
    return found[0].id if found else None
