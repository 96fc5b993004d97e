"""What went wrong with invoices, and its ways out."""

import time
from collections.abc import Iterator
from typing import Annotated

import typer

from dealvoice.cli.opening import Company, acting
from dealvoice.i18n import Speech
from dealvoice.storage.tenants import Tenant
from dealvoice.web.findings import fault
from dealvoice.web.problems.words import words_of
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import NotPossible, Trouble
from dealvoice.workflows.insight import mending
from dealvoice.workflows.insight.problems import Actor, all_problems
from dealvoice.workflows.insight.views import Problem, Remedy, Tab

invoices = typer.Typer(help="What went wrong with invoices, and its ways out.", no_args_is_help=True)
_PATIENCE = 60.0
_OPERATOR = "command line"
_BY_COMMAND = (Remedy.TRY_AGAIN, Remedy.LOOK_AGAIN, Remedy.CREATE, Remedy.ACCEPT, Remedy.USE_DATE, Remedy.USE_NUMBER)


@invoices.command("problems")
def list_problems(tab: Annotated[Tab, typer.Option(help="Which list.")] = Tab.NEEDS, company: Company = None) -> None:
    """List what was refused, is unclear, goes on by itself, was fixed, or was set aside."""
    with acting() as (app, _):
        speech, found = Speech("en", "en_US", "UTC"), 0
        for tenant, name, problem in _problems(app, company):
            if problem.tab is not tab:
                continue
            found += 1
            told = words_of(speech, problem, app.now())
            typer.echo(f"{_short(problem)}  {problem.at:%Y-%m-%d %H:%M}  {name} ({tenant.name}): {told.title}")
            typer.echo("".join(f"    {line}\n" for line in (told.means, problem.reason) if line), nl=False)
            ways = [remedy.value for remedy, _ in problem.remedies if remedy in _BY_COMMAND]
            if ways:
                typer.echo(f"    ways out: {', '.join(ways)}")
        if not found:
            typer.echo("Nothing to fix." if tab is Tab.NEEDS else "Nothing here.")


@invoices.command()
def retry(
    problem: Annotated[list[str] | None, typer.Argument(help="Problems, by the first letters of their ids.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that need no decision.")] = False,
    remedy: Annotated[
        Remedy | None, typer.Option(help="A way out that the list names; else look or try again.")
    ] = None,
    company: Company = None,
) -> None:
    """Try problems again, each after a look; a running product does the work, else it is done here."""
    if not problem and not everything:
        typer.echo("Name problems, or say --all.", err=True)
        raise typer.Exit(2)
    with acting(work=True) as (app, alone):
        tried: list[tuple[str, str]] = []
        failed = 0
        for tenant, _, one in _chosen(app, company, problem, everything=everything):
            way = remedy or one.repeats
            if way not in _BY_COMMAND:
                failed += 0 if everything else 1
                continue
            try:
                helped = mending.mend(app, _operator(tenant.tenant), one.key, way, start=alone)
            except Trouble as error:
                failed += 1
                typer.echo(f"{_short(one)}  {fault(Speech('en', 'en_US', 'UTC'), error.code, error.params)}", err=True)
                continue
            tried.append((tenant.tenant, one.key.partition(":")[2]))
            typer.echo(f"{_short(one)}  {'accepted' if helped else 'still not in QuickBooks; nothing was sent'}")
        if alone:
            _wait(app, tried)
        left = " The running product goes on with it." if tried and not alone else ""
        typer.echo(f"{len(tried)} tried.{left}")
        if failed:
            typer.echo(f"{failed} need a decision or were refused; see: dealvoice invoices problems", err=True)
            raise typer.Exit(1)


@invoices.command()
def ignore(
    problem: Annotated[list[str], typer.Argument(help="Problems, by the first letters of their ids.")],
    reason: Annotated[str, typer.Option(help="Why; kept with the problem and in the audit trail.")],
    company: Company = None,
) -> None:
    """Set problems aside with a reason; nothing is changed in QuickBooks or Pipedrive."""
    with acting() as (app, _):
        for tenant, _, one in _chosen(app, company, problem, everything=False):
            try:
                done = mending.set_aside(app, _operator(tenant.tenant), [one.key], reason)
            except NotPossible as error:
                typer.echo("Say why: --reason.", err=True)
                raise typer.Exit(2) from error
            typer.echo(f"{_short(one)}  {'set aside' if done else 'is not waiting for anybody'}")


def _operator(tenant: str) -> Actor:
    return Actor(tenant=tenant, name=_OPERATOR, installation_id=None, user_id=None, time_zone="UTC")


def _problems(app: App, company: int | None) -> Iterator[tuple[Tenant, str, Problem]]:
    with app.database.everyone_read() as lobby:
        tenants = [one for one in lobby.tenants.all() if company in (None, one.company_id)]
    for tenant in tenants:
        for problem in all_problems(app, _operator(tenant.tenant)):
            yield tenant, problem.by or "Dealvoice", problem


def _chosen(
    app: App, company: int | None, wanted: list[str] | None, *, everything: bool
) -> list[tuple[Tenant, str, Problem]]:
    """Return the problems that a command names; each beginning must fit exactly one."""
    waiting = [one for one in _problems(app, company) if one[2].tab is Tab.NEEDS]
    if everything:
        return waiting
    chosen = []
    for beginning in wanted or []:
        fits = [one for one in waiting if _short(one[2], whole=True).startswith(beginning)]
        if len(fits) != 1:
            typer.echo(f"{beginning}: {'no such problem' if not fits else 'more than one begins so'}", err=True)
            raise typer.Exit(2)
        chosen.append(fits[0])
    return chosen


def _short(problem: Problem, *, whole: bool = False) -> str:
    """Return a problem's id as commands take it: without the name of the most usual source."""
    key = problem.key.removeprefix("operation:")
    return key if whole else key[:12]


def _wait(app: App, tried: list[tuple[str, str]]) -> None:
    """Wait until what was tried has ended, or waits for its next try, which the next start of the product makes."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        going = 0
        for tenant, operation_id in tried:
            with app.database.read(tenant) as store:
                operation = store.operations.get(operation_id)
            going += operation is not None and not operation.is_final and not operation.waits
        if not going:
            return
        time.sleep(0.2)
