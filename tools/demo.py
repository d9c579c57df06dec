"""The demonstration: a town, its portal and worker, and a fleet of simulated doorbells, until Ctrl-C.

    python tools/demo.py            PORT=8000  DATA=demo-data  HOMES=32 override

Everything is a child of this process and ends with it. An empty DATA folder gets a new town; one that holds a demo
goes on where it was.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 60
STOP_SECONDS = 25
CLIPS = 14

ACCOUNTS = (
    ("rosa@maple.example", "resident, two devices, clip passphrase: amber kite plum river stone"),
    ("ben@maple.example", "her neighbour"),
    ("officer@police.maple.example", "police"),
    ("captain@fire.maple.example", "fire department"),
    ("clerk@town.maple.example", "local government"),
    ("mod@maple.example", "moderator"),
    ("operator@maple.example", "operator"),
    ("operator2@maple.example", "the other operator: it takes two to let an agency in"),
    ("legal1@maple.example", "legal reviewer"),
    ("legal2@maple.example", "legal reviewer"),
    ("auditor@maple.example", "auditor"),
)


class Demo:
    def __init__(self) -> None:
        self.port = int(os.environ.get("PORT") or 8000)
        self.homes = int(os.environ.get("HOMES") or 32)
        self.data = Path(os.environ.get("DATA") or ROOT / "demo-data").resolve()
        self.url = f"http://127.0.0.1:{self.port}"
        self.children: list[subprocess.Popen[bytes]] = []

    def environment(self) -> dict[str, str]:
        """The settings of this demo. Its secret is its own, made once and kept in its folder."""
        secret = self.data / "secret-key"
        if not secret.exists():
            secret.write_text(secrets.token_hex(32))
            secret.chmod(0o600)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PORCHLIGHT_")}
        return kept | {
            "PORCHLIGHT_SECRET_KEY_FILE": str(secret),
            "PORCHLIGHT_DATA": str(self.data),
            "PORCHLIGHT_TOWN_NAME": "Maple",
            "PORCHLIGHT_BASE_URL": self.url,
            "PORCHLIGHT_HOST": "127.0.0.1",
            "PORCHLIGHT_PORT": str(self.port),
            "PORCHLIGHT_DEMO": "true",
            "PORCHLIGHT_RATE_LIMITS": "false",  # forty doorbells share one address
        }

    def step(self, words: str, *command: str, env: dict[str, str]) -> subprocess.Popen[bytes]:
        print(f"· {words}", flush=True)
        child = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, env=env)
        self.children.append(child)
        return child

    def finish(self, child: subprocess.Popen[bytes]) -> None:
        if child.wait() != 0:
            raise SystemExit(
                f"The demo could not start: {' '.join(map(str, child.args[2:]))} ended with {child.returncode}."
            )
        self.children.remove(child)

    def run(self) -> None:
        if not 2 <= self.homes <= 2000:
            raise SystemExit("HOMES: between 2 and 2000.")
        self.data.mkdir(parents=True, exist_ok=True)
        env, town, media = self.environment(), self.data / "town.geojson", self.data / "drawn"
        pairings, requests = self.data / "pairings.json", self.data / "legacy-2023.json"
        if not (self.data / "seeded").exists():
            for name in ("porchlight.sqlite", "porchlight.sqlite-wal", "porchlight.sqlite-shm"):
                (self.data / name).unlink(missing_ok=True)  # of a demo that was stopped while it was made
            shutil.rmtree(self.data / "files", ignore_errors=True)
            drawing = self.step(
                "drawing clips and pictures",
                "simulator",
                "draw",
                "--out",
                str(media),
                "--clips",
                str(CLIPS),
                "--pictures",
                env=env,
            )
            mapped = subprocess.run(
                [sys.executable, "-m", "simulator", "map", "--homes", str(self.homes), "--with-people"],
                cwd=ROOT,
                env=env,
                check=True,
                capture_output=True,
            )
            town.write_bytes(mapped.stdout)
            country = self.data / "national.csv"
            self.finish(
                self.step("inventing a country's agencies", "simulator", "national", "--out", str(country), env=env)
            )
            self.finish(
                self.step("putting them into the directory", "portal.cli", "demo", "national", str(country), env=env)
            )
            archive = ("simulator", "archive", "--homes", str(self.homes), "--out", str(requests))
            self.finish(self.step("writing the requests of the past", *archive, env=env))
            self.finish(drawing)
            self.finish(
                self.step(
                    "making the town's past",
                    "portal.cli",
                    "demo",
                    "seed",
                    "--town",
                    str(town),
                    "--media",
                    str(media),
                    "--pairings",
                    str(pairings),
                    "--requests",
                    str(requests),
                    env=env,
                )
            )
            shutil.rmtree(media)
            (self.data / "seeded").touch()
        else:
            self.finish(self.step("bringing the database up to date", "portal.cli", "init", env=env))
            self.finish(
                self.step(
                    "asking for new pairing codes",
                    "portal.cli",
                    "demo",
                    "pair-again",
                    "--town",
                    str(town),
                    "--pairings",
                    str(pairings),
                    env=env,
                )
            )
        server = self.step("starting the portal", "portal.cli", "serve", env=env)
        self.wait_until_ready(server)
        fleet = self.step(
            "starting the doorbells",
            "simulator",
            "run",
            "--portal",
            self.url,
            "--pairings",
            str(pairings),
            "--pace",
            "6",
            env=env,
        )
        self.tell()
        while server.poll() is None:
            if fleet is not None and fleet.poll() is not None:
                print("The doorbells have ended; the portal goes on.", flush=True)
                self.children.remove(fleet)
                fleet = None
            time.sleep(0.5)
        raise SystemExit(f"The portal ended with {server.returncode}.")

    def wait_until_ready(self, server: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if server.poll() is not None:
                raise SystemExit(f"The portal did not start. Is something else on port {self.port}? Try PORT=8123.")
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                    if json.load(answer)["status"] == "ready":
                        return
            except (urllib.error.URLError, OSError, ValueError):
                time.sleep(0.2)
        raise SystemExit(f"The portal was not ready within {READY_SECONDS} s.")

    def tell(self) -> None:
        width = max(len(email) for email, _what in ACCOUNTS)
        lines = [f"  {email:<{width}}  {what}" for email, what in ACCOUNTS]
        print(
            f"\nPorchlight is ready:  {self.url}\n\nPassword of every account: porchlight-demo\n" + "\n".join(lines),
            flush=True,
        )
        print("\nIts doorbells ring while it runs. Ctrl-C stops all of it.\n", flush=True)

    def stop(self) -> None:
        for child in reversed(self.children):
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children:
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    demo = Demo()
    try:
        demo.run()
    except KeyboardInterrupt:
        print("\nStopping…", flush=True)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C does not leave half of it running
        demo.stop()


if __name__ == "__main__":
    main()
