"""The guide: what is guaranteed and what is not, how to ask for footage properly, and a leaflet for the front door."""

from typing import Any

import segno
from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from portal.agencies import access as agencies
from portal.web.access import EVERYBODY, allow
from portal.web.context import porchlight, reading

blueprint = Blueprint("guide", __name__)

# The leaflet in the languages of the people at the door, whatever the language of whoever prints it.
LEAFLET: dict[str, dict[str, Any]] = {
    "en": {
        "title": "Somebody may ask for your camera's recordings",
        "lead": "You decide. These are your rights at your own front door.",
        "rights": (
            ("You may say no.", "You owe no reason, and you need not decide now. Nothing follows from a no."),
            ("Ask who is asking.", "Name, badge number, agency, and a telephone number that you can call back."),
            ("Ask what it is about.", "A case number, the place, the day and the hours. Nobody needs the rest."),
            ("Ask for a warrant.", "A search warrant is signed by a judge. Read it; you may ask for a copy."),
            ("You choose the part.", "If you want to help, share only the minutes that matter. You can blur and cut."),
            ("Your clips are sealed.", "Only you can open what your doorbell keeps on Porchlight. The town cannot."),
        ),
        "never": "No agency can ask for recordings on Porchlight itself. If one does, tell a moderator.",
        "lines": ("Agency", "Name and badge number", "Case number", "Call back at"),
        "check": "What is guaranteed, and what is not:",
        "notice": "This is general information and no legal advice. In an emergency call 911.",
    },
    "es": {
        "title": "Puede que alguien le pida las grabaciones de su cámara",
        "lead": "Usted decide. Estos son sus derechos en la puerta de su casa.",
        "rights": (
            ("Puede decir que no.", "No tiene que dar razones ni decidir ahora. Decir que no, no trae consecuencias."),
            ("Pregunte quién lo pide.", "Nombre, número de placa, agencia y un teléfono al que pueda llamar después."),
            ("Pregunte de qué se trata.", "Número de caso, lugar, día y horas. Nadie necesita lo demás."),
            ("Pida ver una orden judicial.", "La firma un juez. Léala; puede pedir una copia."),
            (
                "Usted elige la parte.",
                "Si quiere ayudar, comparta solo los minutos que importan. Puede cortar y difuminar.",
            ),
            (
                "Sus videos están sellados.",
                "Solo usted puede abrir lo que su timbre guarda en Porchlight. El pueblo no puede.",
            ),
        ),
        "never": "Ninguna agencia puede pedir grabaciones en Porchlight. Si una lo hace, avise a un moderador.",
        "lines": ("Agencia", "Nombre y número de placa", "Número de caso", "Teléfono para llamar"),
        "check": "Lo que se garantiza, y lo que no:",
        "notice": "Esto es información general, no asesoría legal. En una emergencia llame al 911.",
    },
}
LANGUAGES = {"en": _l("English"), "es": _l("Spanish")}


@blueprint.get("/guide")
@allow(*EVERYBODY)
def index() -> ResponseReturnValue:
    return render_template("guide/index.html")


@blueprint.get("/guarantee")
@allow(*EVERYBODY)
def guarantee() -> ResponseReturnValue:
    return render_template("guide/guarantee.html")


@blueprint.get("/guide/asking")
@allow(*EVERYBODY)
def asking() -> ResponseReturnValue:
    return render_template("guide/asking.html")


@blueprint.get("/guide/leaflet")
@allow(*EVERYBODY)
def leaflet() -> ResponseReturnValue:
    """One page to print, in the language of `lang`; with the name and telephone of the `agency` that hands it out."""
    lang = request.args.get("lang", "en")
    lang = lang if lang in LEAFLET else "en"
    slug = request.args.get("agency")
    address = porchlight().settings.address + url_for("guide.guarantee")
    return render_template(
        "guide/leaflet.html",
        leaflet_lang=lang,
        words=LEAFLET[lang],
        languages=LANGUAGES,
        agency=agencies.agency(reading(), slug) if slug else None,
        address=address,
        qr=Markup(segno.make_qr(address, error="m").svg_inline(scale=3, border=2, svgclass="qr__svg")),
    )
