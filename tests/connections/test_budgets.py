"""The gate before the vendors: inside the limits, per company, and shut after a 429."""

import pytest

from dealvoice.connections.budgets import Gate, Limits, Seen, in_background


class _Time:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def _sent(gate: Gate, time: _Time, calls: int, realm: str = "1") -> list[float]:
    """Return when each call went out, in seconds from the first."""
    moments = []
    for _ in range(calls):
        gate.acquire(realm)
        moments.append(time.now)
        gate.report(realm, 200)
    return [moment - moments[0] for moment in moments]


def _gate(time: _Time, *, per_second: int = 8, per_minute: int = 400, at_once: int = 8) -> Gate:
    return Gate(Limits(per_second, per_minute, at_once), clock=time, sleep=time.sleep)


def test_ninth_call_of_a_second_waits_for_the_next() -> None:
    time = _Time()

    moments = _sent(_gate(time), time, 9)

    assert moments[:8] == [0.0] * 8
    assert moments[8] == pytest.approx(1.0)


def test_calls_beyond_the_minute_wait_for_it_to_pass() -> None:
    time = _Time()

    moments = _sent(_gate(time, per_second=1000, per_minute=400), time, 401)

    assert moments[399] == 0.0
    assert moments[400] == pytest.approx(60.0)


def test_no_window_of_a_second_or_a_minute_holds_more_than_allowed() -> None:
    time = _Time()

    moments = _sent(_gate(time), time, 1000)

    for n in range(len(moments)):
        assert len([at for at in moments[n : n + 9] if at < moments[n] + 0.999]) <= 8
        assert len([at for at in moments[n : n + 401] if at < moments[n] + 59.999]) <= 400


def test_company_that_is_throttled_does_not_hold_up_another() -> None:
    time = _Time()
    gate = _gate(time)
    gate.acquire("1")
    gate.report("1", 429)

    other = _sent(gate, time, 1, realm="2")
    before = time.now
    gate.acquire("1")

    assert other == [0.0]
    assert time.now - before == pytest.approx(60.0)


def test_call_above_the_number_at_once_waits_until_one_ends() -> None:
    time = _Time()
    gate = _gate(time, at_once=2)
    gate.acquire("1")
    gate.acquire("1")
    waited = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        gate.report("1", 0)

    gate._sleep = sleep
    gate.acquire("1")

    assert len(waited) == 1


def test_429_shuts_the_gate_and_halves_the_pace_for_ten_minutes() -> None:
    time = _Time()
    gate = _gate(time)
    gate.acquire("1")
    gate.report("1", 429)

    slow = _sent(gate, time, 5)
    shut_until = time.now - 1.0
    time.sleep(600.0)

    assert shut_until == pytest.approx(1060.0)
    assert slow == pytest.approx([0.0, 0.0, 0.0, 0.0, 1.0])
    assert _sent(gate, time, 9)[7:] == pytest.approx([0.0, 1.0])


def test_429_of_one_company_does_not_slow_another() -> None:
    time = _Time()
    gate = _gate(time)
    gate.acquire("1")
    gate.report("1", 429)

    assert _sent(gate, time, 8, realm="2") == [0.0] * 8
    assert time.now == 1000.0


def test_background_work_leaves_a_fifth_of_the_pace_to_people() -> None:
    time = _Time()
    gate = _gate(time, per_second=10)
    with in_background():
        _sent(gate, time, 8)
    assert time.now == 1000.0

    _sent(gate, time, 2)  # by a person: the rest of the same second
    assert time.now == 1000.0

    with in_background():
        gate.acquire("1")
    assert time.now == pytest.approx(1001.0)


def test_background_work_leaves_two_calls_at_once_to_people() -> None:
    limits, seen = Limits(per_second=100, at_once=8), Seen()
    taken = [seen.admit(f"b{n}", 1.0, limits, background=True) for n in range(7)]
    assert taken[:6] == [0.0] * 6
    assert taken[6] > 0

    assert [seen.admit(f"p{n}", 1.0, limits, background=False) == 0 for n in range(3)] == [True, True, False]


def test_call_of_a_dead_process_gives_its_slot_back() -> None:
    limits, seen = Limits(at_once=1), Seen()
    assert seen.admit("of the dead", 1.0, limits, background=False) == 0
    assert seen.admit("next", 100.0, limits, background=False) > 0

    assert seen.admit("next", 200.0, limits, background=False) == 0
