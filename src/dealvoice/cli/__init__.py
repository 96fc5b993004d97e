"""The command line: run the product, look after its database and keys. One file a noun."""

import faulthandler

import typer

from dealvoice.cli.companies import connections, sync
from dealvoice.cli.database import database
from dealvoice.cli.invoices import invoices
from dealvoice.cli.keys import keys
from dealvoice.cli.running import doctor, serve, worker

cli = typer.Typer(help="Invoices from Pipedrive deals, in QuickBooks Online.", no_args_is_help=True)
for command in (serve, worker, doctor):
    cli.command()(command)
cli.add_typer(database, name="database")
cli.add_typer(connections, name="connections")
cli.add_typer(invoices, name="invoices")
cli.add_typer(sync, name="sync")
cli.add_typer(keys, name="keys")


def main() -> None:
    """Run the command line; should the interpreter itself crash, its last words say where."""
    faulthandler.enable()
    cli()
