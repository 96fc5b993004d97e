"""Writers of one process come in the order in which they asked, and none waits for ever."""

import threading
from pathlib import Path

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeout

from dealvoice.storage.engine import open_engine
from dealvoice.storage.schema import upgrade
from dealvoice.storage.turns import Turns, turns_of
from dealvoice.storage.unit_of_work import Database


def test_turns_are_given_in_the_order_of_asking() -> None:
    turns, order, threads = Turns(), list[int](), list[threading.Thread]()

    def work(number: int) -> None:
        with turns.one():
            order.append(number)

    with turns.one():
        for number in range(5):
            threads.append(threading.Thread(target=work, args=(number,)))
            threads[-1].start()
            while len(turns._waiting) <= number:
                pass
    for thread in threads:
        thread.join()

    assert order == [0, 1, 2, 3, 4]


def test_turn_that_does_not_come_is_told_and_leaves_the_row_in_order() -> None:
    turns = Turns(patience=0.05)

    with turns.one(), pytest.raises(PoolTimeout), turns.one():
        pass

    with turns.one():  # nobody stands in the row any more
        assert not turns._waiting


def test_failed_writer_passes_its_turn_on() -> None:
    turns = Turns(patience=0.05)

    with pytest.raises(ZeroDivisionError), turns.one():
        raise ZeroDivisionError

    with turns.one():
        pass


def test_patient_writer_gets_in_between_one_that_asks_again_and_again(tmp_path: Path) -> None:
    """SQLite alone would have it sleep while the other passes it by."""
    engine = open_engine(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    upgrade(engine)
    busy, patient = Database(engine), Database(engine)
    written, over, seen = list[int](), threading.Event(), list[int]()

    def again_and_again() -> None:
        while not over.is_set():
            with busy.everyone_write() as lobby:
                lobby.tenants.get("nobody")
                written.append(1)
                over.wait(0.03)

    thread = threading.Thread(target=again_and_again)
    thread.start()
    for _ in range(5):
        before = len(written)
        with patient.everyone_write() as lobby:
            lobby.tenants.get("nobody")
            seen.append(len(written) - before)
    over.set()
    thread.join()
    engine.dispose()

    assert max(seen) <= 1  # only whoever was at it already
    assert turns_of(engine) is busy._turns is patient._turns
