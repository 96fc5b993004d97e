"""JSON with exact numbers."""

from decimal import Decimal

import pytest

from dealvoice_sandbox.core.printing import exact_json


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (Decimal("100.00"), b"100"),
        (Decimal("0.10"), b"0.1"),
        (Decimal("9007199254740993.25"), b"9007199254740993.25"),
        (Decimal("0.0000001"), b"0.0000001"),
        (Decimal("1E+3"), b"1000"),
        ({"a": [Decimal("1.5"), None, True, "ü"]}, '{"a":[1.5,null,true,"ü"]}'.encode()),
        ("half a pair \ud83d", b'"half a pair ?"'),
    ],
)
def test_value_when_printed_then_its_digits_are_exact(value, printed):
    assert exact_json(value) == printed


def test_value_when_no_json_then_refused():
    with pytest.raises(TypeError):
        exact_json({"a": object()})
