"""What ``make audit`` can do without a network: secrets in the repository, and the list of what we are made of."""

import json
import re

import pytest

from security.audit import KNOWN, ROOT, bill_of_materials, secrets_in, tracked

PLANTED = {
    "private key": "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE",
    "cloud": "key = AKIA" + "ABCDEFGHIJKLMNOP",
    "code host": "ghp_" + "a1B2" * 9,
    "signed token": "eyJhbGciOiJIUzI1NiJ9" + ".eyJ1c2VySWQiOjEwMX0." + "a" * 43,
    "registry": "//registry/:_auth" + "Token=abc",
    "setting": 'CLIENT_SECRET = "' + "abc123" * 6 + '"',
    "json": '{"refresh_' + 'token": "' + "q1w2e3r4" * 5 + '"}',
    "QuickBooks": "AB11" + "1" * 12 + "x" * 30,
}


@pytest.mark.parametrize("text", PLANTED.values(), ids=PLANTED)
def test_secret_is_found(text: str) -> None:
    assert next(secrets_in(f"first line\n{text}\n")).endswith("in line 2")


def test_no_tracked_file_holds_a_secret() -> None:
    found = {
        str(path.relative_to(ROOT)): list(secrets_in(path.read_bytes().decode(errors="ignore"))) for path in tracked()
    }

    assert len(found) > 500
    assert {name: told for name, told in found.items() if told} == {}


def test_exception_is_still_needed() -> None:
    whole = "".join(path.read_bytes().decode(errors="ignore") for path in tracked() if path.suffix == ".py")

    assert all(known in whole for known in KNOWN)


def test_list_of_components_is_that_of_the_locks() -> None:
    bill = bill_of_materials()
    components = {one["purl"]: one for one in bill["components"]}
    python = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    node = json.loads((ROOT / "package-lock.json").read_text())["packages"]

    assert len(components) == len(bill["components"])
    assert len(components) == len(python) + len(
        {(path.rpartition("node_modules/")[2], one["version"]) for path, one in node.items() if path}
    )
    assert {f"pkg:pypi/{re.sub(r'[-_.]+', '-', name).lower()}@{version}" for name, version in python} <= set(components)
    assert components["pkg:npm/htmx.org@4.0.1"]["scope"] == "required"
    assert all(one["hashes"] for one in components.values())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    assert bill == bill_of_materials()
    assert "://" not in json.dumps(bill)
