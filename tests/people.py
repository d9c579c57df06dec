"""The cast. Rosa owns the doorbell, Ben lives near her, Faye lives ten miles away; everybody else works here."""

from dataclasses import dataclass

from portal.accounts.models import Account
from portal.agencies.models import Agency
from tests import factories
from tests.helpers import Town


@dataclass
class Cast:
    rosa: Account
    ben: Account
    faye: Account
    officer: Account
    captain: Account
    clerk: Account
    mod: Account
    operator: Account
    legal: Account
    auditor: Account
    police: Agency
    fire: Agency
    hall: Agency

    def accounts(self) -> dict[str, Account]:
        """Everybody, by name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Account)}


def everybody(town: Town) -> Cast:
    rosa = factories.resident(town, "Rosa")
    ben = factories.resident(town, "Ben")
    faye = factories.resident(town, "Faye", "Far Lane", factories.FAR)
    police = factories.agency(town, "maple-police", "police", "Maple Police")
    fire = factories.agency(town, "maple-fire", "fire", "Maple Fire")
    hall = factories.agency(town, "town-of-maple", "government", "Town of Maple")
    return Cast(
        rosa=rosa,
        ben=ben,
        faye=faye,
        officer=factories.member(town, police, "officer@police.maple.example", "Dana Whitfield", "Sergeant"),
        captain=factories.member(town, fire, "captain@fire.maple.example", "Reuben Hale", "Captain"),
        clerk=factories.member(town, hall, "clerk@town.maple.example", "Ines Calloway", "Town clerk"),
        mod=factories.moderator(town, "mod@maple.example", "Marisol Vega"),
        operator=factories.work_account(town, "operator", "operator@maple.example", "Owen Pratt"),
        legal=factories.work_account(town, "legal", "legal1@maple.example", "Leah Brandt"),
        auditor=factories.work_account(town, "auditor", "auditor@maple.example", "Audrey Lind"),
        police=police,
        fire=fire,
        hall=hall,
    )
