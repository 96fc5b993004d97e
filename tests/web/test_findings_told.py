"""Findings and faults in words: every code of the core, in every language, with its own parameters."""

import pytest

from dealvoice import i18n
from dealvoice.invoicing.finding import CATALOGUE, Finding, Severity
from dealvoice.web import findings
from web import shown

SAMPLE = {"amount": "194.40 USD", "date": "2026-03-31", "n": "2", "when": "2026-03-13T14:01:00+00:00", "kind": "vendor"}
SPEECHES = (shown.ENGLISH, shown.POLISH)


@pytest.fixture(autouse=True)
def _strict_texts():
    i18n.raise_on_missing()
    yield
    i18n.raise_on_missing(on=False)


@pytest.mark.parametrize("speech", SPEECHES, ids=lambda speech: speech.language)
@pytest.mark.parametrize("code", CATALOGUE)
def test_every_code_has_a_title_of_its_own(code, speech):
    params = {name: SAMPLE.get(name, name.upper()) for name in CATALOGUE[code]}

    told = findings.tell(speech, Finding(code, Severity.BLOCKER, "form", params))

    assert told.title
    assert code not in told.title
    assert "{" not in told.title + told.means


@pytest.mark.parametrize("speech", SPEECHES, ids=lambda speech: speech.language)
@pytest.mark.parametrize(
    "code",
    [
        "web.too_large",
        "web.unreadable",
        "web.not_found",
        "web.away",
        "web.crowded",
        "web.too_many",
        "session.csrf",
        "session.expired",
        "session.not_installed",
        "session.forged",
        "session.not_found",
        "deal.no_access",
        "connection.stale_link",
    ],
)
def test_every_refusal_has_its_text(code, speech):
    assert code != findings.fault(speech, code, {})
    assert findings.fault(speech, "quickbooks.rejected", {}) != findings.fault(speech, code, {})


def test_amounts_dates_and_moments_are_written_for_the_user():
    finding = Finding(
        "date.books_closed", Severity.BLOCKER, "issued_on", {"date": "2026-03-31", "issued": "2026-03-13"}
    )

    assert findings.tell(shown.ENGLISH, finding).title == "The period up to Mar 31, 2026 is closed in QuickBooks"
    assert findings.tell(shown.POLISH, finding).title == "Okres do 31.03.2026 jest zamknięty w QuickBooks"
    assert findings.shown(shown.POLISH, {"x": "194.40 USD"})["x"].replace("\xa0", " ") == "194,40 USD"
    assert (
        findings.shown(shown.ENGLISH, {"x": SAMPLE["when"]})["x"].replace("\u202f", " ").replace("\xa0", " ")
        == "Mar 13, 2026, 2:01 PM"
    )


def test_a_code_that_nobody_knows_is_told_as_our_own_mistake():
    assert findings.fault(shown.ENGLISH, "some.thing", {}) == findings.fault(shown.ENGLISH, "quickbooks.rejected", {})
