"""The media engine: pure functions on files.

It owns everything that touches the bytes of a recording: what a file is, whether it is whole, how it becomes a ladder
of renditions, and the pictures, curves and texts made from it. It knows no web request, no database and no storage:
paths go in, paths and frozen dataclasses come out. Every program that reads a stranger's bytes runs in `sandbox`.
"""
