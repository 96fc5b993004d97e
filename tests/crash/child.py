"""
A process of the product that creates one invoice and may be killed on the way: run by ``test_create_kills``.

    python child.py create FOLDER SETTINGS OPERATION_FILE STOP_AT
    python child.py recover FOLDER SETTINGS OPERATION_FILE 0
"""

import json
import sys
import time
from pathlib import Path

from dealvoice.bootstrap import build
from dealvoice.bootstrap.build import Built
from dealvoice.connections.sessions import who_is
from dealvoice.connections.who import Surface, Who
from dealvoice.settings import Settings
from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.prefill import open_form
from playground.drafts import linked
from playground.house import AVIARY
from playground.points import PointedTransport, Points, kill_self

_PATIENCE = 60.0


def main() -> None:
    what, settings_file, form_file, stop_at = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    settings = Settings.model_validate_json(settings_file.read_text())
    points = Points(kill_self)
    product = build(settings, transport=PointedTransport(points), commit_hook=points.commit_hook)
    product.launch()
    who = _who(product)
    if what == "create":
        view = open_form(product.app, who, AVIARY)
        form_file.write_text(view.form_id)
        draft = linked(view, second=True, send_email=True)
        points.arm(stop_at)
        answer = issue(product.app, who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())
        assert isinstance(answer, Accepted), answer
        _wait(product, who, view.form_id)
        print(json.dumps({"points": len(points.seen)}), flush=True)
    else:
        _wait(product, who, form_file.read_text())
    product.close()


def _who(product: Built) -> Who:
    with product.app.database.everyone_read() as lobby:
        tenant = lobby.tenants.of_company(12345)
        assert tenant is not None
        installed = lobby.of(tenant.tenant).installations.of_user(101)
        assert installed is not None
    return who_is(tenant, installed, Surface.FRAME)


def _wait(product: Built, who: Who, form_id: str) -> None:
    """Wait until the form's operation is final; at once when its row was never committed."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        with product.app.database.read(who.tenant_id) as store:
            operation = store.operations.of_form(form_id)
        if operation is None or operation.is_final:
            return
        time.sleep(0.05)
    raise TimeoutError("the operation did not come to an end")


if __name__ == "__main__":
    main()
