"""Nothing is silent: what does not end well is listed in words, and mended within the three laws."""

import itertools
import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from dealvoice import cli, i18n, worker
from dealvoice.connections.who import Who
from dealvoice.engine.executors import ExclusiveLock
from dealvoice.i18n import Speech
from dealvoice.invoicing.mapping import Mapping
from dealvoice.invoicing.marker import marker
from dealvoice.pipedrive import errors as pipedrive_errors
from dealvoice.quickbooks import errors as quickbooks_errors
from dealvoice.storage.audit import AuditRow
from dealvoice.storage.operations import FINAL, Operation, State
from dealvoice.storage.unit_of_work import Store
from dealvoice.web.problems.words import words_of
from dealvoice.workflows import operations
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import NotFound, NotPossible
from dealvoice.workflows.insight import mending
from dealvoice.workflows.insight.problems import Actor, Scene, actor_of, all_problems, of_operation, problems
from dealvoice.workflows.insight.views import Problem, Remedy, Tab
from dealvoice.workflows.invoice import act, progress
from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.panel import panel
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.operations import Fault, new_operation
from dealvoice.workflows.setup import configure
from dealvoice.workflows.setup.views import Visibility
from playground.drafts import linked
from playground.furnished import a_connected_house
from playground.house import AVIARY, House

OLA, JAN = 101, 102
INVOICE_POST = {"method": "POST", "path": r"/invoice\?"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_connected_house(tmp_path_factory.mktemp("house"), user_id=OLA) as opened:
        yield opened


def _actor(house: House) -> Actor:
    return actor_of(house.app, house.who)


def _listed(house: House, tab: Tab = Tab.NEEDS) -> list[Problem]:
    return list(problems(house.app, _actor(house), tab).problems)


def _create(house: House) -> str:
    view = open_form(house.app, house.who, AVIARY)
    answer = issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=linked(view), problems=())
    assert isinstance(answer, Accepted)
    house.run()
    return answer.operation_id


def _fault(house: House, **effect: Any) -> None:
    house.quickbooks("POST", "/_sandbox/faults", json=effect)


def _invoices(house: House) -> int:
    return len(house.books("SELECT * FROM Invoice MAXRESULTS 1000"))


def _operation(house: House, operation_id: str) -> Operation:
    with house.app.database.read(house.who.tenant_id) as store:
        found = store.operations.get(operation_id)
        assert found is not None
        return found


def _put(house: House, kind: str, state: State, fault: Fault | None, **more: Any) -> str:
    """Put an operation down as a workflow leaves it."""
    with house.app.database.write(house.who.tenant_id) as store:
        return _put_in(store, house, kind, state, fault, **more)


def _put_in(store: Store, house: House, kind: str, state: State, fault: Fault | None, **more: Any) -> str:
    connection = store.connections.current()
    assert connection is not None
    row = new_operation(house.app, kind, connection, installation_id=house.who.installation_id, user_name="Ola Nowak")
    row.state, row.fault, row.customer_name = state.value, fault.kept() if fault else None, "Amy"
    row.deal_id, row.created_at = 900_000 + next(_DEALS), house.app.now() - timedelta(minutes=5)
    for name, value in more.items():
        setattr(row, name, value)
    return store.operations.add(row).id


_DEALS = itertools.count()


# Every way of ending is told


def _codes() -> list[str]:
    """Every code that a vendor's answer, a workflow or the core may end an operation with."""
    vendors = quickbooks_errors.USER_CODES | pipedrive_errors.USER_CODES
    return sorted(vendors | {"needs_attention", "connection.expired", "quickbooks.no_answer", "payment.changed"})


def test_every_fault_of_every_task_is_listed_with_words_and_a_way_out(shared: House) -> None:
    """By introspection: each task of the worker, each state that is no success, each code that a vendor may give."""
    params = {"sentence": "Own words.", "tid": "1-2"}  # what every answer has
    wanted: dict[str, tuple[str, str]] = {}
    with shared.app.database.write(shared.who.tenant_id) as store:
        for kind in worker.TASKS:
            for code in _codes():
                put = _put_in(store, shared, kind, State.REFUSED, Fault(code, params), body=_body())
                wanted[put] = (kind, code)
            fault = Fault("needs_attention", {})
            unclear = _put_in(store, shared, kind, State.NEEDS_ATTENTION, fault, looks=7, body=_body())
            wanted[unclear] = (kind, "needs_attention")
    i18n.raise_on_missing()
    try:
        with shared.app.database.read(shared.who.tenant_id) as store:
            found = {one.id for one in store.problems.bad(by=None, limit=10_000)}
            scene = Scene(shared.app, store, _actor(shared), store.connections.current())
            assert set(wanted) <= found
            for operation_id, about in wanted.items():
                row = store.operations.get(operation_id)
                assert row is not None
                problem = of_operation(scene, row)
                for language in i18n.languages():
                    told = words_of(Speech.of(language, language, "UTC"), problem, shared.app.now())
                    assert told.title, about
                    assert ".other" not in told.title, about
                    assert len(told.means) > 15, about
                    assert told.means != about[1], about
                    assert told.remedies, about
    finally:
        i18n.raise_on_missing(on=False)
        with shared.app.database.write(shared.who.tenant_id) as store:
            for operation_id in wanted:
                row = store.operations.get(operation_id)
                assert row is not None
                row.state = State.DONE.value


def _body() -> dict[str, Any]:
    return {
        "issued_on": "2026-01-31", "due_on": "", "items": [], "number": "", "number_typed": False, "net": "1",
        "create_customer": False,
    }  # fmt: skip


def test_every_unfinished_state_that_waits_is_told(house: House) -> None:
    states = [state for state in State if state not in FINAL]
    ids = {_put(house, operations.NOTE, state, None, waits=1) for state in states}

    waiting = {problem.key.partition(":")[2] for problem in _listed(house, Tab.RETRYING)}

    assert len(states) == 4
    assert ids <= waiting


def test_a_note_that_pipedrive_does_not_take_is_told_while_it_waits(house: House) -> None:
    house.pipedrive("POST", "/_sandbox/faults", json={"path": "/api/v1/notes", "status": 429, "times": 1})

    _create(house)

    (waiting,) = _listed(house, Tab.RETRYING)
    assert (waiting.situation, waiting.tries) == ("retrying.invoice_create", 2)
    assert waiting.next_try is not None


# The laws hold for a press


def test_refused_creation_is_tried_again_in_the_same_row_after_a_look(house: House) -> None:
    before = _invoices(house)
    _fault(house, **INVOICE_POST, status=400, times=1, body=_refusal("6000", "Something is wrong"))
    operation_id = _create(house)
    (problem,) = _listed(house)
    assert (problem.situation, problem.repeats) == ("refused.invoice_create", Remedy.TRY_AGAIN)
    assert panel(house.app, house.who, AVIARY).problems == 1
    house.forget_journals()

    assert mending.mend(house.app, _actor(house), problem.key, Remedy.TRY_AGAIN)
    house.run()

    assert _operation(house, operation_id).state == State.DONE
    calls = [(row["method"], row["path"].split("?")[0].rpartition("/")[2]) for row in house.journal("quickbooks")]
    assert calls[:2] == [("POST", "query"), ("POST", "invoice")]
    assert _invoices(house) == before + 1
    assert panel(house.app, house.who, AVIARY).problems == 0
    assert _listed(house) == []
    assert [one.key for one in _listed(house, Tab.FIXED)] == [problem.key]
    with pytest.raises(NotPossible):
        mending.mend(house.app, _actor(house), problem.key, Remedy.TRY_AGAIN)
    house.run()
    assert _invoices(house) == before + 1


def _refusal(code: str, detail: str) -> str:
    """Return a refusal as QuickBooks writes it."""
    error = {"Message": "A business validation error has occurred", "Detail": detail, "code": code, "element": ""}
    return json.dumps({"Fault": {"Error": [error], "type": "ValidationFault"}})


def test_creation_that_got_through_after_all_is_found_and_never_made_twice(house: House) -> None:
    operation_id = _unclear(house)
    # QuickBooks was at it all the time, and is done only now.
    line = {"Amount": 10, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": "7"}}}
    note = marker(AVIARY, operation_id)
    house.post_books("invoice", {"CustomerRef": {"value": "1"}, "PrivateNote": note, "Line": [line]})
    before = _invoices(house)
    (problem,) = _listed(house)
    assert problem.situation.startswith("unsure.invoice_create")

    assert mending.mend(house.app, _actor(house), problem.key, Remedy.LOOK_AGAIN)
    house.run()

    assert _operation(house, operation_id).answered_at is not None
    assert _invoices(house) == before
    assert len(house.notes(AVIARY)) == 1


def _unclear(house: House) -> str:
    _fault(house, **INVOICE_POST, drop="before", times=30)
    operation_id = _create(house)
    for _ in range(20):
        house.engine.advance(timedelta(hours=1))
        house.run()
    house.quickbooks("DELETE", "/_sandbox/faults")
    assert _operation(house, operation_id).state == State.NEEDS_ATTENTION
    return operation_id


def test_creation_that_never_arrived_is_only_sent_when_a_person_says_so(house: House) -> None:
    before = _invoices(house)
    operation_id = _unclear(house)
    (problem,) = _listed(house)

    assert mending.mend_all(house.app, _actor(house)) == (0, 1)
    house.run()
    assert (_invoices(house), _operation(house, operation_id).state) == (before, State.NEEDS_ATTENTION)

    mending.mend(house.app, _actor(house), problem.key, Remedy.CREATE)
    house.run()
    assert (_invoices(house), _operation(house, operation_id).state) == (before + 1, State.DONE)


def test_period_that_was_closed_meanwhile_is_mended_by_another_date(house: House) -> None:
    _fault(house, **INVOICE_POST, status=400, times=1, body=_refusal("6210", "The account period has closed"))
    operation_id = _create(house)
    (problem,) = _listed(house)
    today = house.app.today(None)

    mending.mend(house.app, _actor(house), problem.key, problem.remedies[0][0])
    house.run()

    assert problem.remedies[0][0] is Remedy.USE_DATE
    done = progress.progress(house.app, house.who, operation_id)
    assert done.invoice is not None
    assert abs((done.invoice.issued_on or date.min) - today) <= timedelta(days=1)


def test_later_invoice_of_the_deal_settles_a_refused_one(house: House) -> None:
    _fault(house, **INVOICE_POST, status=400, times=1, body=_refusal("6000", "Something is wrong"))
    _create(house)
    (problem,) = _listed(house)

    _create(house)

    assert _listed(house) == []
    assert [one.key for one in _listed(house, Tab.FIXED)] == [problem.key]
    with pytest.raises(NotPossible):
        mending.mend(house.app, _actor(house), problem.key, Remedy.TRY_AGAIN)


def test_email_that_failed_after_creation_is_told_and_sent_again(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)
    _fault(house, method="POST", path="/send", status=400, times=1, body=_refusal("6000", "No mail today"))
    draft = linked(view, send_email=True)
    issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())
    house.run()
    (problem,) = _listed(house)
    assert problem.situation == "refused.mail_after"

    mending.send_mail(house.app, house.who, _actor(house), problem.key)
    house.run()

    assert _listed(house) == []
    assert len(house.quickbooks("GET", "/_sandbox/outbox")) == 1


def test_void_that_was_refused_is_tried_again_and_its_row_says_nothing_any_more(house: House) -> None:
    _create(house)
    (row,) = panel(house.app, house.who, AVIARY).rows
    _fault(house, method="POST", path="/invoice", status=400, times=1, body=_refusal("6000", "Not now"))
    act.void(house.app, house.who, row.id)
    house.run()
    (problem,) = _listed(house)
    assert problem.situation == "refused.invoice_void"

    assert mending.mend_all(house.app, _actor(house), [problem.key]) == (1, 0)
    house.run()

    (row,) = panel(house.app, house.who, AVIARY).rows
    assert (row.status.flag.value, row.fault) == ("voided", None)


# Setting aside, and who sees what


def test_setting_aside_needs_a_reason_is_audited_and_can_be_taken_back(house: House) -> None:
    key = f"operation:{_put(house, operations.VOID, State.REFUSED, Fault('invoice.gone', {'number': '7'}))}"
    actor = _actor(house)
    with pytest.raises(NotPossible):
        mending.set_aside(house.app, actor, [key], "  ")

    assert mending.set_aside(house.app, actor, [key, "operation:nope"], "Paid in cash") == 1

    assert _listed(house) == []
    (aside,) = _listed(house, Tab.ASIDE)
    assert (aside.reason, aside.aside_by) == ("Paid in cash", "Ola Nowak")
    with house.app.database.read(house.who.tenant_id) as store:
        trail = [(row.who, row.what, row.about) for row in store._session.query(AuditRow)]
    assert ("Ola Nowak", "problem.set_aside", key) in trail
    mending.bring_back(house.app, actor, key)
    assert [one.key for one in _listed(house)] == [key]


def test_colleague_sees_and_mends_only_what_he_began(house: House) -> None:
    configure.save(house.app, house.who, mapping=Mapping.default(), visibility=Visibility.EVERYONE, show_amounts=True)
    jan: Who = house.install(JAN)
    theirs = _put(house, operations.VOID, State.REFUSED, Fault("invoice.gone", {}))
    own = _put(house, operations.VOID, State.REFUSED, Fault("invoice.gone", {}), installation_id=jan.installation_id)
    actor = actor_of(house.app, jan)

    assert [one.key for one in all_problems(house.app, actor)] == [f"operation:{own}"]
    with pytest.raises(NotFound):
        mending.mend(house.app, actor, f"operation:{theirs}", Remedy.TRY_AGAIN)
    assert mending.set_aside(house.app, actor, [f"operation:{theirs}"], "mine") == 0
    assert len(_listed(house)) == 2


def test_lost_sign_in_is_a_problem_of_its_own(house: House) -> None:
    app: App = house.app
    with app.database.write(house.who.tenant_id) as store:
        connection = store.connections.current()
        assert connection is not None
        connection.state = "needs_reconnect"

    (problem,) = _listed(house)

    assert (problem.situation, problem.remedies) == ("reconnect", ((Remedy.RECONNECT, ""),))


# The command line


@pytest.fixture
def command(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command of the product on this house's files."""
    books, crm = house.sandbox.quickbooks_url, house.sandbox.pipedrive_url
    for name, value in {
        "DATA_DIR": str(house.folder), "RETRY_SECONDS": "0.05", "QUICKBOOKS_API_URL": books, "QUICKBOOKS_APP_URL": books,
        "QUICKBOOKS_TOKEN_URL": f"{books}/oauth2/v1/tokens/bearer", "PIPEDRIVE_TOKEN_URL": f"{crm}/oauth/token",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"DEALVOICE_{name}", value)
    return lambda *words: CliRunner().invoke(cli.cli, ["invoices", *words])


def test_command_beside_a_running_product_only_writes_rows_that_it_acts_on(
    house: House, command: Callable[..., Result]
) -> None:
    before = _invoices(house)
    _fault(house, **INVOICE_POST, status=400, times=1, body=_refusal("6000", "Something is wrong"))
    operation_id = _create(house)
    with ExclusiveLock(house.folder / "dealvoice.lock"):
        listed = command("problems")
        answer = command("retry", operation_id[:8])

    assert "was refused" in listed.output
    assert "ways out: try_again" in listed.output
    assert (answer.exit_code, "The running product goes on with it." in answer.output) == (0, True), answer.output
    assert (_operation(house, operation_id).state, _invoices(house)) == (State.ACCEPTED, before)
    house.engine.run_schedule("operations")
    house.run()
    assert (_operation(house, operation_id).state, _invoices(house)) == (State.DONE, before + 1)


def test_command_alone_does_the_work_itself(house: House, command: Callable[..., Result]) -> None:
    before = _invoices(house)
    _fault(house, **INVOICE_POST, status=400, times=1, body=_refusal("6000", "Something is wrong"))
    operation_id = _create(house)
    house.close()

    answer = command("retry", "--all")

    assert (answer.exit_code, "1 tried." in answer.output) == (0, True), answer.output
    assert _invoices(house) == before + 1
    assert command("problems").output.startswith("Nothing to fix.")
    house.open()
    assert _operation(house, operation_id).state == State.DONE


def test_command_sets_aside_with_a_reason_only(house: House, command: Callable[..., Result]) -> None:
    operation_id = _put(house, operations.VOID, State.REFUSED, Fault("invoice.gone", {"number": "7"}))

    assert command("ignore", operation_id[:8]).exit_code == 2
    assert command("ignore", operation_id[:8], "--reason", " ").exit_code == 2
    assert command("ignore", operation_id[:8], "--reason", "Paid in cash").exit_code == 0
    assert command("ignore", "zzzzzz", "--reason", "x").exit_code == 2

    assert "Paid in cash" in command("problems", "--tab", "aside").output
    assert command("retry", operation_id[:8]).exit_code == 2
