"""Forms that come back with what was typed, and with words beside the field that was wrong."""

from collections.abc import Mapping
from typing import Any

from flask import render_template
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from portal.db import Refusal


class Form(FlaskForm):
    def refuse(self, refusal: Refusal, words: dict[str, Any]) -> None:
        """Put a service's refusal beside its field, in the words that the view has for its code."""
        text = words[refusal.code] % refusal.params if refusal.params else words[refusal.code]
        field = self[refusal.field] if refusal.field and refusal.field in self else None
        if field is not None:
            field.errors = [*field.errors, text]
        else:
            self.form_errors.append(text)


def page(template: str, form: Form, **context: Any) -> tuple[str, int]:
    """The page with its form: 422 when something in it was wrong."""
    return render_template(template, form=form, **context), 422 if form.errors else 200


def required(message: Any = None) -> DataRequired:
    return DataRequired(message or _l("Please fill this in."))


def choices(words: Mapping[str, Any]) -> list[SelectChoice]:
    """What can be chosen: value -> label."""
    return [SelectChoice(value, label) for value, label in words.items()]


def at_most(count: int) -> Length:
    return Length(max=count, message=_l("At most %(max)d characters, please."))


def strip(value: str | None) -> str:
    """Filter for text fields: no space around, and one way to end a line."""
    return (value or "").replace("\r\n", "\n").strip()
