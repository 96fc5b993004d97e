"""The rarer details reach QuickBooks as typed; templates fill the form; what a company has not is not there."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from dealvoice.invoicing.details import Details
from dealvoice.invoicing.draft import TaxMode
from dealvoice.invoicing.mapping import Mapping
from dealvoice.workflows.errors import NoAccess, NotPossible
from dealvoice.workflows.invoice import templates as form_templates
from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.invoice.progress import progress
from dealvoice.workflows.invoice.review import review
from dealvoice.workflows.setup import configure, templates
from dealvoice.workflows.setup.views import Visibility
from dealvoice.workflows.sync.catch_up import catch_up
from playground.drafts import linked
from playground.house import AVIARY, House, a_house
from playground.truth import check_creation


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path) as opened:
        yield opened


def _prefer(house: House, **groups: dict[str, object]) -> None:
    kept = house.books("select * from Preferences")[0]
    for name, values in groups.items():
        kept[name] = {**kept.get(name, {}), **values}
    house.post_books("preferences", kept)


def _open(house: House) -> None:
    house.who = house.install()
    house.connect(house.who)


def _everything_on(house: House) -> None:
    own = [
        {"CustomField": [{"Name": "SalesFormsPrefs.UseSalesCustom1", "Type": "BooleanType", "BooleanValue": True}]},
        {"CustomField": [{"Name": "SalesFormsPrefs.SalesCustomName1", "Type": "StringType", "StringValue": "Crew #"}]},
    ]
    _prefer(
        house,
        AccountingInfoPrefs={
            "ClassTrackingPerTxn": True, "ClassTrackingPerTxnLine": True, "TrackDepartments": True,
        },
        SalesFormsPrefs={"AllowServiceDate": True, "CustomField": own},
    )  # fmt: skip
    house.post_books("class", {"Name": "Garden"})
    house.post_books("department", {"Name": "Bayshore"})


def test_details_reach_quickbooks_as_they_were_typed(house: House) -> None:
    """R20: and our mark stays the last line of the private note."""
    _everything_on(house)
    _open(house)
    view = open_form(house.app, house.who, AVIARY)
    rules = view.company.rules
    assert (rules.class_per_line, rules.locations, [field.name for field in rules.custom_fields]) == (
        True, True, ["Crew #"],
    )  # fmt: skip
    term = next(term for term in view.terms if term.name == "Net 15")
    draft = linked(view)
    assert draft.issued_on is not None
    day = draft.issued_on - timedelta(days=2)
    details = Details(
        term_id=term.id, memo="Thank you!\nSee you in spring.", note="Gate code 4", class_id=view.classes[0].id,
        location_id=view.locations[0].id, custom_fields=(("1", "Crew 4"), ("2", "gone")), copies="a@b.com; c@d.com",
        online_card=False, online_bank=True,
    )  # fmt: skip
    lines = tuple(replace(line, service_on=day, class_id=view.classes[0].id) for line in draft.lines)
    draft = replace(draft, details=details, lines=lines, due_on=term.due_on(draft.issued_on))

    answer = issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())
    assert isinstance(answer, Accepted), answer.view.findings
    house.run()

    made = check_creation(house, operation_id=answer.operation_id, deal_id=AVIARY)
    assert made["SalesTermRef"]["value"] == term.id
    assert made["DueDate"] == (draft.issued_on + timedelta(days=15)).isoformat()
    assert made["CustomerMemo"]["value"] == details.memo
    assert made["PrivateNote"].split("\n")[0] == "Gate code 4"
    assert made["PrivateNote"].split("\n")[-1].startswith(f"Pipedrive deal {AVIARY}")
    assert (made["ClassRef"]["name"], made["DepartmentRef"]["name"]) == ("Garden", "Bayshore")
    assert [(field["DefinitionId"], field["StringValue"]) for field in made["CustomField"]] == [("1", "Crew 4")]
    assert made["BillEmailCc"]["Address"] == "a@b.com,c@d.com"
    assert (made["AllowOnlineCreditCardPayment"], made["AllowOnlineACHPayment"]) == (False, True)
    sold = [line["SalesItemLineDetail"] for line in made["Line"] if "SalesItemLineDetail" in line]
    assert {line["ServiceDate"] for line in sold} == {day.isoformat()}
    assert {line["ClassRef"]["name"] for line in sold} == {"Garden"}


def test_company_without_tracking_offers_none_and_refuses_what_a_form_kept(house: House) -> None:
    _open(house)
    view = open_form(house.app, house.who, AVIARY)
    assert (view.classes, view.company.rules.class_per_invoice) == ((), False)

    draft = replace(linked(view), details=Details(class_id="1", note="voided order 7", term_id="999"))
    shown = review(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())

    told = {(finding.code, finding.field) for finding in shown.findings}
    assert {
        ("company.feature_off", "class_id"), ("note.reserved_word", "note"), ("term.inactive", "term_id"),
    } <= told  # fmt: skip


def test_lists_are_read_when_the_company_switches_tracking_on_later(house: House) -> None:
    _open(house)
    _everything_on(house)
    with house.app.database.read(house.who.tenant_id) as store:
        connection = store.connections.current()
        assert connection is not None
    catch_up(house.app, house.who.tenant_id, connection.id)
    house.run()

    view = open_form(house.app, house.who, AVIARY)
    assert ([one.name for one in view.classes], [one.name for one in view.locations]) == (["Garden"], ["Bayshore"])


def test_template_fills_the_form_and_leaves_what_was_typed(house: House) -> None:
    """R22, C5: a default template fills a new form, another one is chosen in it."""
    _open(house)
    assert open_form(house.app, house.who, AVIARY).templates == ()
    save = {"app": house.app, "who": house.who, "template_id": ""}
    templates.save(**save, name="Standard", is_default=True, fills={"memo": "Thanks!", "send_email": "1"})
    templates.save(**save, name="Projects", is_default=False, fills={"memo": "Project", "number_pattern": "PRO-001"})
    with pytest.raises(NotPossible):
        templates.save(**save, name="standard", is_default=False, fills={})

    view = open_form(house.app, house.who, AVIARY)
    assert (view.draft.details.memo, view.draft.send_email, view.draft.number) == ("Thanks!", True, "")
    projects = next(one for one in view.templates if one.name == "Projects")
    asked = replace(
        view.draft, send_email=True, details=replace(view.draft.details, template_id=projects.id, copies="a@b.com")
    )
    chosen = form_templates.choose(house.app, house.who, form_id=view.form_id, draft=asked)

    assert (chosen.draft.details.memo, chosen.draft.send_email) == ("Project", False)
    assert (chosen.draft.details.copies, chosen.draft.number) == ("a@b.com", "PRO-001")
    answer = issue(
        house.app, house.who, form_id=view.form_id, deal_id=AVIARY,
        draft=replace(linked(chosen), details=chosen.draft.details), problems=(),
    )  # fmt: skip
    assert isinstance(answer, Accepted)
    house.run()
    assert check_creation(house, operation_id=answer.operation_id, deal_id=AVIARY)["DocNumber"] == "PRO-001"
    assert open_form(house.app, house.who, AVIARY).templates[0].name == "Standard"


def test_template_is_written_and_deleted_only_by_who_may_change_the_settings(house: House) -> None:
    _open(house)
    templates.save(house.app, house.who, template_id="", name="Standard", is_default=False, fills={})
    (known,) = open_form(house.app, house.who, AVIARY).templates
    other = replace(house.who, is_admin=False, installation_id="another")

    with pytest.raises(NoAccess):
        templates.save(house.app, other, template_id=known.id, name="Mine", is_default=False, fills={})
    with pytest.raises(NoAccess):
        templates.delete(house.app, other, template_id=known.id)

    templates.delete(house.app, house.who, template_id=known.id)
    assert open_form(house.app, house.who, AVIARY).templates == ()


@pytest.mark.parametrize(
    ("seed", "modes"),
    [
        ("uk", {"exclusive", "inclusive", "none"}),
        *(
            pytest.param(seed, modes, marks=pytest.mark.slow)
            for seed, modes in (
                ("us", {"exclusive", "none"}), ("us-ast", {"exclusive", "none"}),
                ("ca", {"exclusive", "inclusive", "none"}),
            )
        ),
    ],
)  # fmt: skip
def test_tax_mode_is_selectable_where_the_company_supports_it_and_moves_the_total(
    tmp_path: Path, seed: str, modes: set[str]
) -> None:
    """R20."""
    with a_house(tmp_path, seed=seed) as house:
        _open(house)
        view = open_form(house.app, house.who, AVIARY)
        codes = [code.id for code in view.tax_codes if code.percent > 0]
        lines = tuple(
            replace(line, item_id=line.item_id or "5", taxed=True, tax_code=codes[0] if codes else None)
            for line in view.draft.lines
        )
        totals, refused = {}, set()
        for mode in TaxMode:
            draft = replace(view.draft, lines=lines, tax_mode=mode)
            shown = review(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())
            refused |= {mode.value for found in shown.findings if found.code == "tax.inclusive_unsupported"}
            totals[mode.value] = shown.totals.total.amount

        assert {mode.value for mode in TaxMode} - refused == modes
        if seed != "us-ast":  # QuickBooks computes there
            assert totals["exclusive"] > totals["none"]
        if "inclusive" in modes:
            assert totals["inclusive"] == totals["none"]


def test_home_currency_alone_is_offered_where_multicurrency_is_off(house: House) -> None:
    """R31, A5: the reason is told, and Simple Start is named as a limit of the plan."""
    _open(house)
    view = open_form(house.app, house.who, AVIARY)
    draft = replace(linked(view), currency="EUR")

    shown = review(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())
    with house.app.database.write(house.who.tenant_id) as store:
        connection = store.connections.current()
        assert connection is not None
        connection.rules = {**connection.rules, "plan": "QuickBooks Online Simple Start"}
    small = review(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())

    assert shown.currencies == ("USD",)
    assert "currency.multicurrency_off" in {finding.code for finding in shown.findings}
    assert "currency.not_in_plan" in {finding.code for finding in small.findings}


def test_setting_mails_new_invoices_and_the_form_names_who_gets_them(house: House) -> None:
    """R43: recipients, copies and subject are known before anything goes out."""
    _prefer(
        house,
        EmailMessagesPrefs={"InvoiceMessage": {"Subject": "Your invoice", "Message": "Hello"}},
        SalesFormsPrefs={"SalesEmailCc": {"Address": "books@craig.example"}},
    )
    _open(house)
    configure.save(
        house.app, house.who, mapping=Mapping.default(), visibility=Visibility.INSTALLER, show_amounts=True,
        mail_after=True,
    )  # fmt: skip

    view = open_form(house.app, house.who, AVIARY)
    answer = issue(
        house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=linked(view, send_email=True), problems=()
    )
    assert isinstance(answer, Accepted)
    house.run()

    assert view.draft.send_email
    assert (view.company.rules.mail_subject, view.company.rules.mail_copies) == ("Your invoice", "books@craig.example")
    check_creation(house, operation_id=answer.operation_id, deal_id=AVIARY, mails=1)
    shown = progress(house.app, house.who, answer.operation_id).invoice
    assert shown is not None
    (mail,) = house.quickbooks("GET", "/_sandbox/outbox")
    assert (shown.email, shown.mail_subject) == (mail["to"], "Your invoice")
