"""Where pushes may be sent: the address comes from a browser, so it could be anything, our own network included."""

import requests

from app.core.outbound import Reach, may_lead_out
from app.core.outbound import session as outbound_session

LONGEST = 1000
TIMEOUT_S = 10


def is_acceptable(endpoint: str, *, allows_local: bool) -> bool:
    """Whether a subscription may name ``endpoint``: https, a host, no user name, no port but 443, not an inner address.

    ``allows_local`` lets a push service on this machine or network pass, for tests and for closed networks.
    """
    return len(endpoint) <= LONGEST and may_lead_out(endpoint, _reach(allows_local=allows_local))


def session(*, allows_local: bool) -> requests.Session:
    """What pushes are sent by."""
    return outbound_session(_reach(allows_local=allows_local))


def _reach(*, allows_local: bool) -> Reach:
    return Reach(allows_local=allows_local, connect_s=TIMEOUT_S, read_s=TIMEOUT_S)
