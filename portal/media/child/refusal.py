"""What the child says when it will not go on."""

from typing import Any


class Refusal(Exception):
    """This file is not accepted. The codes are those of `process.CODES`; the parent passes them on."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params
