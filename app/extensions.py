"""Extensions, unbound: ``create_app`` binds them."""

from datetime import datetime
from typing import TYPE_CHECKING

from flask import Response, current_app
from flask_compress import Compress
from flask_limiter import Limit, Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager, current_user
from flask_socketio import SocketIO
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import DateTime, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, registry

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """What every model descends from: constraint names follow one convention, so that migrations can name them."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMES),
        type_annotation_map={datetime: DateTime(timezone=True), str: Text()},
    )


db = SQLAlchemy(model_class=Base)
if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model

compress = Compress()
csrf = CSRFProtect()


def _who() -> str:
    return f"person:{current_user.id}" if current_user.is_authenticated else get_remote_address()


def _budget_of_the_rest() -> str:
    return str(current_app.config["SETTINGS"].reaction_limit)


limiter = Limiter(
    get_remote_address, headers_enabled=True, swallow_errors=True, in_memory_fallback_enabled=True,
    # Whatever changes something and was given no limit of its own: a forgotten decorator is no open door.
    default_limits=[
        Limit(
            _budget_of_the_rest, key_function=_who, scope="rest", shared=True,
            methods=("POST", "PUT", "PATCH", "DELETE"),
        )
    ],
)  # fmt: skip


class QuietLoginManager(LoginManager):
    """Flask-Login without its remember-me cookie, for which it would read the session after every request.

    That would put ``Vary: Cookie`` on files that are the same for everyone, and keep caches from keeping them.
    """

    def _update_remember_cookie(self, response: Response) -> Response:
        return response


login_manager = QuietLoginManager()
socketio = SocketIO()
