"""
The demo: both emulators in this process, the product as a process of its own beside them.

The two meet only over HTTP and by the product's environment. A product that is killed is started again, so that
pulling the plug can be tried; Ctrl-C stops everything. State is kept below one folder and survives a restart.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import typer

from dealvoice_sandbox import serving_all

_PATIENCE = 60.0
_RESTART_AFTER = 3.0


def run(*, folder: Path, app_port: int, quickbooks_port: int, pipedrive_port: int, seed: str) -> None:
    """Start all three, print where to look, and keep the product alive until Ctrl-C."""
    folder.mkdir(parents=True, exist_ok=True)
    app_url = f"http://localhost:{app_port}"
    sandbox = serving_all.start(
        quickbooks_port=quickbooks_port,
        pipedrive_port=pipedrive_port,
        seed=seed,
        app_url=app_url,
        state_dir=folder / "sandbox",
    )
    signal.signal(signal.SIGTERM, _stop)
    try:
        _supervise(folder, app_url, app_port, sandbox)
    except KeyboardInterrupt:
        typer.echo("\nStopped.")
    finally:
        sandbox.stop()


def _supervise(folder: Path, app_url: str, app_port: int, sandbox: serving_all.Sandbox) -> None:
    product = _start_product(folder, app_url, app_port, sandbox)
    try:
        _wait_until_up(app_url, product)
        _greet(app_url, sandbox, product, folder)
        while True:
            try:
                code = product.wait(timeout=1)
            except subprocess.TimeoutExpired:
                continue
            typer.echo(f"The product stopped (code {code}). Starting it again in {_RESTART_AFTER:.0f} seconds.")
            time.sleep(_RESTART_AFTER)
            product = _start_product(folder, app_url, app_port, sandbox)
            _wait_until_up(app_url, product)
            typer.echo(f"The product runs again, process {product.pid}.")
    finally:
        product.terminate()
        try:
            product.wait(timeout=15)
        except subprocess.TimeoutExpired:
            product.kill()


def _start_product(
    folder: Path, app_url: str, app_port: int, sandbox: serving_all.Sandbox
) -> "subprocess.Popen[bytes]":
    books, crm = sandbox.quickbooks_url, sandbox.pipedrive_url
    settings = {
        "DEALVOICE_PUBLIC_URL": app_url,
        "DEALVOICE_PORT": str(app_port),
        "DEALVOICE_DATA_DIR": str(folder / "product"),
        "DEALVOICE_QUICKBOOKS_AUTHORIZE_URL": f"{books}/connect/oauth2",
        "DEALVOICE_QUICKBOOKS_TOKEN_URL": f"{books}/oauth2/v1/tokens/bearer",
        "DEALVOICE_QUICKBOOKS_REVOKE_URL": f"{books}/v2/oauth2/tokens/revoke",
        "DEALVOICE_QUICKBOOKS_API_URL": books,
        "DEALVOICE_QUICKBOOKS_APP_URL": books,
        "DEALVOICE_PIPEDRIVE_AUTHORIZE_URL": f"{crm}/oauth/authorize",
        "DEALVOICE_PIPEDRIVE_TOKEN_URL": f"{crm}/oauth/token",
        "DEALVOICE_PIPEDRIVE_REVOKE_URL": f"{crm}/oauth/revoke",
        "DEALVOICE_PIPEDRIVE_FRAME_ANCESTORS": crm,
    }
    log = (folder / "product.log").open("ab")
    # Its own group, so that Ctrl-C reaches it only through us, in order.
    return subprocess.Popen(
        [sys.executable, "-m", "dealvoice", "serve"],
        env={**os.environ, **settings},
        stdout=log,
        stderr=log,
        start_new_session=True,
    )


def _wait_until_up(app_url: str, product: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if product.poll() is not None:
            raise typer.Exit(_complain("The product did not start; see product.log in the demo's folder."))
        try:
            if httpx2.get(f"{app_url}/healthz", timeout=2, trust_env=False).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.2)
    raise typer.Exit(_complain("The product did not answer in time; see product.log in the demo's folder."))


def _complain(words: str) -> int:
    typer.echo(words, err=True)
    return 1


def _greet(app_url: str, sandbox: serving_all.Sandbox, product: "subprocess.Popen[bytes]", folder: Path) -> None:
    typer.echo(f"""
Dealvoice runs beside its sandbox. Nothing leaves this machine.

  Open the deal      {sandbox.pipedrive_url}/deal/12
  Accountant's side  {sandbox.quickbooks_url}/app/invoices
  The product        {app_url}   (process {product.pid}, log in {folder / "product.log"})

The first time, press "Install Dealvoice" on the deal page: two sign-ins, then the settings.
Pull the plug with: kill -9 {product.pid}   It starts again by itself.
Ctrl-C stops all. State stays in {folder}; remove it to begin anew.
""")


def _stop(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt
