"""A town with very many doorbells, made in a minute: for trying what a fleet does to a portal. Its people cannot sign
in, and nobody can open its clips: the keys are thrown away."""

import json
import os
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pyrage

from portal import codes
from portal.accounts import passwords
from portal.accounts import service as accounts
from portal.clock import FixedClock
from portal.db import SYSTEM, Act, Actor
from portal.demotown.sealing import seal_identity
from portal.demotown.seed import camera_place
from portal.devices import rules
from portal.devices import service as devices
from portal.neighbourhoods import queries as places
from portal.neighbourhoods import service as neighbourhoods
from portal.neighbourhoods.townfile import HomePoint, TownFile
from portal.web.context import Porchlight

CODE_HOURS = 24  # pairing thousands takes longer than a code lives
HOMES_AT_ONCE = 250  # in one act: a portal that runs beside this is not held up for long


def make(here: Porchlight, town: TownFile, pairings: Path) -> tuple[int, int]:
    """Put the town on the map, give each home a resident with a throw-away key, and write a pairing code for every
    camera to the file `pairings`. Returns how many homes and cameras. Raises click.ClickException when a town is
    there."""
    now = here.clock.now()
    later = FixedClock(now + timedelta(hours=CODE_HOURS, minutes=-rules.CODE_MINUTES))
    with here.database.write(SYSTEM, here.clock) as act:
        if places.streets(act):
            raise click.ClickException("This database holds a town already. Choose an empty DATA folder.")
        households = neighbourhoods.import_town(act, town)
    nobody_knows = passwords.hashed(os.urandom(32).hex())
    sealed = seal_identity(str(pyrage.x25519.Identity.generate()), os.urandom(32).hex())  # once: scrypt takes its time
    entries: list[dict[str, Any]] = []
    for homes in _parts(town.homes):
        with here.database.write(SYSTEM, later) as act:
            for number, home in homes:
                email, household_id = f"home-{number}@fleet.example", households[home.address]
                account, letter = accounts.open_account(
                    act, "resident", email, f"Somebody of {home.address}"[:80], nobody_knows, household_id
                )
                accounts.confirm(act, letter.token)
                act.session.flush()
                own = Act(act.session, Actor("resident", account.id, household_id=household_id), act.now)
                recipient = str(pyrage.x25519.Identity.generate().to_public())
                devices.keep_clip_key(own, recipient, sealed, reseal=False)
                for camera in home.properties.get("cameras", ()):
                    code, recipients, _ends = devices.make_pairing_code(
                        own, camera["name"], camera_place(camera["name"])
                    )
                    entries.append(
                        {
                            "home": home.address,
                            **{key: camera[key] for key in ("name", "model", "serial")},
                            "code": code,
                            "fingerprint": codes.fingerprint(recipients),
                            "lat": home.latitude,
                            "lon": home.longitude,
                            "utc_offset_hours": town.properties.get("utc_offset_hours", -5),
                        }
                    )
    told = {"town": town.properties.get("seed", "maple"), "devices": entries}
    pairings.write_text(json.dumps(told, indent=2), encoding="utf-8")
    return len(town.homes), len(entries)


def _parts(homes: Sequence[HomePoint]) -> Iterator[list[tuple[int, HomePoint]]]:
    numbered = list(enumerate(homes, 1))
    for start in range(0, len(numbered), HOMES_AT_ONCE):
        yield numbered[start : start + HOMES_AT_ONCE]
