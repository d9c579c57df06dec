"""The Flask extensions, made here and bound to an application in `create_app`."""

from flask import request
from flask_babel import Babel
from flask_limiter import Limiter
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

from portal.db import Base

orm = SQLAlchemy(metadata=Base.metadata)  # its session is a request's reading session
migrate = Migrate(directory="portal/migrations")
babel = Babel()
login = LoginManager()
csrf = CSRFProtect()
limiter = Limiter(lambda: request.remote_addr or "unknown", storage_uri="memory://", strategy="moving-window")
