"""Wishes not to be followed: Global Privacy Control (globalprivacycontrol.org) and Do Not Track."""

from flask import request


def wants_privacy() -> bool:
    """Whether the browser of this request says that its owner does not want to be followed."""
    return request.headers.get("Sec-GPC") == "1" or request.headers.get("DNT") == "1"
