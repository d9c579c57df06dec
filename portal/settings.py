"""Every setting of the portal, read once from `PORCHLIGHT_*`, and refused at start-up when it cannot be right.

A secret may come from a file instead: `PORCHLIGHT_SECRET_KEY_FILE=/run/secrets/key`. All of them are listed in
`docs/settings.md`, and a test keeps that list complete.
"""

import ipaddress
import os
import re
import zoneinfo
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AnyHttpUrl,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

PREFIX = "PORCHLIGHT_"
SECRETS = ("secret_key", "smtp_password")
# Words of examples and templates, which no random key holds.
_PLACEHOLDER = re.compile("change.?me|replace|placeholder|example|insecure|secret", re.IGNORECASE)
_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*(:[0-9]{{1,5}})?")


class SettingsError(Exception):
    """The settings cannot be right; the text says which to change and how."""


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    secret_key: str = Field(
        min_length=32, repr=False, description="Signs sessions and forms. At least 32 random characters."
    )
    data: Path = Field(Path("data"), description="The folder for the database, clips, media and outgoing mail.")
    town_name: str = Field("Our town", description="The town's name, as pages show it.")
    timezone: str = Field("America/New_York", description="The town's time zone (IANA name).")
    town_sites: tuple[str, ...] = Field(
        (),
        description="The town's own web sites, as host or host:port, parted by commas. They may show agencies' posts.",
    )
    base_url: AnyHttpUrl = Field(
        AnyHttpUrl("http://127.0.0.1:8000"), description="The address people use. Links in mail start with it."
    )
    host: str = Field("127.0.0.1", description="The address that the server listens on.")
    port: int = Field(8000, ge=1, le=65535, description="The port that the server listens on.")
    threads: int = Field(16, ge=2, le=256, description="Requests served at the same time.")
    trusted_proxies: int = Field(
        0, ge=0, le=5, description="How many reverse proxies stand in front and set X-Forwarded-For and -Proto."
    )
    demo: bool = Field(False, description="A demonstration with invented people: listens on loopback only.")
    log_format: Literal["console", "json"] = Field("console", description="How log lines are written.")
    mail_from: str = Field("porchlight@localhost", description="The sender of the portal's mail.")
    smtp_host: str = Field("", description="SMTP server. Empty: mail is written to the data folder's outbox.")
    smtp_port: int = Field(587, ge=1, le=65535, description="The SMTP server's port.")
    smtp_user: str = Field("", description="Account at the SMTP server, if it asks for one.")
    smtp_password: str = Field("", repr=False, description="That account's password.")
    smtp_tls: bool = Field(True, description="Ask the SMTP server for STARTTLS before anything else.")
    push_hosts: str = Field(
        "", description="Further push services that may be called, as host or host:port, parted by commas."
    )
    federal_list: str = Field(
        "", description="A file in place of the list of federal names and domains that no agency may have."
    )
    clip_max_bytes: int = Field(64 * 2**20, ge=2**20, description="The largest sealed clip, in bytes.")
    quota_bytes: int = Field(5 * 2**30, ge=2**20, description="How many bytes of sealed files a household may keep.")
    upload_max_bytes: int = Field(200 * 2**20, ge=2**20, description="The largest upload to a post, in bytes.")
    retention_days: int = Field(
        30, ge=1, le=180, description="How many days clips and events are kept, until their owner says otherwise."
    )
    job_lease_seconds: int = Field(60, ge=1, description="How long a job may be silent before another takes it.")
    rate_limits: bool = Field(True, description="Limit how often sign-in, pairing and the like may be tried.")

    tile_url: str = Field(
        "", description="Map tiles behind the town's own streets, as https://…/{z}/{x}/{y}.png. Empty: none."
    )
    tile_credit: str = Field("", description="Whose map tiles they are, as shown in the map's corner.")

    @field_validator("town_sites", mode="before")
    @classmethod
    def _parted_by_commas(cls, value: Any) -> Any:
        return (
            tuple(part.strip().lower() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("town_sites")
    @classmethod
    def _names_of_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [site for site in value if not _HOST.fullmatch(site)]
        if wrong:
            raise ValueError(f"{wrong[0]!r} is not a host such as www.maple.example: no https://, no path, no *")
        return value

    @field_validator("tile_url")
    @classmethod
    def _tiles_by_place(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and not (
            parts.scheme == "https"
            and re.fullmatch(r"[A-Za-z0-9.-]+(:\d+)?", parts.netloc)
            and all(part in value for part in ("{z}", "{x}", "{y}"))
        ):
            raise ValueError("is not an address of map tiles such as https://tiles.example.org/{z}/{x}/{y}.png")
        return value

    @field_validator("secret_key")
    @classmethod
    def _not_a_placeholder(cls, value: str) -> str:
        if len(set(value)) < 8 or _PLACEHOLDER.search(value):
            raise ValueError("is not random: make one with `python3 -c 'import secrets; print(secrets.token_hex(32))'`")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            zoneinfo.ZoneInfo(value)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("is not an IANA time zone such as America/Chicago") from error
        return value

    @model_validator(mode="after")
    def _demo_stays_home(self) -> "Settings":
        if self.demo and not is_loopback(self.host):
            raise ValueError("a demo listens on loopback only: set PORCHLIGHT_HOST to 127.0.0.1, or end the demo")
        return self

    @property
    def sqlalchemy_url(self) -> str:
        return f"sqlite:///{self.data.absolute() / 'porchlight.sqlite'}"

    @property
    def tile_origin(self) -> str:
        """The one other place that a page may load pictures from; empty without map tiles."""
        return f"https://{urlsplit(self.tile_url).netloc}" if self.tile_url else ""

    @property
    def trusted_push_hosts(self) -> tuple[str, ...]:
        return tuple(host.strip().lower() for host in self.push_hosts.split(",") if host.strip())

    @property
    def address(self) -> str:
        """Where the portal is, without the last slash: a path can follow."""
        return str(self.base_url).rstrip("/")

    @property
    def own_sites(self) -> tuple[str, ...]:
        """The town's own web sites and this one, as host or host:port."""
        return (*self.town_sites, urlsplit(self.address).netloc)

    @property
    def passkey_host(self) -> str:
        """The name that passkeys are made for. Browsers make none for a number; this machine has a name besides."""
        host = self.base_url.host or ""
        return "localhost" if is_loopback(host) else host

    @property
    def passkey_origin(self) -> str:
        """The one origin that passkeys work at, as browsers say it."""
        port = self.base_url.port
        usual = port == {"http": 80, "https": 443}.get(self.base_url.scheme)
        return f"{self.base_url.scheme}://{self.passkey_host}" + ("" if usual or port is None else f":{port}")

    @property
    def secure_cookies(self) -> bool:
        return self.base_url.scheme == "https"


def is_loopback(host: str) -> bool:
    """Whether `host` can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def load(environ: dict[str, str] | None = None, **given: Any) -> Settings:
    """Read the settings. What is `given` wins over the environment.

    Raises SettingsError, with one line for each setting that is wrong: its name, what was wrong, what to do.
    """
    environ = dict(os.environ if environ is None else environ)
    values: dict[str, Any] = {}
    for name, field in Settings.model_fields.items():
        variable = PREFIX + name.upper()
        path = environ.get(variable + "_FILE") if name in SECRETS else None
        if path and variable in environ:
            raise SettingsError(f"{variable} and {variable}_FILE are both set: keep one of them")
        if path:
            try:
                values[name] = Path(path).read_text().strip()
            except OSError as error:
                raise SettingsError(f"{variable}_FILE: cannot read {path} ({error.strerror})") from error
        elif variable in environ:
            values[name] = environ[variable]
        elif field.is_required() and name not in given:
            raise SettingsError(
                f"{variable} is not set. {field.description} "
                "Make one with `python3 -c 'import secrets; print(secrets.token_hex(32))'`."
            )
    try:
        return Settings(**(values | given))
    except ValidationError as error:
        lines = []
        for item in error.errors():
            variable = PREFIX + str(item["loc"][0]).upper() if item["loc"] else "settings"
            lines.append(f"{variable}: {item['msg'].removeprefix('Value error, ')}")
        raise SettingsError("\n".join(lines)) from None
