"""Commands for operators."""

from flask import Flask


def test_there_is_no_worker_for_a_queue_that_is_not_there(app: Flask) -> None:
    assert app.test_cli_runner().invoke(args=["worker", "nothing"]).exit_code == 2
