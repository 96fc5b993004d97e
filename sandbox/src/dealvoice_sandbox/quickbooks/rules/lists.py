"""Rules of the name lists, of shapes and of the operations that every entity shares."""

from dealvoice_sandbox.core.rules import Rule

RULES: tuple[Rule, ...] = ()
