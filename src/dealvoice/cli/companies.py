"""The connected QuickBooks companies, and their comparison with what is stored."""

from datetime import UTC, datetime, timedelta

import typer

from dealvoice.cli.opening import Company, reading
from dealvoice.workflows.sync.import_state import connections_told

connections = typer.Typer(help="The connected QuickBooks companies.", no_args_is_help=True)
sync = typer.Typer(help="The comparison with QuickBooks.", no_args_is_help=True)


@connections.command("list")
def list_connections() -> None:
    """Tell of each connection: how far its import is, whether the counts agree, what it has used of the budgets."""
    with reading() as store:
        for told in connections_told(store, now=datetime.now(UTC)):
            typer.echo(told)


@sync.command()
def now(company: Company = None) -> None:
    """Have companies compared with QuickBooks at once, by the running product or when it starts next."""
    with reading() as store:
        moment = datetime.now(UTC)
        with store.everyone_write() as lobby:
            wanted = {one.tenant for one in lobby.tenants.all() if company in (None, one.company_id)}
            found = {one.id for one in lobby.connections.live() if one.tenant in wanted}
            lobby.connections.sweep_soon(found, moment, not_within=timedelta(0))
    typer.echo(f"{len(found)} are compared next; see: dealvoice connections list")
