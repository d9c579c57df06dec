"""What happens to a picture that a resident shares."""

import io
import zlib

import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import putchunk

from portal.media.process import Encoded, Limits, Refused, check, encode
from tests.media import files


def encoded(path, out) -> Encoded:
    check(path, "picture")
    return encode(path, out, "picture", lambda percent: None)


def test_where_and_by_whom_it_was_taken_is_gone(tmp_path, out):
    path = tmp_path / "a.jpg"
    files.quarters(700, 500).save(path, exif=files.exif(), comment=files.SECRET, quality=95)
    assert files.SECRET.encode() in path.read_bytes()
    assert Image.open(path).getexif().get_ifd(0x8825)[2] == (48.0, 12.0, 29.0)
    for file in encoded(path, out).files:
        data = file.path.read_bytes()
        assert files.SECRET.encode() not in data
        assert not any(chunk in data for chunk in (b"EXIF", b"Exif", b"XMP ", b"ICCP", b"GPS"))
        assert not Image.open(file.path).getexif()


def test_words_inside_a_png_are_gone(tmp_path, out):
    path = files.png_with_text(tmp_path / "a.png", files.quarters(60, 40))
    assert files.SECRET.encode() in path.read_bytes()
    (file,) = encoded(path, out).files
    assert files.SECRET.encode() not in file.path.read_bytes()
    assert set(Image.open(file.path).info) <= {"loop", "background", "timestamp", "duration"}


@pytest.mark.parametrize(
    ("orientation", "corners"),
    [
        (1, ["red", "green", "blue", "white"]),
        (2, ["green", "red", "white", "blue"]),
        (3, ["white", "blue", "green", "red"]),
        (4, ["blue", "white", "red", "green"]),
        (5, ["red", "blue", "green", "white"]),
        (6, ["blue", "red", "white", "green"]),
        (7, ["white", "green", "blue", "red"]),
        (8, ["green", "white", "red", "blue"]),
    ],
)
@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_it_stands_upright(tmp_path, out, orientation, corners, format):
    path = tmp_path / "a"
    files.quarters(80, 40).save(path, format, exif=files.exif(orientation))
    result = encoded(path, out)
    assert (result.width, result.height) == ((40, 80) if orientation >= 5 else (80, 40))
    assert files.corners(Image.open(result.files[0].path)) == corners


@pytest.mark.parametrize(
    ("size", "made"),
    [
        ((3, 3), [(3, 3)]),
        ((480, 100), [(480, 100)]),
        ((700, 350), [(480, 240), (700, 350)]),
        ((2000, 1000), [(480, 240), (960, 480), (1600, 800)]),
        ((1000, 20_000), [(192, 3840), (384, 7680), (400, 8000)]),  # a ribbon: height counts too
    ],
)
def test_it_comes_in_several_sizes_and_is_never_enlarged(tmp_path, out, size, made):
    path = tmp_path / "a.png"
    files.quarters(*size).save(path)
    result = encoded(path, out)
    assert [(file.width, file.height) for file in result.files] == made
    assert (result.kind, result.width, result.height, result.seconds) == ("picture", *made[-1], None)
    for file in result.files:
        assert (file.role, file.mime, file.size) == ("picture", "image/webp", file.path.stat().st_size)
        with Image.open(file.path) as image:
            assert (image.format, image.size) == ("WEBP", (file.width, file.height))
    assert sorted(out.iterdir()) == sorted([out / "earlier", *(file.path for file in result.files)])


def test_of_an_animation_the_first_frame_is_shared(tmp_path, out):
    path = tmp_path / "a.gif"
    frames = [Image.new("RGB", (40, 30), colour) for colour in (files.RED, files.GREEN, files.BLUE)]
    frames[0].save(path, save_all=True, append_images=frames[1:], comment=files.SECRET)
    (file,) = encoded(path, out).files
    with Image.open(file.path) as image:
        assert files.corners(image) == ["red"] * 4
        assert not getattr(image, "is_animated", False)
    assert files.SECRET.encode() not in file.path.read_bytes()


@pytest.mark.parametrize("format", ["PNG", "WEBP", "AVIF"])
def test_what_was_erased_in_an_editor_does_not_come_back(tmp_path, out, format):
    path = tmp_path / "a"
    image = files.quarters(80, 40).convert("RGBA")
    image.paste((*files.RED, 0), (0, 0, 40, 20))  # transparent, with its colours still underneath
    image.save(path, format, lossless=True)
    (file,) = encoded(path, out).files
    with Image.open(file.path) as shown:
        assert shown.mode == "RGB"
        assert files.corners(shown) == ["white", "green", "blue", "white"]


@pytest.mark.parametrize("profile", ["sRGB", "LAB", None])
def test_a_profile_is_applied_and_dropped_and_a_wrong_one_does_no_harm(tmp_path, out, profile):
    path = tmp_path / "a.png"
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile(profile)).tobytes() if profile else b"not a profile"
    files.quarters(80, 40).save(path, icc_profile=data)
    (file,) = encoded(path, out).files
    assert files.corners(Image.open(file.path)) == ["red", "green", "blue", "white"]
    assert b"ICCP" not in file.path.read_bytes()


def test_colours_of_another_profile_become_those_of_the_web(tmp_path, out):
    path = tmp_path / "a.png"
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # In this profile's table of contents, red and blue change places.
    red, blue = profile.index(b"rXYZ"), profile.index(b"bXYZ")
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    files.quarters(80, 40).save(path, icc_profile=bytes(profile))
    (file,) = encoded(path, out).files
    assert files.corners(Image.open(file.path)) == ["blue", "green", "red", "white"]


@pytest.mark.parametrize(
    ("mode", "light"),
    [("1", 1), ("L", 230), ("LA", (230, 255)), ("RGB", (230,) * 3), ("RGBA", (230, 230, 230, 255))]
    + [("I;16", 230 * 256), ("P", 230)],
)
def test_every_kind_of_png_can_be_shared(tmp_path, out, mode, light):
    path = tmp_path / "a.png"
    image = Image.new(mode, (40, 30), light)
    if mode == "P":
        image.putpalette([value for grey in range(256) for value in (grey,) * 3])
    image.save(path)
    (file,) = encoded(path, out).files
    seen = Image.open(file.path).convert("L").getpixel((20, 15))
    assert seen == pytest.approx(255 if mode == "1" else 230, abs=4)


def test_a_print_shop_s_jpeg_can_be_shared(tmp_path, out):
    path = tmp_path / "a.jpg"
    files.quarters(80, 40).convert("CMYK").save(path, quality=95)
    (file,) = encoded(path, out).files
    assert files.corners(Image.open(file.path)) == ["red", "green", "blue", "white"]


def test_a_bomb_is_refused_by_its_header(tmp_path, out):
    path = tmp_path / "a.png"
    path.write_bytes(files.png_bomb(50_000, 50_000))
    for act in (lambda: check(path, "picture"), lambda: encoded(path, out)):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "too-many-pixels"
        assert refused.value.params == {"width": 50_000, "height": 50_000, "limit": Limits().picture_pixels}


def test_a_gif_may_claim_what_it_likes(tmp_path):
    path, data = tmp_path / "a.gif", io.BytesIO()
    Image.new("P", (8, 8)).save(data, "GIF")
    claims = bytearray(data.getvalue())
    claims[6:10] = b"\xff\xff\xff\xff"
    path.write_bytes(claims)
    with pytest.raises(Refused, match="too-many-pixels"):
        check(path, "picture")


def test_a_text_that_unpacks_to_gigabytes_is_refused(tmp_path):
    packer, path = zlib.compressobj(9), tmp_path / "a.png"
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(256)) + packer.flush()
    data, out = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (8, 8)).save(data, "PNG")
    putchunk(out, b"zTXt", b"Comment\0\0" + packed)
    path.write_bytes(data.getvalue()[:33] + out.getvalue() + data.getvalue()[33:])
    with pytest.raises(Refused, match="broken"):
        check(path, "picture")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "WEBP"])
def test_half_a_picture_is_refused(tmp_path, out, format):
    path = tmp_path / "a"
    Image.effect_noise((300, 200), 80).convert("RGB").save(path, format)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    for act in (lambda: check(path, "picture"), lambda: encode(path, out, "picture", lambda percent: None)):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == ("broken" if format == "WEBP" else "truncated")
    assert list(out.iterdir()) == [out / "earlier"]
