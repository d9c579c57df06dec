"""Pictures and videos for the tests, drawn on the spot: small, and with secrets in every place that has
room."""

import io
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from PIL import Image, PngImagePlugin

SECRET = "48.2082N16.3738E"  # what must not come out again, wherever it was put
RED, GREEN, BLUE, WHITE = (220, 20, 20), (20, 200, 20), (20, 20, 220), (255, 255, 255)


def quarters(width: int, height: int) -> Image.Image:
    """Red and green above, blue and white below: whichever way it is turned, it can be told."""
    image = Image.new("RGB", (width, height), WHITE)
    halfway, middle = width // 2, height // 2
    image.paste(RED, (0, 0, halfway, middle))
    image.paste(GREEN, (halfway, 0, width, middle))
    image.paste(BLUE, (0, middle, halfway, height))
    return image


def corners(image: Image.Image) -> list[str]:
    """The names of the colours nearest to those of the four quarters: above left and right, below left and
    right."""
    names = {"red": RED, "green": GREEN, "blue": BLUE, "white": WHITE}
    image, found = image.convert("RGB"), []
    for y in (0.25, 0.75):
        for x in (0.25, 0.75):
            seen = image.getpixel((int(image.width * x), int(image.height * y)))
            found.append(min(names, key=lambda name: sum((a - b) ** 2 for a, b in zip(names[name], seen, strict=True))))
    return found


def exif(orientation: int = 1) -> Image.Exif:
    """EXIF with a place, a camera's serial number and an owner."""
    data = Image.Exif()
    data[0x0112] = orientation
    data[0x010E] = SECRET
    data.get_ifd(0x8825).update({1: "N", 2: (48.0, 12.0, 29.0), 3: "E", 4: (16.0, 22.0, 25.0), 27: SECRET.encode()})
    data.get_ifd(0x8769).update({0xA431: SECRET, 0xA430: SECRET})
    return data


def png_with_text(path: Path, image: Image.Image) -> Path:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", SECRET)
    info.add_text("Comment", SECRET, zip=True)
    info.add_itxt("XML:com.adobe.xmp", f"<x>{SECRET}</x>")
    image.save(path, pnginfo=info, exif=exif())
    return path


def png_bomb(width: int, height: int) -> bytes:
    """A PNG that claims this size (pixels) and carries a few bytes of data."""
    sound = io.BytesIO()
    Image.new("RGB", (1, 1)).save(sound, "PNG")
    chunks = PngImagePlugin
    out = io.BytesIO()
    out.write(b"\x89PNG\r\n\x1a\n")
    chunks.putchunk(out, b"IHDR", width.to_bytes(4), height.to_bytes(4), b"\x08\x02\0\0\0")
    data = sound.getvalue()
    out.write(data[data.index(b"IDAT") - 4 :])
    return out.getvalue()


def frames(count: int, width: int, height: int) -> Iterator[av.VideoFrame]:
    """The quarters with a square that wanders over them."""
    for number in range(count):
        image = quarters(width, height)
        image.paste((90, 90, 90), (number % width, height // 2 - 3, number % width + 6, height // 2 + 3))
        yield av.VideoFrame.from_image(image)


def video(
    path: Path,
    seconds: float = 2.0,
    rate: int = 15,
    size: tuple[int, int] = (96, 64),
    codec: str = "libx264",
    rotation: float = 0,
    times: list[float] | None = None,
    sound: bool = False,
    options: dict[str, str] | None = None,
) -> Path:
    """A video whose container is full of tags. `rotation` (degrees, counterclockwise) is only noted, as
    phones do; `times` (seconds) stand for evenly spaced frames."""
    muxing = {"movflags": "use_metadata_tags"} if path.suffix in (".mp4", ".mov") else {}
    with av.open(path, "w", options=muxing | (options or {})) as out:
        out.metadata.update(
            title=SECRET, comment=SECRET, location=SECRET, creation_time="2024-05-06T07:08:09Z", make=SECRET
        )
        stream = out.add_stream(codec, rate=rate)
        stream.width, stream.height = size
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000) if times else Fraction(1, rate)
        stream.metadata.update(title=SECRET, handler_name=SECRET)
        if rotation:
            stream.set_display_rotation(rotation)
        if path.suffix in (".mp4", ".mov", ".mkv"):
            tags = {"title": SECRET}
            out.set_chapters([{"id": 1, "start": 0, "end": 1000, "time_base": Fraction(1, 1000), "metadata": tags}])
        track = out.add_stream("aac", rate=48_000, layout="mono") if sound else None
        count = len(times) if times else round(seconds * rate)
        for number, frame in enumerate(frames(count, *size)):
            frame.time_base = stream.codec_context.time_base
            frame.pts = round(times[number] * 1000) if times else number
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        if track:
            for packet in _hum(track, seconds):
                out.mux(packet)
    return path


def sound_only(path: Path, codec: str, seconds: float = 1.0) -> Path:
    with av.open(path, "w") as out:
        for packet in _hum(out.add_stream(codec, rate=48_000, layout="mono"), seconds):
            out.mux(packet)
    return path


def repeated(path: Path, seconds: int, size: tuple[int, int] = (1280, 720)) -> Path:
    """A long video that costs nothing to make (one frame, muxed over and over) and seconds to encode."""
    with av.open(path, "w") as out:
        stream = out.add_stream("mjpeg", rate=30)
        stream.width, stream.height, stream.pix_fmt = *size, "yuvj420p"
        frame = next(frames(1, *size))
        frame.pts = 0
        data = b"".join(bytes(packet) for packet in [*stream.encode(frame), *stream.encode(None)])
        for number in range(seconds * 30):
            packet = av.Packet(data)
            packet.stream, packet.time_base, packet.pts, packet.dts = stream, Fraction(1, 30), number, number
            packet.is_keyframe = True
            out.mux(packet)
    return path


def _hum(stream: av.audio.stream.AudioStream, seconds: float) -> Iterator[av.Packet]:
    wave = bytes(range(0, 256, 4)) * 32
    for number in range(int(seconds * 48_000 / (len(wave) // 2))):
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(wave) // 2)
        frame.planes[0].update(wave)
        frame.rate, frame.time_base, frame.pts = 48_000, Fraction(1, 48_000), number * frame.samples
        yield from stream.encode(frame)
    yield from stream.encode(None)
