"""What tests of the site share."""

import pytest
from flask import Flask

from app.core import options
from app.extensions import db


@pytest.fixture
def explicit_for_all(app: Flask) -> None:
    """Operators do not ask for an age where only the artist calls a work explicit."""
    with app.app_context():
        options.set_option("age.explicit", False, None)
        db.session.commit()
