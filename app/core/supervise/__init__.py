"""What ``make run`` runs: an installation on one machine, all its processes under one supervisor.

``python -m app.core.supervise`` clears away what a killed run left behind, starts the embedded engines (unless
``DATABASE_URL`` and ``REDIS_URL`` name others), migrates, starts the web server, the workers and the spine, makes the
demo content, says that Soundstage is ready, and waits. supervisord from PyPI starts again what dies;
docs/adr/0001-supervisor.md says why it is that one.
"""
