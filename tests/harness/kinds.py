"""What the fixtures of ``conftest.py`` are, for the signatures of tests."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from flask import Flask

from app.accounts.models import User
from app.media.models import Medium
from tests.harness.browser import Browser

CountStatements = Callable[[], AbstractContextManager[list[str]]]
Login = Callable[..., Browser]
MakeApp = Callable[..., Flask]
MakeMedium = Callable[..., Medium]
MakePerson = Callable[..., User]
RunJobs = Callable[..., int]
RunSpine = Callable[[], int]
Settle = Callable[..., None]
