"""The last days as a picture to look at on a phone: questions by platform above, hand-overs and thumbs below.

There are no words in it but the platforms' names, since a font for every language is not to be had everywhere: what the
signs mean is for the message to say that it goes along with. Beside each sign and name stands the sum of all days.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from bot.figures import DayStats

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

THUMBS_UP, THUMBS_DOWN, HANDED_OVER = "▲", "▼", "◆"
"""What stands for these in the picture."""

_INCHES = (8, 8)
_DPI = 100
_TEXT: Final = "#222222"
_LINES: Final = "#dddddd"
# Told apart with any eyes, on a ground of the chart's own: behind it may be a light or a dark page.
_COLOURS: Final = {"telegram": "#0072b2", "slack": "#cc79a7", "web": "#e69f00"}
_OTHER: Final = "#888888"
_UP: Final = "#009e73"
_DOWN: Final = "#d55e00"
_LABELS: Final = 5
"""So many days are named at the most."""
_RC: Final[dict[Any, Any]] = {
    "font.size": 18,
    "text.color": _TEXT,
    "axes.edgecolor": _LINES,
    "axes.labelcolor": _TEXT,
    "xtick.color": _TEXT,
    "ytick.color": _TEXT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": _LINES,
    "legend.frameon": False,
}

_drawing = threading.Lock()
"""The library's state is one for all threads."""


def draw(days: Sequence[date], figures: Sequence[DayStats]) -> bytes:
    """A PNG of the figures of these days, oldest first, at least one. Blocking: the library alone takes a second to
    import."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    file = io.BytesIO()
    with _drawing, rc_context(_RC):
        figure = Figure(
            figsize=_INCHES, dpi=_DPI, layout=ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1), facecolor="white"
        )
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        _questions(above, figures)
        _outcomes(below, figures)
        step = -(-len(days) // _LABELS)
        named = range(len(days) - 1, -1, -step)  # the last one always
        below.set_xticks(list(named), [f"{days[place]:%m-%d}" for place in named])
        figure.savefig(file, format="png")
    return file.getvalue()


def _questions(axes: Axes, figures: Sequence[DayStats]) -> None:
    """Stacked bars, a colour for each platform."""
    from matplotlib.patches import Patch

    entries: list[Artist] = []
    totals = [0] * len(figures)
    for platform in sorted({platform for day in figures for platform in day.questions}):
        counts = [day.questions.get(platform, 0) for day in figures]
        colour = _COLOURS.get(platform, _OTHER)
        axes.bar(range(len(figures)), counts, bottom=totals, color=colour)
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
        entries.append(Patch(color=colour, label=f"{platform} {sum(counts):,}"))
    axes.set_ylim(0, _room(max(totals)))
    _finish(axes, entries)


def _outcomes(axes: Axes, figures: Sequence[DayStats]) -> None:
    """Thumbs up above the line, thumbs down below it, hand-overs as points."""
    from matplotlib.lines import Line2D

    places = range(len(figures))
    up, down = [day.thumbs_up for day in figures], [day.thumbs_down for day in figures]
    handed = [day.handed_over for day in figures]
    axes.bar(places, up, color=_UP)
    axes.bar(places, [-count for count in down], color=_DOWN)
    axes.plot(places, handed, color=_TEXT, marker="D", markersize=9, linewidth=2)
    axes.axhline(0, color=_TEXT, linewidth=1)
    axes.set_ylim(-_room(max(down)) if any(down) else -0.2, _room(max(*up, *handed)))
    signs = (("^", _UP, up), ("v", _DOWN, down), ("D", _TEXT, handed))
    _finish(
        axes,
        [
            Line2D([], [], marker=marker, color=colour, linestyle="none", markersize=12, label=f"{sum(counts):,}")
            for marker, colour, counts in signs
        ],
    )


def _finish(axes: Axes, entries: list[Artist]) -> None:
    """Whole numbers at the side, and `entries` as the legend above."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):,.0f}"))
    axes.tick_params(length=0)
    if entries:
        axes.legend(
            handles=entries,
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=len(entries),
            borderaxespad=0.2,
            handlelength=1,
            columnspacing=1.2,
        )


def _room(most: int) -> float:
    """How far an axis reaches."""
    return max(most, 1) * 1.1
