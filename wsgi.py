"""The portal for a WSGI server or `flask --app wsgi`. `porchlight serve` needs nothing of this."""

from portal import create_app

app = create_app()
