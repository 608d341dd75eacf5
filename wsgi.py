"""What gunicorn and ``flask`` start: ``wsgi:app``."""

from app import create_app

app = create_app()
