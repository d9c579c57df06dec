"""Videos, by libav: one pass over the packets for `check`; one H.264 file and a poster for `encode`."""

import errno
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, BinaryIO

import av
import pictures
from ends import is_cut_off
from refusal import Refusal

LIBRARIES = [os.path.dirname(av.__file__), *pictures.LIBRARIES]
av.logging.set_level(None)

SIDE = 1280  # pixels of the longer side, at most
SMALLEST = 16  # pixels of the shorter side, at least: encoders refuse less
RATE = 30  # frames a second, at most
KEY_SECONDS = 2
POSTER_WIDTHS = (480, 960)
POSTER_SECONDS = 1.0
TICKS = 90_000  # a second, in the output's timestamps
LEAP_SECONDS = 10.0  # a gap longer than this is a broken clock, not a pause
THREADS = min(4, os.cpu_count() or 1)
SOUND_RATE = 48_000

DEMUXERS = {"mov": "mov,mp4,m4a,3gp,3g2,mj2", "matroska": "matroska,webm", "avi": "avi", "mpegts": "mpegts"}
# What phones, doorbells and old cameras write. libav has hundreds more, and little of the world tests those.
DECODERS = (
    "h264,hevc,vp8,vp9,libdav1d,av1,mpeg4,mpeg2video,mpeg1video,h263,mjpeg,prores,dvvideo,"
    "aac,mp3,mp3float,mp2,mp2float,opus,libopus,vorbis,ac3,eac3,flac,alac,amrnb,amrwb,"
    "pcm_s16le,pcm_s16be,pcm_s24le,pcm_mulaw,pcm_alaw,pcm_u8"
)


@dataclass(frozen=True)
class Found:
    """What one pass over the packets showed. `start` and `seconds` are the packets' own, not the header's
    word."""

    start: float
    seconds: float


def check(source: BinaryIO, name: str, limits: dict[str, Any]) -> Found:
    """Read every packet and decode the first frame. Raises Refusal."""
    if is_cut_off(source, name):
        raise Refusal("truncated")
    size = source.seek(0, os.SEEK_END)
    with _opened(source, name, limits) as container:
        stream = _picture_stream(container, limits)
        if any(entry.pos + entry.size > size for entry in stream.index_entries):
            raise Refusal("truncated")
        first, last = math.inf, -math.inf
        packets, decoded = 0, False
        for packet in container.demux(stream):
            if packet.is_corrupt and name != "mpegts":  # there it only means that some of the air was lost
                raise Refusal("truncated")
            decoded = decoded or any(True for _ in _frames(packet))
            if packet.size == 0:
                continue  # the end of the stream
            packets += 1
            time = packet.pts if packet.pts is not None else packet.dts
            if time is None:
                continue
            at = float(time * packet.time_base)
            first, last = min(first, at), max(last, at + float((packet.duration or 0) * packet.time_base))
            if last - first > limits["seconds"]:
                raise Refusal("too-long", seconds=round(last - first, 1), limit=limits["seconds"])
    if packets == 0:
        raise Refusal("no-picture")
    if not decoded:
        raise Refusal("broken")
    return Found(first, last - first) if first <= last else Found(0.0, 0.0)


def encode(
    source: BinaryIO, name: str, limits: dict[str, Any], report: Callable[[int], None], keep_audio: bool
) -> dict[str, Any]:
    """Write `video.mp4` and `poster-<rung>.webp` into the working folder. Raises Refusal."""
    found = check(source, name, limits)
    with (
        _opened(source, name, limits) as container,
        av.open("video.mp4", "w", format="mp4", options={"movflags": "+faststart"}) as out,
    ):
        out.flags |= av.container.Flags.bitexact.value  # no name and version of the program, no date
        stream = _picture_stream(container, limits)
        sound = next(iter(container.streams.audio), None) if keep_audio else None
        picture = _Picture(out, stream, limits)
        track = _Sound(out, found.start) if sound is not None and sound.codec_context is not None else None
        bad = good = 0
        for packet in container.demux(*(stream, sound) if track else (stream,)):
            try:
                frames = packet.decode()
            except av.error.FFmpegError as error:
                _no_memory(error)
                bad += packet.stream is stream
                continue
            if packet.stream is not stream:
                track.add(frames, ready=picture.begun)
                continue
            for frame in frames:
                good += 1
                picture.add(frame)
            report(min(99, int(100 * picture.now / max(found.seconds, 0.1))))
        if bad > good:
            raise Refusal("broken")
        picture.end()
        if track:
            track.end()
    poster = picture.poster.to_image()
    files = pictures.ladder(poster, "poster", pictures.rungs(poster.width, poster.height, POSTER_WIDTHS))
    width, height = picture.size
    files.append({"role": "video", "name": "video.mp4", "width": width, "height": height})
    return {"width": width, "height": height, "seconds": round(picture.seconds, 3), "files": files}


def _opened(source: BinaryIO, name: str, limits: dict[str, Any]) -> av.container.InputContainer:
    """Open as the one demuxer that the first bytes announced. It reads from `source`, a file that is open
    already, and can open nothing else: neither what a playlist names, nor what a track refers to."""
    source.seek(0)
    return av.open(
        source,
        "r",
        format=name,
        # More than the limit while the tracks are looked over, so that what is too large is known by its size.
        options={"max_pixels": str(8 * limits["video_pixels"])},
        container_options={
            "format_whitelist": DEMUXERS[name],
            "codec_whitelist": DECODERS,
            "protocol_whitelist": "none",
            "max_streams": "32",
        },
        metadata_errors="replace",
        buffer_size=256 * 1024,
        io_open=_nothing_else,
    )


def _nothing_else(url: str, flags: int, options: dict[str, str]) -> None:
    raise Refusal("broken")


def _picture_stream(container: av.container.InputContainer, limits: dict[str, Any]) -> av.video.stream.VideoStream:
    """The first track with moving pictures (the cover of a song is none), ready to decode."""
    cover = av.stream.Disposition.attached_pic
    streams = [stream for stream in container.streams.video if not stream.disposition & cover]
    if not streams:
        raise Refusal("no-picture")
    stream, context = streams[0], streams[0].codec_context
    if context is None or context.codec.name not in DECODERS.split(","):
        raise Refusal("unknown-type")
    if context.width * context.height > limits["video_pixels"]:
        raise Refusal("too-many-pixels", width=context.width, height=context.height, limit=limits["video_pixels"])
    context.options = {"max_pixels": str(limits["video_pixels"]), "codec_whitelist": DECODERS}
    context.thread_count = THREADS
    context.thread_type = "AUTO"
    return stream


def _frames(packet: av.Packet) -> Iterator[av.VideoFrame]:
    """The frames that a packet completes; none when it cannot be decoded, as happens at the start of a
    recording."""
    try:
        yield from packet.decode()
    except av.error.FFmpegError as error:
        _no_memory(error)


def _no_memory(error: av.error.FFmpegError) -> None:
    if error.errno == errno.ENOMEM:
        raise MemoryError from error


class _Clock:
    """Times that begin at zero and only go up, whatever the file says."""

    def __init__(self, rate: float) -> None:
        self.step = 1 / min(max(rate, 1.0), 240.0)
        self.now: float | None = None
        self._said = 0.0

    def tick(self, said: float | None) -> float:
        """The time of the next frame (seconds), given what the file says of it."""
        if self.now is None:
            self.now = 0.0
        elif said is None or not 0 < said - self._said < LEAP_SECONDS:
            self.now += self.step
        else:
            self.now += said - self._said
        if said is not None:
            self._said = said
        return self.now


class _Picture:
    """The output's video track. The first frame decides on its size."""

    def __init__(
        self, out: av.container.OutputContainer, source: av.video.stream.VideoStream, limits: dict[str, Any]
    ) -> None:
        self.size = (0, 0)
        self.poster: av.VideoFrame | None = None
        self._out, self._limits = out, limits
        self._clock = _Clock(float(source.guessed_rate or RATE))
        self._source = source
        self._stream: av.video.stream.VideoStream | None = None
        self._graph: tuple[Any, av.filter.Graph] | None = None
        self._slot = -1
        self._key = 0.0

    @property
    def begun(self) -> bool:
        return self._stream is not None

    @property
    def now(self) -> float:
        return self._clock.now or 0.0

    @property
    def seconds(self) -> float:
        return self.now + self._clock.step

    def add(self, frame: av.VideoFrame) -> None:
        now = self._clock.tick(frame.time)
        if now > self._limits["seconds"] + LEAP_SECONDS:
            raise Refusal("too-long", seconds=round(now, 1), limit=self._limits["seconds"])
        slot = int(now * RATE + 0.5)
        if slot == self._slot:
            return  # more frames a second than are kept
        self._slot = slot
        if self._stream is None:
            self._begin(frame)
        picture = self._prepared(frame)
        picture.time_base, picture.pts = Fraction(1, TICKS), round(now * TICKS)
        if now >= self._key:
            picture.pict_type = av.video.frame.PictureType.I
            self._key = now + KEY_SECONDS
        else:
            picture.pict_type = av.video.frame.PictureType.NONE
        if self.poster is None or now <= POSTER_SECONDS:
            self.poster = picture
        self._out.mux(self._stream.encode(picture))

    def end(self) -> None:
        if self._stream is None:
            raise Refusal("broken")
        self._out.mux(self._stream.encode(None))

    def _begin(self, frame: av.VideoFrame) -> None:
        width, height = _shown(frame, self._source.sample_aspect_ratio)
        scale = min(1.0, SIDE / max(width, height))
        self.size = tuple(max(SMALLEST, 2 * round(side * scale / 2)) for side in (width, height))
        stream = self._out.add_stream(
            "libx264",
            rate=RATE,
            options={
                "preset": "veryfast",
                "crf": "22",
                "maxrate": "4M",
                "bufsize": "8M",
                "forced-idr": "1",
                "a53cc": "0",  # captions hidden in the picture would pass through
                "udu_sei": "0",
            },
        )
        stream.width, stream.height = self.size
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, TICKS)
        context = stream.codec_context
        context.gop_size = RATE * KEY_SECONDS
        context.thread_count = THREADS
        context.color_range = av.video.reformatter.ColorRange.MPEG
        context.colorspace, context.color_trc = frame.colorspace, frame.color_trc
        context.color_primaries = frame.color_primaries
        self._stream = stream

    def _prepared(self, frame: av.VideoFrame) -> av.VideoFrame:
        """The frame upright, in the output's size and pixel format. A new graph when what comes in has
        changed."""
        angle = _angle(frame)
        shape = (frame.width, frame.height, frame.format.name, angle, frame.colorspace, frame.color_range)
        if self._graph is None or self._graph[0] != shape:
            self._graph = shape, _graph(frame, angle, self.size)
        graph = self._graph[1]
        frame.time_base = Fraction(1, TICKS)
        graph.push(frame)
        return graph.pull()


def _graph(frame: av.VideoFrame, angle: int, size: tuple[int, int]) -> av.filter.Graph:
    graph = av.filter.Graph()
    graph.threads = THREADS
    source = graph.add(
        "buffer",
        f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:time_base=1/{TICKS}:pixel_aspect=1/1"
        f":colorspace={int(frame.colorspace)}:range={int(frame.color_range)}",
    )
    turns = {
        90: [("transpose", "cclock")],
        180: [("hflip", None), ("vflip", None)],
        270: [("transpose", "clock")],
    }
    width, height = size
    steps = [
        *turns.get(angle, []),
        ("scale", f"{width}:{height}:flags=bicubic:out_range=tv"),
        ("setsar", "1"),
    ]
    nodes = [graph.add(name, args) for name, args in [*steps, ("format", "yuv420p"), ("buffersink", None)]]
    graph.link_nodes(source, *nodes).configure()
    return graph


def _angle(frame: av.VideoFrame) -> int:
    """By how much to turn the frame, counterclockwise: 0, 90, 180 or 270 degrees."""
    return round(frame.rotation / 90) * 90 % 360


def _shown(frame: av.VideoFrame, aspect: Fraction | None) -> tuple[int, int]:
    """The size that a viewer should see (pixels): with square pixels, upright."""
    width, height = frame.width, frame.height
    if aspect and Fraction(1, 4) <= aspect <= 4:
        width = max(1, round(width * aspect))
    return (height, width) if _angle(frame) in (90, 270) else (width, height)


class _Sound:
    """The output's sound track: AAC, two channels, from the moment at which the picture starts. Gaps are
    closed."""

    def __init__(self, out: av.container.OutputContainer, start: float) -> None:
        self._out, self._start = out, start
        self._stream = out.add_stream("aac", rate=SOUND_RATE, layout="stereo", bit_rate=128_000)
        self._resampler: tuple[Any, av.AudioResampler] | None = None
        self._waiting: list[av.AudioFrame] = []
        self._samples: int | None = None

    def add(self, frames: list[av.AudioFrame], ready: bool) -> None:
        """Take frames. Until the picture is `ready`, they wait: the file's tracks are fixed by the first
        packet."""
        self._waiting += frames
        if not ready:
            return
        for frame in self._waiting:
            at = (frame.time or 0.0) - self._start
            if self._samples is None and at >= 0:
                self._samples = round(at * SOUND_RATE)
            if self._samples is not None:
                self._write(frame)
        self._waiting = []

    def end(self) -> None:
        self._out.mux(self._stream.encode(None))

    def _write(self, frame: av.AudioFrame) -> None:
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or self._resampler[0] != shape:
            self._resampler = shape, av.AudioResampler(format="fltp", layout="stereo", rate=SOUND_RATE)
        for sound in self._resampler[1].resample(frame):
            sound.time_base, sound.pts = Fraction(1, SOUND_RATE), self._samples
            self._samples += sound.samples
            self._out.mux(self._stream.encode(sound))
