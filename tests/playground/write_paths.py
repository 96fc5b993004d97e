"""The write paths of the product: each is a row of ``WRITE_PATHS``, and its class says what one case of it is."""

from playground.connection_paths import (
    Disconnect,
    Import,
    MakeFields,
    MakeHooks,
    MendFields,
    PaymentHeard,
    PaymentSwept,
    RefreshPipedrive,
    RefreshQuickBooks,
    RefreshQuickBooksLoosely,
    Uninstall,
)
from playground.invoice_paths import (
    ActivateCustomer,
    Create,
    CreateAll,
    CreateWaking,
    Delete,
    GuidedDelete,
    GuidedVoid,
    Send,
    Unlink,
    UpdateCustomer,
    Void,
)
from playground.stops import WritePath

WRITE_PATHS: tuple[type[WritePath], ...] = (
    Create, CreateAll, CreateWaking, UpdateCustomer, Void, Delete, Send, GuidedVoid, GuidedDelete, ActivateCustomer,
    Import, PaymentSwept, PaymentHeard, Unlink, RefreshQuickBooks, RefreshQuickBooksLoosely, RefreshPipedrive, MakeHooks,
    MakeFields, MendFields, Disconnect, Uninstall,
)  # fmt: skip
