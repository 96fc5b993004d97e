"""With every webhook lost, invoice and note say what QuickBooks says within a quarter of an hour."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from playground.accountant import Accountant, at_vendors_clock
from playground.drafts import press
from playground.house import AVIARY, REALM

SEED = int(os.environ.get("DEALVOICE_SEED", "20261127"))
PROMISED = timedelta(minutes=15)
LOOK = timedelta(seconds=20)
"""How often the timetable asks whose sweep is due (``worker.set_up``)."""
CALM, CALM_LOOK = timedelta(hours=3), timedelta(minutes=2)
"""In which the pause between two sweeps grows to its longest; how often one looks meanwhile."""
ROUNDS = 25 if os.environ.get("DEALVOICE_SOAK") == "1" else 2
INVOICES = 4
"""Of each round; with each of them one thing happens."""


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Accountant]:
    with at_vendors_clock(tmp_path / "books") as opened:
        yield opened


def test_status_is_quickbooks_within_fifteen_minutes_of_whatever_happened(books: Accountant) -> None:
    random = Random(SEED)
    late: list[timedelta] = []
    for _ in range(ROUNDS):
        made = [_an_invoice(books) for _ in range(INVOICES)]
        for _ in range(CALM // CALM_LOOK):
            books.lose()
            books.wait_for_a_look(CALM_LOOK)
        late += _act_and_wait(books, random, made)

    late.sort()
    print(
        f"seed {SEED}: known after {late[len(late) // 2]} (half of {len(late)}), {late[-1]} at most, by the vendor's clock"
    )
    assert late[-1] <= PROMISED


def _an_invoice(books: Accountant) -> str:
    before = set(books.vendor.rows(REALM, "Invoice"))
    press(books.house)
    books.house.run()
    [made] = set(books.vendor.rows(REALM, "Invoice")) - before
    return str(made)


def _act_and_wait(books: Accountant, random: Random, made: list[str]) -> list[timedelta]:
    """Have the accountant do something with each invoice at a drawn moment; return how long each was not known."""
    acts: list[tuple[str, Callable[[str], object]]] = [
        ("Partially paid", lambda one: books.pay(one, "100")),
        ("Paid", lambda one: books.pay(one, "883.80")),
        ("Voided", books.void),
        ("Deleted", books.delete),
    ]
    random.shuffle(acts)
    begin = _now(books)
    planned = {one: begin + timedelta(seconds=random.randrange(900)) for one in made}
    done: dict[str, tuple[datetime, str]] = {}
    late: dict[str, timedelta] = {}

    for _ in range(PROMISED * 2 // LOOK):
        books.wait_for_a_look(LOOK)
        for one, at in planned.items():
            if one not in done and at <= _now(books):
                word, act = acts[len(done)]
                number = books.vendor.rows(REALM, "Invoice")[one]["DocNumber"]
                act(one)
                done[one] = _now(books), f"Invoice {number}: {word}"
        said = " ".join(note["content"] for note in books.house.sandbox.pipedrive.notes_of(AVIARY))
        for one, (since, words) in done.items():
            if one not in late and words in said:
                late[one] = _now(books) - since
        books.lose()
    assert set(late) == set(made), f"not told: {[words for one, (_, words) in done.items() if one not in late]}"
    return list(late.values())


def _now(books: Accountant) -> datetime:
    return books.vendor.clock.now().astimezone(UTC)
