"""The sweeper: starts every operation again that is not final, so that the engine may forget what it likes."""

from dealvoice.workflows.app import App


def start_unfinished(app: App) -> None:
    """Start what is due and not running; safe to repeat."""
    with app.database.everyone_read() as lobby:
        due = lobby.operations.due(app.now())
    for operation in due:
        if not app.engine.is_running(operation.run_id):
            app.engine.start(operation.run_id, operation.kind)
