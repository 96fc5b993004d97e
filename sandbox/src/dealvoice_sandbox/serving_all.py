"""Starts both emulators and the pages for people, in this process, on loopback ports."""

from dataclasses import dataclass
from pathlib import Path

from dealvoice_sandbox.core.clock import Clock
from dealvoice_sandbox.core.portal import Portal
from dealvoice_sandbox.core.serving import Running
from dealvoice_sandbox.host import routes as host_routes
from dealvoice_sandbox.pipedrive.app import create_app as create_pipedrive
from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator
from dealvoice_sandbox.quickbooks.app import create_app as create_quickbooks
from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator
from dealvoice_sandbox.quickbooks.pages import routes as books_routes


@dataclass(slots=True)
class Sandbox:
    """A running sandbox."""

    quickbooks: QuickBooksEmulator
    pipedrive: PipedriveEmulator
    quickbooks_url: str
    pipedrive_url: str
    _servers: tuple[Running, Running]

    def stop(self) -> None:
        """Stop both servers and their delivery threads."""
        for server in self._servers:
            server.end_soon()
        for server in self._servers:
            server.stop()
        for emulator in (self.quickbooks, self.pipedrive):
            emulator.deliveries.stop()
            emulator.store.flush()


def start(
    *, quickbooks_port: int = 8101, pipedrive_port: int = 8102, seed: str = "us", app_url: str = "http://localhost:8100",
    state_dir: Path | None = None, strict_client: bool = True, retry_scale: float = 1.0,
) -> Sandbox:  # fmt: skip
    """
    Start the sandbox; port 0 takes a free one. Both emulators share one clock.

    Args:
        quickbooks_port: Port of the QuickBooks emulator and the accountant's side.
        pipedrive_port: Port of the Pipedrive emulator and the host page.
        seed: Which company to begin with.
        app_url: Where the app under test lives; fills the portal's records.
        state_dir: Keep state in this folder; None forgets everything at the end.
        strict_client: Check the app's keys and redirect addresses as the vendors do.
        retry_scale: Stretches or shrinks the pauses before a webhook is tried again; 1 is the vendors' timetable.
    """
    clock = Clock(state_dir)
    quickbooks = QuickBooksEmulator(
        clock,
        Portal.for_app(app_url, redirect_path="/quickbooks/callback", strict_client=strict_client),
        seed=seed,
        folder=state_dir,
    )
    pipedrive = PipedriveEmulator(
        clock,
        Portal.for_app(app_url, redirect_path="/pipedrive/callback", strict_client=strict_client),
        seed=seed,
        folder=state_dir,
    )
    quickbooks.deliveries.retry_scale = pipedrive.deliveries.retry_scale = retry_scale
    books_server = Running(
        create_quickbooks(quickbooks, books_routes.routes(quickbooks, pipedrive)), port=quickbooks_port
    )
    quickbooks.url = books_server.url
    crm_server = Running(create_pipedrive(pipedrive, host_routes.routes(pipedrive, quickbooks)), port=pipedrive_port)
    pipedrive.url = crm_server.url
    quickbooks.other_url, pipedrive.other_url = crm_server.url, books_server.url
    return Sandbox(quickbooks, pipedrive, books_server.url, crm_server.url, (books_server, crm_server))
