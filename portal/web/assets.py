"""Static files under one prefix that carries the digest of all of them: they may be cached for ever, relative
imports between scripts keep working, and a new release is a new prefix."""

import hashlib
import shutil
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

from portal.web.headers import ALWAYS

ROOT = Path(__file__).resolve().parents[2] / "static"
YEAR = 365 * 24 * 3600


def version(root: Path = ROOT) -> str:
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def compressed(target: Path, root: Path = ROOT) -> Path:
    """A copy of the static files with each compressed beside it, made once for a version."""
    folder = target / version(root)
    if not folder.exists():
        part = target / f"{folder.name}.part"
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(root, part)
        compressor = Compressor(quiet=True)
        for path in part.rglob("*"):
            if path.is_file() and compressor.should_compress(path.name):
                for _made in compressor.compress(str(path)):
                    pass
        for old in target.glob("*"):
            if old != part:
                shutil.rmtree(old, ignore_errors=True)
        part.rename(folder)
    return folder


def _add_headers(headers: Headers, _path: str, _url: str) -> None:
    for name, value in ALWAYS.items():
        headers[name] = value


def init_app(app: Flask, folder: Path = ROOT) -> None:
    prefix = f"/static/{version()}/"
    noise = WhiteNoise(
        app.wsgi_app,
        max_age=YEAR,
        immutable_file_test=lambda _path, url: url.startswith(prefix),
        allow_all_origins=False,
        add_headers_function=_add_headers,
        mimetypes={".webmanifest": "application/manifest+json"},
    )
    noise.add_files(str(folder), prefix=prefix)
    app.wsgi_app = noise  # type: ignore[method-assign]
    app.add_template_global(lambda name: prefix + name, "static")
