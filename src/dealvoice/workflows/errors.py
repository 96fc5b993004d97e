"""
What a workflow may refuse with; web turns each into a status and a text in the user's language.

    Trouble
    ├── NoAccess        this user may not do that, or see anything
    │   └── NotSeen     he may not see that deal (also when it does not exist)
    ├── NotFound        no such operation or invoice of this tenant
    ├── NotPossible     the state does not allow it
    ├── StaleLink       a sign-in link that was used, expired or started in another browser
    ├── WrongCompany    another QuickBooks company than the links belong to
    ├── Taken           a colleague holds the connection
    ├── SignedOut       Pipedrive or QuickBooks wants a new sign-in
    └── Busy            a vendor did not answer in time
"""

from collections.abc import Mapping

from dealvoice.storage.unit_of_work import DatabaseAway

DATABASE_AWAY = DatabaseAway
"""The classes raised when the database itself fails: what was to be written may or may not be there."""


class Trouble(Exception):
    """
    A refusal with a text of its own.

    Attributes:
        code: Key of the text, ``fault.<code>`` in the catalogues.
        params: Its named parts.
    """

    code = "quickbooks.rejected"

    def __init__(self, code: str = "", params: Mapping[str, str] | None = None) -> None:
        super().__init__(code or self.code)
        self.code = code or self.code
        self.params = dict(params or {})


class NoAccess(Trouble):
    """This user may not do that; the code says why."""

    code = "deal.no_access"


class NotSeen(NoAccess):
    """This user may not see that deal, or there is none: the two look the same."""


class NotFound(Trouble):
    """No such operation, form or invoice of this tenant."""

    code = "session.not_found"


class NotPossible(Trouble):
    """The state does not allow it; the code says why."""


class StaleLink(Trouble):
    """A sign-in link that was used already, is too old, or was started in another browser."""

    code = "connection.stale_link"


class WrongCompany(Trouble):
    """The sign-in was for another QuickBooks company than the links belong to. Nothing was changed."""

    code = "connection.wrong_company"


class Unsupported(Trouble):
    """A QuickBooks company that we do not invoice for. Nothing was stored."""

    code = "company.unsupported"


class Taken(Trouble):
    """A colleague of the same Pipedrive company holds the connection."""

    code = "connection.taken"


class SignedOut(Trouble):
    """The connection or the installation wants a new sign-in."""

    code = "connection.expired"


class Busy(Trouble):
    """A vendor did not answer; nothing was sent. Safe to try again."""

    code = "pipedrive.no_answer"
