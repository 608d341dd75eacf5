"""Forms as browsers send them: what is no file takes no file, and JSON in a form's place says plain values only."""

from collections.abc import Iterator
from typing import Any, Final

import flask_wtf
from flask import request
from flask_wtf.form import _Auto
from werkzeug.datastructures import MultiDict
from wtforms import FileField, MultipleFileField

FOR_FILES: Final = (FileField, MultipleFileField)


class FlaskForm(flask_wtf.FlaskForm):
    """The base of all forms that are sent.

    Flask-WTF hands a file to whatever field has its name, and whatever JSON holds to fields that expect text: what is
    somebody else's mistake would be an error of ours.
    """

    class Meta(flask_wtf.FlaskForm.Meta):
        """Where what was sent comes from."""

        def wrap_formdata(self, form: flask_wtf.FlaskForm, formdata: Any) -> Any:
            """What was sent, as far as the fields of ``form`` can take it; what the caller gives stays as it is."""
            if formdata is not _Auto:
                return formdata
            if not form.is_submitted():
                return None
            if request.is_json:
                return MultiDict(list(_plain(request.get_json(silent=True)))) or None
            if not request.files:
                return request.form or None
            sent = MultiDict(list(request.form.items(multi=True)))
            takes_files = {field.name for field in form if isinstance(field, FOR_FILES)}
            for name, file in request.files.items(multi=True):
                if name in takes_files:
                    sent.add(name, file)  # type: ignore[arg-type]  # beside words, as in CombinedMultiDict
            return sent


def _plain(said: object) -> Iterator[tuple[str, str]]:
    """The plain values of a JSON object, as a form would say them; of lists, what is plain in them."""
    for name, value in said.items() if isinstance(said, dict) else ():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, bool):
                yield name, "true" if one else "false"
            elif isinstance(one, str | int):
                yield name, str(one).encode(errors="replace").decode()  # half a pair of surrogates is no text
