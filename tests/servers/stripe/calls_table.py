"""All that is played: importing this fills the table."""

from tests.servers.stripe import (  # noqa: F401 -- importing is what is wanted
    account,
    catalogue,
    checkout,
    customers,
    invoice_calls,
    payments,
    portal,
    returns,
    subscription_calls,
)
