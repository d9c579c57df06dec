"""Porchlight: a town's portal for neighbours, their doorbells, and agencies that inform and cannot ask."""

from datetime import timedelta
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import identity, logs, wording
from portal.agencies import federal
from portal.clock import Clock
from portal.db import Database, prepare
from portal.extensions import babel, csrf, limiter, login, migrate, orm
from portal.settings import Settings, load
from portal.store import Store
from portal.web import access, assets, errors, filters, headers, health, hx, pages, templating
from portal.web.context import Porchlight, actor
from portal.web.sessions import Sessions

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("en",)
LOOKING_AT_ONCE = 2


class Portal(Flask):
    """Flask, with few pages made at once and the others waiting for their turn.

    Threads of Python take turns anyway, and hand over at each step of the database: with two of them one reckons while
    the other reads, and with more they only get into each other's way (a third fewer pages with eight). Whoever sends
    something does not wait here, because a body may come slowly; nor does what is sent out, once it was found.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._looking = BoundedSemaphore(LOOKING_AT_ONCE)

    def full_dispatch_request(self) -> Response:
        if request.method not in ("GET", "HEAD"):
            return super().full_dispatch_request()
        with self._looking:
            return super().full_dispatch_request()


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> Flask:
    """The portal as a WSGI application, with `Porchlight` in `app.extensions["porchlight"]`.

    Raises SettingsError for settings that cannot be right, WordingError for a broken file of words, FederalListError
    for a broken list of what is federal, and UndeclaredRoute for a route without an access rule.
    """
    settings = settings or load()
    wording.ready()
    federal.read(settings.federal_list)
    logs.configure(settings.log_format)
    for folder in (settings.data, settings.data / "files"):
        folder.mkdir(parents=True, exist_ok=True)

    app = Portal("portal", template_folder=str(ROOT / "templates"), static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.sqlalchemy_url,
        # A request looks on one connection, for as long as it takes, and writes on another.
        # An error's text ends in the log, and what people wrote does not.
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_size": 2 * settings.threads + 4,
            "max_overflow": 0,
            "hide_parameters": True,
        },
        MAX_CONTENT_LENGTH=settings.upload_max_bytes,
        MAX_FORM_MEMORY_SIZE=2**20,
        SESSION_COOKIE_NAME="porchlight",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as the session: a form may stay open for a day
        WTF_CSRF_SSL_STRICT=False,  # the referrer is checked by SameSite and the token; some proxies drop it
        BABEL_DEFAULT_LOCALE=LANGUAGES[0],
        BABEL_DEFAULT_TIMEZONE=settings.timezone,
        RATELIMIT_HEADERS_ENABLED=False,
    )
    app.session_interface = Sessions()
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    orm.init_app(app)
    with app.app_context():
        engine = orm.engine
    prepare(engine)
    here = Porchlight(settings, clock or Clock(), Database(engine), Store(settings.data / "files"))
    here.store.prepare()
    app.extensions["porchlight"] = here

    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.trusted_proxies, x_proto=settings.trusted_proxies
        )
    migrate.init_app(app, orm)
    babel.init_app(app, locale_selector=lambda: request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0])
    login.init_app(app)
    csrf.init_app(app)
    limiter.enabled = settings.rate_limits
    limiter.init_app(app)
    hx.htmx.init_app(app)
    filters.init_app(app)
    templating.init_app(app)
    errors.init_app(app)
    headers.init_app(app)
    assets.init_app(app)
    app.context_processor(lambda: {"actor": actor(), "town": {"name": settings.town_name}, "demo": settings.demo})

    from portal.accounts import signing  # noqa: F401  (its routes are the accounts')
    from portal.accounts.views import blueprint as accounts
    from portal.agencies import operating  # noqa: F401  (its routes are the directory's)
    from portal.agencies.views import blueprint as agencies
    from portal.alerts.views import blueprint as alerts
    from portal.archive.views import blueprint as archive
    from portal.audit.views import blueprint as audit
    from portal.bulletins.views import blueprint as bulletins
    from portal.clips.api import blueprint as clips_api
    from portal.clips.views import blueprint as clips
    from portal.devices.api import blueprint as devices_api
    from portal.devices.views import blueprint as devices
    from portal.feed import editing, marks  # noqa: F401  (their routes are the feed's)
    from portal.feed.views import blueprint as feed
    from portal.guide.views import blueprint as guide
    from portal.moderation.views import blueprint as moderation
    from portal.neighbourhoods.views import blueprint as neighbourhoods
    from portal.outlets.api import blueprint as outlets_api
    from portal.outlets.views import blueprint as outlets
    from portal.relay.views import blueprint as relay
    from portal.responses.views import blueprint as responses

    for blueprint in (
        audit,
        accounts,
        neighbourhoods,
        devices,
        devices_api,
        clips,
        clips_api,
        agencies,
        bulletins,
        outlets,
        outlets_api,
        responses,
        archive,
        feed,
        moderation,
        relay,
        alerts,
        guide,
    ):
        app.register_blueprint(blueprint)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(health.blueprint)
    access.init_app(app, identity.who_asks)
    return app
