"""A sign-in to QuickBooks that ends for good is told thirty days before, with its way out; what was used is told beside."""

from datetime import timedelta

import pytest

from dealvoice.connections.used import day_of, month_of
from dealvoice.storage.usage import READS, TOKENS, Used
from dealvoice.workflows.setup.ending import LIFE
from playground.house import House
from playground.looking import connection_of
from playground.person import Person, Screen, people


def _end_in(house: House, days: int) -> None:
    with house.app.database.write(house.who.tenant_id) as store:
        row = store.connections.current()
        assert row is not None
        row.hard_until = house.app.now() + timedelta(days=days)


def _settings(person: Person) -> Screen:
    return Screen(person.open("/settings"))


def test_the_end_is_learned_from_each_renewal(house: House) -> None:
    """The consent was given a year ago: QuickBooks tells that four are left."""
    kept = connection_of(house.app, house.who)
    assert kept.hard_until is not None
    assert abs(kept.hard_until - house.app.now() - LIFE) < timedelta(
        minutes=5
    )  # not told yet: counted from the consent
    for _ in range(5):  # a refresh token that is not used for 100 days ends
        house.quickbooks("POST", "/_sandbox/clock", json={"advance": "P73D"})
        token = house.app.quickbooks_tokens.access(kept.tenant, kept.id)
        house.app.quickbooks_tokens.access(kept.tenant, kept.id, refused=token)

    told = connection_of(house.app, house.who).hard_until

    assert told is not None
    assert abs(told - house.app.now() - (LIFE - timedelta(days=365))) < timedelta(minutes=5)


@pytest.mark.parametrize(("days", "warned"), [(31, False), (29, True)])
def test_settings_and_problems_warn_a_month_ahead_with_the_way_out(house: House, days: int, warned: bool) -> None:
    _end_in(house, days)

    with people(house, 101) as (ola,):
        settings, problems = _settings(ola), Screen(ola.get("/settings/problems"))

    assert (settings.by_id("ending") is not None) == warned
    assert ("QuickBooks ends its sign-in soon" in problems.text) == warned
    assert (problems.button("Reconnect QuickBooks") is not None) == warned
    if warned:
        assert "Sign in to QuickBooks again by" in settings.words(settings.by_id("ending"))
        assert settings.words(settings.by_id("sign-in")) == "Reconnect QuickBooks"


def test_a_new_consent_ends_the_warning(house: House) -> None:
    _end_in(house, 3)

    house.connect(house.who)

    with people(house, 101) as (ola,):
        assert _settings(ola).by_id("ending") is None


def test_the_card_tells_what_was_used_and_whose_zone_counts(house: House) -> None:
    now, tenant = house.app.now(), house.who.tenant_id
    house.built._budgets.flush()
    with house.app.database.everyone_write() as lobby:
        before = lobby.of(tenant).usage.of(READS, month_of(now))
        lobby.usage.add([Used(tenant, READS, month_of(now), 1200), Used(tenant, TOKENS, day_of(now), 41_000)])
        tokens = lobby.of(tenant).usage.of(TOKENS, day_of(now))

    with people(house, 101) as (ola,):
        shown = _settings(ola)

    assert f"{before + 1200:,}" in shown.words(shown.by_id("reads"))
    assert f"{tokens:,}" in shown.words(shown.by_id("tokens"))
    assert "as QuickBooks says" in shown.words(shown.by_id("zone"))
    assert "Los Angeles" in shown.words(shown.by_id("zone"))
