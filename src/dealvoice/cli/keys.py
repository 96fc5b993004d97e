"""The keys that secrets are sealed with."""

import base64
import os

import typer

from dealvoice.cli.opening import settings_of
from dealvoice.storage.encryption import KeyRing, SealBroken
from dealvoice.storage.engine import open_engine
from dealvoice.storage.rewrap import rewrap
from dealvoice.storage.unit_of_work import Database

keys = typer.Typer(help="The keys that secrets are sealed with.", no_args_is_help=True)


@keys.command("new")
def new_key() -> None:
    """Make an encryption key for DEALVOICE_KEYS; put it before the old ones, comma separated, to rotate."""
    typer.echo(f"k{os.urandom(3).hex()}:{base64.b64encode(os.urandom(32)).decode()}")


@keys.command()
def rotate() -> None:
    """Seal everything with the first key of DEALVOICE_KEYS, while the product runs; then the old keys may go."""
    settings = settings_of()
    store = Database(open_engine(settings.store_url))
    try:
        done = rewrap(store, KeyRing(settings.key_ring, next(iter(settings.key_ring))))
    except SealBroken as error:
        typer.echo(f"A secret cannot be opened: {error}. Put the key back that it names, then rotate again.", err=True)
        raise typer.Exit(1) from error
    finally:
        store.close()
    typer.echo(f"Sealed anew: {done.sealed}. Still with an older key: {done.left}.")
    if done.left:
        typer.echo("They changed meanwhile. Rotate again before you take the older key away.", err=True)
        raise typer.Exit(1)
