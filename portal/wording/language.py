"""English or Spanish? A guess from the small words that each language cannot do without."""

import re
from typing import Literal

_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH = frozenset(
    (
        "the", "a", "an", "and", "or", "but", "of", "to", "in", "on", "at", "from", "with", "for", "is", "are", "was",
        "were", "be", "been", "he", "she", "they", "it", "we", "you", "i", "his", "her", "their", "my", "our", "this",
        "that", "these", "those", "who", "what", "where", "when", "there", "here", "not", "do", "does", "did", "has",
        "have", "had", "will", "would", "can", "could", "please", "near", "by", "up", "out", "off", "into", "over",
        "just", "any", "some", "about", "saw", "someone", "car", "man", "door", "street", "house",
    )
)  # fmt: skip
_SPANISH = frozenset(
    (
        "el", "la", "los", "las", "un", "una", "unos", "unas", "y", "o", "pero", "de", "del", "al", "en", "con", "por",
        "para", "es", "son", "era", "eran", "fue", "ser", "esta", "estan", "estaba", "estaban", "que", "se", "su",
        "sus", "mi", "mis", "nuestro", "nuestra", "este", "esa", "ese", "hay", "no", "si", "como", "cuando", "donde",
        "quien", "muy", "mas", "ya", "le", "les", "lo", "nos", "me", "hoy", "ayer", "anoche", "vi", "alguien", "calle",
        "casa", "coche", "carro", "hombre", "mujer", "gracias", "favor", "sin", "sobre", "desde", "hasta", "tiene",
    )
)  # fmt: skip
_SIGNS = re.compile("[ñ¿¡áéíóúü]", re.IGNORECASE)


def guess(text: str) -> Literal["en", "es"]:
    """ "es" when more small words, and letters, are Spanish than English; else "en"."""
    found = [word.lower() for word in _WORD.findall(text[:2000])]
    english = sum(word in _ENGLISH for word in found)
    spanish = sum(word in _SPANISH for word in found) + min(3, len(_SIGNS.findall(text[:2000])))
    return "es" if spanish > english else "en"
