"""The plain data that both vendors' seeds share."""

import pytest

from dealvoice_sandbox.seeds.worlds import WORLDS


def test_worlds_are_the_five_seeds_each_with_a_company_of_its_own() -> None:
    assert list(WORLDS) == ["us", "us-ast", "us-multi", "uk", "ca"]
    assert len({world.realm for world in WORLDS.values()}) == 5


@pytest.mark.parametrize("seed", WORLDS)
def test_world_has_a_rate_for_every_foreign_currency_that_a_customer_buys_in(seed: str) -> None:
    world = WORLDS[seed]

    assert {one.currency for one in world.customers} - {world.home} == set(world.rates)
    assert world.multicurrency == bool(world.rates)


@pytest.mark.parametrize("seed", WORLDS)
def test_world_names_nobody_and_nothing_twice(seed: str) -> None:
    world = WORLDS[seed]

    assert len({one.name.casefold() for one in world.customers}) == len(world.customers)
    assert len({one.name.casefold() for one in world.items}) == len(world.items)
