"""What a screen said of what somebody sent, put before them on the page that they are led to."""

from flask import Flask, Response, flash

from app.core.screening import notices


def register_notices(app: Flask) -> None:
    """Tell people on the next page what became of what they sent; an answer that is no redirect says so itself."""

    @app.after_request
    def tell(response: Response) -> Response:
        if response.status_code in {302, 303}:
            flash_notices()
        return response


def flash_notices() -> None:
    """Let the page that is drawn next say what was said of what was sent."""
    for sentence in dict.fromkeys(notices()):
        flash(sentence, "info")
