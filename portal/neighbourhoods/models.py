"""Where homes and streets are. Exact points never leave their owner; everything shown is a cell."""

import uuid

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, new_id


class Street(Base):
    """A street that a post can name, and the cell (H3, resolution 9) of its middle."""

    __tablename__ = "street"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    cell9: Mapped[str] = mapped_column(String(16))


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
