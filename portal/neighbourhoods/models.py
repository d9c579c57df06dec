"""Where homes, streets and neighbourhoods are. Exact points never leave their owner; everything shown is a cell."""

import uuid
from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, UTCDateTime, new_id


class Street(Base):
    """A street that a post can name, the cell (H3, resolution 9) of its middle, and its lines for the map: each a list
    of [longitude, latitude] in degrees (WGS 84). A street whose lines nobody gave has none."""

    __tablename__ = "street"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    cell9: Mapped[str] = mapped_column(String(16))
    lines: Mapped[list[list[list[float]]]] = mapped_column(JSON, default=list)


class Home(Base):
    """A household's point (degrees, WGS 84), known to that household only, and the cells it lies in."""

    __tablename__ = "home"
    household_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("household.id"), primary_key=True)
    street_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("street.id"), index=True)
    latitude: Mapped[float]
    longitude: Mapped[float]
    cell9: Mapped[str] = mapped_column(String(16), index=True)
    cell8: Mapped[str] = mapped_column(String(16), index=True)
    cell7: Mapped[str] = mapped_column(String(16), index=True)


class HomeReport(Base):
    """A household says that its home stands in the wrong place. It is open until the operator has placed the home."""

    __tablename__ = "home_report"
    __table_args__ = (
        Index("ix_home_report_open", "household_id", unique=True, sqlite_where=text("closed_at IS NULL")),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    household_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("household.id"))
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    words: Mapped[str] = mapped_column(String(500))
    written_at: Mapped[datetime] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Neighbourhood(Base):
    """A named part of the town: the coordinates of a GeoJSON MultiPolygon (degrees, WGS 84)."""

    __tablename__ = "neighbourhood"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    shape: Mapped[list[list[list[list[float]]]]] = mapped_column(JSON)


class NeighbourhoodCell(Base):
    """The neighbourhood of a cell (H3, resolutions 7 to 9): places get their names from here, not from points."""

    __tablename__ = "neighbourhood_cell"
    cell: Mapped[str] = mapped_column(String(16), primary_key=True)
    neighbourhood_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("neighbourhood.id"), index=True)


class ReadingRadius(Base):
    """How far around home (miles, one of `rules.MILES`) an account wants to read: a wish, never a permission."""

    __tablename__ = "reading_radius"
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    miles: Mapped[float]
