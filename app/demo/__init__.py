"""The demo: a small label of made-up artists, whose records and films are synthesised on the machine that shows them.

Nothing binary lives in the repository. ``artists`` says who they are, ``catalogue`` what they published, and
``rendering`` makes the files: sound with numpy, pictures with Pillow, containers with ffmpeg. The same code makes
the same bytes with the same versions of these libraries.
"""
