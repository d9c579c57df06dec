"""Sessions in a signed cookie, as Flask keeps them, except where everybody gets the same answer."""

from flask import Flask, Response, g
from flask.sessions import SecureCookieSessionInterface, SessionMixin


class Sessions(SecureCookieSessionInterface):
    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the session's cookie and what follows from it. Never beside an answer that a cache may keep: the next one
        who asks would get the cookie too."""
        if not g.get("alike", False):
            super().save_session(app, session, response)
