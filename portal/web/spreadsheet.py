"""Tables that people open in a spreadsheet."""


def cell(value: object) -> str:
    """A spreadsheet would run a cell that begins like a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
