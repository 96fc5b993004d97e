"""The sandbox's command line."""

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from dealvoice_sandbox import covering, serving_all
from dealvoice_sandbox import demo as demonstration

cli = typer.Typer(
    help="Emulators of QuickBooks Online and Pipedrive for trying Dealvoice offline.", no_args_is_help=True
)

QuickBooksPort = Annotated[int, typer.Option(envvar="DEALVOICE_SANDBOX_QUICKBOOKS_PORT")]
PipedrivePort = Annotated[int, typer.Option(envvar="DEALVOICE_SANDBOX_PIPEDRIVE_PORT")]
Seed = Annotated[str, typer.Option(envvar="DEALVOICE_SANDBOX_SEED")]


@cli.command()
def serve(
    quickbooks_port: QuickBooksPort = 8101,
    pipedrive_port: PipedrivePort = 8102,
    seed: Seed = "us",
    app_url: Annotated[str, typer.Option(envvar="DEALVOICE_SANDBOX_APP_URL")] = "http://localhost:8100",
    state: Annotated[
        Path | None, typer.Option(envvar="DEALVOICE_SANDBOX_STATE", help="Keep state in this folder")
    ] = None,
    strict_client: Annotated[
        bool,
        typer.Option(
            envvar="DEALVOICE_SANDBOX_STRICT_CLIENT",
            help="Check the app's keys and redirect addresses as the vendors do",
        ),
    ] = False,
    retry_scale: Annotated[
        float,
        typer.Option(
            envvar="DEALVOICE_SANDBOX_RETRY_SCALE", min=0, help="Shrink the pauses before webhooks are retried"
        ),
    ] = 1.0,
) -> None:
    """Run the emulators alone until Ctrl-C."""
    sandbox = serving_all.start(
        quickbooks_port=quickbooks_port,
        pipedrive_port=pipedrive_port,
        seed=seed,
        app_url=app_url,
        state_dir=state,
        strict_client=strict_client,
        retry_scale=retry_scale,
    )
    typer.echo(f"QuickBooks  {sandbox.quickbooks_url}\nPipedrive   {sandbox.pipedrive_url}\nCtrl-C stops both.")
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()
    sandbox.stop()


@cli.command()
def demo(
    folder: Annotated[Path, typer.Option(envvar="DEALVOICE_DEMO_DIR", help="Where state and logs are kept")] = Path(
        ".demo"
    ),
    app_port: Annotated[int, typer.Option(envvar="DEALVOICE_PORT")] = 8100,
    quickbooks_port: QuickBooksPort = 8101,
    pipedrive_port: PipedrivePort = 8102,
    seed: Seed = "us",
) -> None:
    """Run the product beside the emulators and print where to look."""
    demonstration.run(
        folder=folder, app_port=app_port, quickbooks_port=quickbooks_port, pipedrive_port=pipedrive_port, seed=seed
    )


@cli.command()
def coverage(
    docs: Annotated[Path, typer.Option(help="The page that has the tables of switches")] = Path("docs/sandbox.md"),
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail when something would change")] = False,
) -> None:
    """Write each emulator's COVERAGE.md and the tables of switches anew, from the tables of rules."""
    stale = [path for path, text in covering.pages(docs).items() if not path.exists() or path.read_text() != text]
    for path in stale:
        if not check:
            path.write_text(covering.pages(docs)[path])
        typer.echo(f"{'stale' if check else 'written'}: {path.name}")
    if check and stale:
        raise typer.Exit(1)


def main() -> None:
    """Run the command line."""
    cli()
