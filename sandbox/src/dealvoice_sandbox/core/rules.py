"""Rules and switches of an emulator: what it does by which source; what the record leaves open can be set either way."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Rule:
    """One behaviour of the vendor that is played."""

    id: str
    what: str
    source: str
    default: Any = None
    """What a switch stands on, and of which type its settings are; None means that it is no switch."""
    test: str = ""
    """The test that shows both sides."""
    allowed: tuple[Any, ...] = ()
    """What it may be set to; nothing said, anything of the default's type."""


class Switches:
    """The current settings of an emulator's rules."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = {rule.id: rule for rule in rules if rule.default is not None}
        self._set: dict[str, Any] = {}

    def __getitem__(self, rule_id: str) -> Any:
        return self._set.get(rule_id, self.rules[rule_id].default)

    def take_over(self, values: dict[str, Any]) -> None:
        """
        Set some switches, all or none.

        Raises:
            ValueError: There is no such rule, or a setting is of another type than the rule's default.
        """
        unknown = set(values) - set(self.rules)
        if unknown:
            raise ValueError(f"there is no switch {sorted(unknown)}; there are {sorted(self.rules)}")
        for rule_id, value in values.items():
            wanted = type(self.rules[rule_id].default)
            if type(value) is not wanted:
                raise ValueError(f"switch {rule_id!r} takes {wanted.__name__}, not {value!r}")
            if self.rules[rule_id].allowed and value not in self.rules[rule_id].allowed:
                raise ValueError(f"switch {rule_id!r} is one of {self.rules[rule_id].allowed}, not {value!r}")
        self._set.update(values)

    def reset(self) -> None:
        """Go back to the defaults."""
        self._set.clear()

    def shown(self) -> dict[str, Any]:
        """Return every rule with its setting."""
        return {
            rule.id: {
                "what": rule.what, "source": rule.source, "default": rule.default, "now": self[rule.id],
                "test": rule.test,
            }
            for rule in self.rules.values()
        }  # fmt: skip
