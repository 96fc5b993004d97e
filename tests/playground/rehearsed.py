"""
What every process of the product does before it does anything of its own, done once: whoever is forked has seen it all.

A statement is made up, a date is formed, and the migrations are read for the first time: that takes longer than all that a
process does which is to die. The fork server imports this, goes through an invoice once, without a socket or a thread, and
keeps what was learnt: nothing of that world is left, and no file of it is open.
"""

import gc
import tempfile
from pathlib import Path

from dealvoice.workflows.invoice.issue import issue
from dealvoice.workflows.invoice.prefill import open_form
from playground import warmed
from playground.drafts import linked
from playground.invariants import a_log
from playground.simulated import World

__all__ = ["warmed"]


def _rehearse(folder: Path) -> None:
    world = World(folder)
    with world.reigned():
        world.begin("rehearsal")
        world.start()
        (who, *_), (deal, *_) = world.companies[0].users, world.companies[0].deals
        view = open_form(world.app, who, deal)
        issue(world.app, who, form_id=view.form_id, deal_id=deal, draft=linked(view), problems=())
        world.house.settle()
        world.stop()


with tempfile.TemporaryDirectory() as _folder, a_log():
    _rehearse(Path(_folder))
gc.collect()
gc.freeze()  # else each of the forked goes over all that was imported
