"""What the QR and bar codes in a picture say, by ZXing."""

import zxingcpp
from PIL import Image, ImageOps

SMALL = 1000  # pixels: a picture below is read at twice its size as well


def read(image: Image.Image) -> list[str]:
    """The words of every code in it, each once, in no order: also turned, mirrored, light on dark, faint or small."""
    grey = image.convert("L")
    looks = [grey, ImageOps.autocontrast(grey, cutoff=2), ImageOps.invert(grey)]
    if max(grey.size) < SMALL:
        looks.append(grey.resize((2 * grey.width, 2 * grey.height), Image.Resampling.LANCZOS))
    found: dict[str, None] = {}
    for look in looks:
        pixels = look.tobytes()  # kept by name: the view below does not hold them
        view = zxingcpp.ImageView(pixels, look.width, look.height, zxingcpp.ImageFormat.Lum)
        for code in zxingcpp.read_barcodes(view, text_mode=zxingcpp.TextMode.Plain):
            if code.text:
                found[code.text] = None
    return list(found)
