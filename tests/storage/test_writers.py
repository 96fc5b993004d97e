"""Writers of one process come in the order in which they asked, and none waits for ever."""

import threading
from pathlib import Path

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeout

from dealvoice.storage.engine import open_engine
from dealvoice.storage.schema import upgrade
from dealvoice.storage.unit_of_work import Database
from dealvoice.storage.writers import Writers


def test_turns_are_given_in_the_order_of_asking() -> None:
    writers, order, threads = Writers(), list[int](), list[threading.Thread]()

    def work(number: int) -> None:
        with writers.one():
            order.append(number)

    with writers.one():
        for number in range(5):
            threads.append(threading.Thread(target=work, args=(number,)))
            threads[-1].start()
            while len(writers._waiting) <= number:
                pass
    for thread in threads:
        thread.join()

    assert order == [0, 1, 2, 3, 4]


def test_turn_that_does_not_come_is_told_and_leaves_the_row_in_order() -> None:
    writers = Writers(patience=0.05)

    with writers.one(), pytest.raises(PoolTimeout), writers.one():
        pass

    with writers.one():  # nobody stands in the row any more
        assert not writers._waiting


def test_failed_writer_passes_its_turn_on() -> None:
    writers = Writers(patience=0.05)

    with pytest.raises(ZeroDivisionError), writers.one():
        raise ZeroDivisionError

    with writers.one():
        pass


def test_patient_writer_gets_in_between_one_that_asks_again_and_again(tmp_path: Path) -> None:
    """SQLite alone would have it sleep while the other passes it by."""
    engine = open_engine(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    upgrade(engine)
    busy = Database(engine)
    patient = busy.unwatched()
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
