"""
The same ``requestid`` again: the first answer comes back and nothing is done, be the object deleted since.

Source: REST API features (requestid) and what client libraries have seen live; what is not known is a switch.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dealvoice_sandbox.quickbooks.faults_text import Refusal

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

_LONGEST = 50


def once(
    emulator: "QuickBooksEmulator", realm: str, request_id: str, asked: tuple[str, bytes], work: Callable[[], bytes]
) -> bytes:
    """
    Do something once per request id, and return its answer.

    Args:
        emulator: Whose company it is.
        realm: The company; an id counts within it.
        request_id: As sent; empty when none was.
        asked: Path and body: another one under the same id is told apart where the switch says so.
        work: What to do; when it is refused, the id is still free.

    Raises:
        Refusal: 2050 for an id that is too long, 600 for another body where the switch says so.
    """
    if not request_id:
        return work()
    if len(request_id) > _LONGEST:
        detail = (
            "String length specified does not match the supported length. "
            f"Min:0 Max:{_LONGEST} supported. Supplied length:{len(request_id)}"
        )
        raise Refusal("2050", detail, "requestid")
    replays = emulator.company(realm)["replays"]
    print_of = hashlib.sha256(asked[0].encode() + b"\n" + asked[1]).hexdigest()[:16]
    now = emulator.clock.now()
    kept = replays.get(request_id)
    if kept is not None and now - datetime.fromisoformat(kept["at"]) < timedelta(
        hours=emulator.switches["replay_hours"]
    ):
        if kept["of"] != print_of and emulator.switches["replay_of_another_body"] == "refuse":
            raise Refusal("600", f"Duplicate Request ID : {request_id}", "requestid")
        answer: str = kept["answer"]
        return answer.encode()
    made = work()
    replays[request_id] = {"at": now.isoformat(), "of": print_of, "answer": made.decode()}
    return made
