"""Security headers on every answer."""

from flask import Flask, Response, g, request

from portal.web.context import actor, porchlight

FRAMED_BY_NOBODY = "frame-ancestors 'none'"
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        FRAMED_BY_NOBODY,
        "base-uri 'none'",
    )
)

ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


def policy(tile_origin: str) -> str:
    """The content security policy of pages. Pictures may come from the operator's map tiles too, if there are any."""
    images = "img-src 'self' blob: data:"
    return CONTENT_SECURITY_POLICY.replace(images, f"{images} {tile_origin}" if tile_origin else images)


def let_the_town_frame() -> None:
    """The town's own web sites may show this answer in a frame; nobody may frame any other."""
    g.framed_by = porchlight().settings.town_sites


def init_app(app: Flask) -> None:
    csp = policy(app.extensions["porchlight"].settings.tile_origin)
    always = ALWAYS | {"Content-Security-Policy": csp}

    @app.after_request
    def _add(response: Response) -> Response:
        headers = response.headers
        headers.update(always)
        if sites := g.get("framed_by"):
            headers["Content-Security-Policy"] = csp.replace(FRAMED_BY_NOBODY, f"frame-ancestors {' '.join(sites)}")
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        if porchlight().settings.secure_cookies:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if not request.path.startswith("/api/") and not g.get("alike", False):
            response.vary.update(("Cookie", "HX-Request"))
        # A page made for one person is kept by no cache on the way and shown to no one who signs in next.
        if "Cache-Control" not in headers:
            headers["Cache-Control"] = "private, no-store" if actor().kind != "visitor" else "private, no-cache"
        return response
