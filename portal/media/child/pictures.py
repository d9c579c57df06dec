"""Pictures, by Pillow: one look for `check`, and a ladder of WebP files for `encode`."""

import importlib
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image, ImageCms
from refusal import Refusal

LIBRARIES = [os.path.dirname(Image.__file__)]
Image.preinit()  # the other formats that `kinds` knows
importlib.import_module("PIL.WebPImagePlugin")
importlib.import_module("PIL.AvifImagePlugin")
Image.MAX_IMAGE_PIXELS = None  # `opened` has a limit of its own

WIDTHS = (480, 960, 1600)
QUALITY = 80
# No file is higher than this many times its rung's width: a long screenshot stays readable, a ribbon costs
# little.
TALLEST = 8

_ORIENTATION = 0x0112  # of EXIF: how the camera was held, 1 to 8; from 5 on, width and height change places
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def check(source: BinaryIO, name: str, limits: dict[str, Any]) -> None:
    """Decode the picture once, at an eighth of its size where the format allows it."""
    image = opened(source, name, limits)
    image.draft(None, (1, 1))
    loaded(image)


def encode(
    source: BinaryIO, name: str, limits: dict[str, Any], report: Callable[[int], None], read_codes: bool = False
) -> dict[str, Any]:
    """Write `picture-<rung>.webp` for each rung of the ladder into the working folder. `read_codes`: say as well what
    its QR and bar codes say, as they stand in the largest of these."""
    image = opened(source, name, limits)
    if name != "JPEG":  # a JPEG can be decoded smaller, once it is known how large it should be
        loaded(image)
    orientation = _orientation(image)
    across = orientation >= 5
    width, height = image.size[::-1] if across else image.size
    *_, (_, largest) = rungs(width, height, WIDTHS)
    stored = largest[::-1] if across else largest
    image.draft(None, (2 * stored[0], 2 * stored[1]))
    loaded(image)
    report(40)
    flat = _flat(image, stored)
    image.close()
    if orientation in _TURNS:
        flat = flat.transpose(_TURNS[orientation])
    report(60)
    files = ladder(flat, "picture", rungs(width, height, WIDTHS))
    made = {"width": flat.width, "height": flat.height, "seconds": None, "files": files}
    if read_codes:
        report(90)
        made["codes"] = importlib.import_module("codes").read(flat)
    return made


def opened(source: BinaryIO, name: str, limits: dict[str, Any]) -> Image.Image:
    """Read the header, as the format `name` and no other; nothing is decoded. Raises Refusal."""
    image = Image.open(source, formats=[name])
    width, height = image.size
    if width * height > limits["picture_pixels"]:
        raise Refusal("too-many-pixels", width=width, height=height, limit=limits["picture_pixels"])
    return image


def loaded(image: Image.Image) -> None:
    """Decode it (the first frame, if there are several). Raises Refusal when the end is missing."""
    try:
        image.load()
    except OSError as error:
        if "truncated" in str(error).lower():
            raise Refusal("truncated") from error
        raise


def rungs(width: int, height: int, widths: tuple[int, ...]) -> Iterator[tuple[int, tuple[int, int]]]:
    """The rungs for a picture of this size (pixels), smallest first: the rung's width, and the size to make.

    Those below the picture's own width, then the picture's own or the widest: never enlarged, never none.
    """
    for rung in [*(rung for rung in widths[:-1] if rung < width), min(width, widths[-1])]:
        scale = min(rung / width, rung * TALLEST / height)
        yield rung, (max(1, round(width * scale)), max(1, round(height * scale)))


def ladder(image: Image.Image, role: str, steps: Iterator[tuple[int, tuple[int, int]]]) -> list[dict[str, Any]]:
    """Write an RGB image once for each step. Nothing but pixels reaches a file: `image` carries no `info`."""
    files = []
    for rung, size in steps:
        path = Path(f"{role}-{rung}.webp")
        scaled = image if image.size == size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)
        scaled.save(path, "WEBP", quality=QUALITY, method=4)
        files.append({"role": role, "name": path.name, "width": size[0], "height": size[1]})
    return files


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except MemoryError:
        raise
    except Exception:  # EXIF can be broken in any way at all; the picture need not be
        return 1


def _flat(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture in `size`, in sRGB, on white, and without anything that is not a pixel.

    On white, because what is fully transparent still has colours underneath: an area that its owner erased
    in an editor is often only made transparent, and would come back wherever transparency is ignored.
    """
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I;16"):  # 16 bits of grey
        image = image.point(lambda value: value / 256).convert("L")
    elif image.mode in ("P", "PA", "1") or "transparency" in image.info:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
        profile = None
    if image.size != size:
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)
    alpha = image.getchannel("A") if image.mode in ("RGBA", "LA") else None
    if alpha is not None:
        image = image.convert(image.mode[:-1])
    colours = _in_srgb(image, profile)
    flat = Image.new("RGB", size, "white")
    flat.paste(colours, mask=alpha)
    return flat


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a broken profile, or one for other colours than the picture has: take them for sRGB
    return image.convert("RGB")
