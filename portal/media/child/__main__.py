"""The child: looks at one file, or encodes it, and says what came of it in JSON lines on its standard output.

Run by `portal/media/process.py` as `python -I portal/media/child <request>`. The file to read is standard
input, open already; the working folder is where results go. Lines: `{"progress": 0..100}`, then one of
`{"done": …}` and `{"refused": code, "params": …, "detail": …}`. Any other end is an accident: a traceback's
last line, and status 70.
"""

import errno
import json
import os
import sys
from collections.abc import Callable

import confine
from refusal import Refusal

ACCIDENT = 70
# The last is libav's "error in an external library": the encoder's, which has no other reason to fail.
# EAGAIN is what a thread answers that finds no room.
_NO_MEMORY = {errno.ENOMEM, errno.EAGAIN, 0x20545845}
# What cannot be the file's fault.
_MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.EACCES, errno.EPERM}


def main() -> int:
    request = json.loads(sys.argv[1])
    confine.die_with(request["parent"])
    say = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a library prints is not an answer

    def report(percent: int) -> None:
        nonlocal told
        if percent > told:
            told = percent
            print(json.dumps({"progress": percent}), file=say)

    def refuse(code: str, params: dict, error: BaseException) -> int:
        detail = f"{type(error).__name__}: {error}"[:300]
        print(json.dumps({"refused": code, "params": params, "detail": detail}), file=say)
        return 0

    told = -1
    try:
        confine.limit(request["memory"], request["cpu"], request["disk"])
        done = work(request, report)
    except Refusal as refusal:
        return refuse(refusal.code, refusal.params, refusal.__cause__ or refusal)
    except MemoryError as error:
        return refuse("too-costly", {"resource": "memory"}, error)
    except Exception as error:
        number = getattr(error, "errno", None)
        if number in _NO_MEMORY:
            return refuse("too-costly", {"resource": "memory"}, error)
        if number == errno.EFBIG:
            return refuse("too-costly", {"resource": "disk"}, error)
        if number in _MACHINE or isinstance(error, ImportError):
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            return ACCIDENT
        return refuse("broken", {}, error)
    print(json.dumps({"done": done}), file=say)
    return 0


def work(request: dict, report: Callable[[int], None]) -> dict | None:
    """Import what this request needs, give up everything else, and only then read the first byte."""
    if request["kind"] == "picture":
        import pictures as studio

        if request.get("read_codes"):
            import codes  # noqa: F401  (before the file system is given up)
    else:
        import videos as studio

    confine.lock(os.getcwd() if request["encode"] else None, [os.path.dirname(os.__file__), *studio.LIBRARIES])
    source = sys.stdin.buffer.raw
    source.seek(0)  # the parent has read the first bytes
    arguments = (source, request["name"], request["limits"])
    if not request["encode"]:
        studio.check(*arguments)
        return None
    if request["kind"] == "picture":
        return studio.encode(*arguments, report, read_codes=request["read_codes"])
    return studio.encode(*arguments, report, keep_audio=request["keep_audio"])


if __name__ == "__main__":
    sys.exit(main())
