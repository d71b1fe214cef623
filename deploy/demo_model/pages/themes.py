"""How the pages look: the typefaces, the colours, the sizes of windows and of text."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from deploy.demo_model.pages.scene import Device

PACKAGES: Final = (
    "fonts-inter fonts-cabin fonts-manrope fonts-mononoki fonts-league-mono fonts-courier-prime fonts-junction "
    "fonts-vollkorn fonts-comfortaa"
)
"""Debian's packages of the typefaces, none of which training uses."""

FAMILIES: Final[Mapping[str, int]] = {
    "Inter": 6, "Manrope": 5, "Cabin": 5, "Junction": 3, "Vollkorn": 2, "Comfortaa": 1, "League Mono": 1,
    "mononoki": 1, "Courier Prime": 1,
}  # fmt: skip
"""The typefaces, each with its share."""

_CODE = ("League Mono", "mononoki", "Courier Prime")
_ACCENTS = ("#0b63ce", "#0f766e", "#b4233c", "#6d28d9", "#1f2937", "#a2440c", "#15803d", "#be185d", "#3730a3")
_BRIGHT = ("#7cb7ff", "#5eead4", "#fda4af", "#c4b5fd", "#fcd34d", "#86efac", "#f9a8d4", "#e5e7eb")
_LIGHT = (
    {"bg": "#ffffff", "card": "#ffffff", "soft": "#f3f4f6", "text": "#15181e", "muted": "#5b6270", "line": "#d9dde3"},
    {"bg": "#f2f4f8", "card": "#ffffff", "soft": "#e9edf3", "text": "#1b2430", "muted": "#566072", "line": "#d5dbe5"},
    {"bg": "#faf6ef", "card": "#fffdf8", "soft": "#f1e9db", "text": "#2d2418", "muted": "#6d604c", "line": "#e2d7c3"},
    {"bg": "#eef6f3", "card": "#ffffff", "soft": "#dfece7", "text": "#12302a", "muted": "#4c665f", "line": "#c9ddd6"},
    {"bg": "#f7f2fb", "card": "#ffffff", "soft": "#ece3f5", "text": "#2a1a3d", "muted": "#665779", "line": "#dccfea"},
)
_DARK = (
    {"bg": "#101216", "card": "#1a1d23", "soft": "#252a33", "text": "#eef1f5", "muted": "#a7afbd", "line": "#343a46"},
    {"bg": "#0d1b2a", "card": "#14263a", "soft": "#1d344e", "text": "#e6eef7", "muted": "#9fb3c8", "line": "#2a4563"},
    {"bg": "#1c1917", "card": "#262220", "soft": "#352f2b", "text": "#f5f0ea", "muted": "#b9aea3", "line": "#453d37"},
    {"bg": "#000000", "card": "#141414", "soft": "#202020", "text": "#fafafa", "muted": "#aaaaaa", "line": "#333333"},
)
_PHONES = ((320, 480), (320, 568), (340, 600), (360, 520), (360, 600), (360, 640), (352, 640), (330, 560))
_WINDOWS = ((400, 300), (420, 320), (480, 320), (480, 360), (512, 384), (560, 380), (600, 400), (640, 400), (620, 360))


@dataclass(frozen=True, slots=True)
class Look:
    """How one page looks. `width` and `height` of the window are in CSS pixels, of which each is `ratio` pixels."""

    width: int
    height: int
    ratio: int
    dark: bool
    style: Mapping[str, str]
    """Values of the style sheet's custom properties, without the dashes."""


def look(r: random.Random, device: Device) -> Look:
    """A random look for a device."""
    dark = r.random() < 0.4
    palette = dict(r.choice(_DARK if dark else _LIGHT))
    accent = r.choice(_BRIGHT if dark else _ACCENTS)
    families, weights = list(FAMILIES), list(FAMILIES.values())
    family = r.choices(families, weights)[0]
    heading = r.choices(families, weights)[0] if r.random() < 0.2 else family
    code = r.choice(_CODE) if r.random() < 0.35 else family
    base = r.choice((14, 15, 15, 16, 16, 17) if device == "phone" else (14, 14, 15, 15, 16))
    small = max(13, base - r.choice((1, 2)))
    radius = r.choice((0, 4, 8, 12, 18))
    style = palette | {
        "accent": accent,
        "on-accent": "#111318" if dark else "#ffffff",
        "danger": "#ff8a8a" if dark else "#b42318",
        "danger-soft": "#4a1d1d" if dark else "#fdeceb",
        "ok": "#6ee7a8" if dark else "#12703c",
        "ok-soft": "#153a27" if dark else "#e3f6ea",
        "warn": "#fcd34d" if dark else "#8a4b08",
        "warn-soft": "#43330d" if dark else "#fdf1d8",
        "font": f'"{family}"',
        "heading": f'"{heading}"',
        "code": f'"{code}"',
        "base": f"{base}px",
        "small": f"{small}px",
        "large": f"{base + r.choice((3, 5, 7))}px",
        "huge": f"{min(32, base + r.choice((6, 9, 12)))}px",
        "radius": f"{radius}px",
        "pill": f"{r.choice((radius, radius, 99))}px",
        "shadow": r.choice(("0 1px 3px #0003", "0 6px 20px #0004", "0 0 0 1px #8883", "none")),
        "gap": f"{r.choice((6, 8, 10))}px",
        "heavy": r.choice(("600", "700", "700", "800")) if heading not in _CODE else "700",
    }
    width, height = r.choice(_PHONES if device == "phone" else _WINDOWS)
    ratio = r.choice((1, 1, 2, 2, 3)) if device == "phone" else r.choice((1, 1, 1, 2))
    return Look(width, height, ratio, dark, style)


def require_fonts() -> None:
    """See that all typefaces are installed, because a browser silently takes another one. Raises RuntimeError."""
    program = shutil.which("fc-list")
    if program is None:
        raise RuntimeError("fc-list is missing: install Debian's fontconfig")
    listed = subprocess.run([program, ":", "family"], check=True, capture_output=True, text=True).stdout
    installed = {name.strip() for line in listed.splitlines() for name in line.split(",")}
    if missing := [family for family in FAMILIES if family not in installed]:
        raise RuntimeError(f"typefaces are missing ({', '.join(missing)}): apt-get install {PACKAGES}")
