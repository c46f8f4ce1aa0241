"""Numba kernels for strands: their light, and how they cover samples.

A strand is thinner than a sample, so it is laid as the share of each sample that it covers, and all strands over a
sample are mixed by their depth in any order: each weighs exp(-depth / `LAYER`), what McGuire and Bavoil (JCGT 2(2),
2013) call weighted blended transparency; how much of the sample stays clear is the product of what each leaves.
Light: the two shifted highlights of Kajiya and Kay (1989) as arranged by Scheuermann (2004), and a third for light
that comes through from behind (Marschner et al., SIGGRAPH 2003, path TT), which is what makes outlines glow.
"""

# mypy: disable-error-code="arg-type,assignment,operator,no-any-return,return-value,type-var"
# inside a kernel numba infers the types: np.float32 constants keep it from widening to float64

import math

import numpy as np

from limelight.understudy.anatomy import Floats, Ints
from limelight.understudy.compiled import kernel
from limelight.understudy.raster import FAR
from limelight.understudy.shade import (
    FILL,
    FILL_COLOUR,
    GROUND,
    KEY,
    KEY_COLOUR,
    RIM,
    RIM_COLOUR,
    SKY,
)

RED, GREEN, BLUE, WEIGHT, CLEAR, FRONT = range(6)
"""Of what is gathered over a cell: colour times weight, weight, what stays clear (0-1), depth of the nearest."""
LAYER = 0.05
"""Depth in dm over which strands are mixed: those that lie deeper hardly show."""
DEEP, DENSE = 1.5, 0.06
"""Of these layers of depth nothing shows through hair that leaves less than this share clear."""
SCATTERED = 1.55
"""How much more of the light from all around dark hair gives back than one strand would; fair hair less."""
UNEVEN = 0.10
"""By how much, at most, a strand's highlights lie off their place."""
SHADED_BY_SKIN = 0.012
"""Depth in dm over which a strand vanishes behind a surface."""
HAIR = -2
"""Owner of a sample that shows more hair than anything else."""


def nothing(rows: int, columns: int) -> Floats:
    """Nothing gathered over (rows, columns) cells."""
    gathered = np.zeros((rows, columns, 6), np.float32)
    gathered[..., CLEAR] = 1
    gathered[..., FRONT] = FAR
    return gathered


@kernel
def faded(x: float) -> float:
    """About exp(-x) for x of 0 and more, and 0 from 4 on."""
    left = max(np.float32(0.0), np.float32(1.0) - np.float32(0.25) * x)
    left *= left
    return left * left


@kernel
def hidden(x: float, y: float, z: float, depth: Floats, gathered: Floats) -> bool:
    """Whether nothing at a place could be seen, for a surface or for hair that is there already."""
    i, j = int(y), int(x)
    if i < 0 or j < 0 or i >= depth.shape[0] or j >= depth.shape[1]:
        return True
    if z > depth[i, j]:
        return True
    return gathered[i, j, CLEAR] < np.float32(DENSE) and z > gathered[i, j, FRONT] + np.float32(DEEP * LAYER)


@kernel
def lay_strands(
    screen: Floats,
    colours: Floats,
    widths: Floats,
    opacity: float,
    near: float,
    depth: Floats,
    gathered: Floats,
) -> None:
    """Gather polylines over the cells that they cover, before the surfaces of `depth` (rows, columns).

    screen (s, k, 3): x, y, depth; colours (s, k, 3) linear light; widths (s,) in cells, thinner at the root and
    tapering to the tip; opacity 0-1 of the middle; `near` dm are taken off the depth so that strands lie on the skin.
    gathered (rows, columns, 6), see `RED` and the rest, is added to.
    """
    strands, count, _ = screen.shape
    one, half, nearer, solid = np.float32(1.0), np.float32(0.5), np.float32(near), np.float32(opacity)
    for s in range(strands):
        for k in range(count - 1):
            x0, y0, z0 = screen[s, k, 0], screen[s, k, 1], screen[s, k, 2] - nearer
            x1, y1, z1 = screen[s, k + 1, 0], screen[s, k + 1, 1], screen[s, k + 1, 2] - nearer
            if hidden(x0, y0, z0, depth, gathered) and hidden(x1, y1, z1, depth, gathered):
                xm, ym, zm = half * (x0 + x1), half * (y0 + y1), half * (z0 + z1)
                if hidden(xm, ym, zm, depth, gathered):
                    continue
            share = (np.float32(k) + half) / np.float32(count)
            thick = widths[s] * min(one, np.float32(0.35) + np.float32(4.0) * share)
            thick *= one - np.float32(0.6) * share * share
            if abs(y1 - y0) > abs(x1 - x0):
                lay_segment(y0, x0, z0, y1, x1, z1, colours, s, k, thick, solid, True, depth, gathered)
            else:
                lay_segment(x0, y0, z0, x1, y1, z1, colours, s, k, thick, solid, False, depth, gathered)


@kernel
def lay_segment(
    start: float,
    base: float,
    z0: float,
    stop: float,
    end: float,
    z1: float,
    colours: Floats,
    s: int,
    k: int,
    thick: float,
    solid: float,
    steep: bool,
    depth: Floats,
    gathered: Floats,
) -> None:
    """Gather a straight piece that goes from `start` to `stop` on its longer axis, and from `base` to `end` across.

    The longer axis is down the rows if it is steep. It is the piece of strand s after point k.
    """
    one, half = np.float32(1.0), np.float32(0.5)
    run = stop - start
    limit = depth.shape[0] if steep else depth.shape[1]
    bound = depth.shape[1] if steep else depth.shape[0]
    lowest = max(math.ceil(min(start, stop) - half), 0)
    highest = min(math.ceil(max(start, stop) - half), limit)
    if lowest >= highest or abs(run) > np.float32(400.0):
        return
    inverse = one / run
    slope = (end - base) * inverse
    reach = half * thick * math.sqrt(one + slope * slope)
    for i in range(lowest, highest):
        away = np.float32(i) + half - start
        f = away * inverse
        z = z0 + (z1 - z0) * f
        low = base + away * slope - reach
        high = low + reach + reach
        red = colours[s, k, 0] + (colours[s, k + 1, 0] - colours[s, k, 0]) * f
        green = colours[s, k, 1] + (colours[s, k + 1, 1] - colours[s, k, 1]) * f
        blue = colours[s, k, 2] + (colours[s, k + 1, 2] - colours[s, k, 2]) * f
        for j in range(max(0, math.floor(low)), min(bound - 1, math.floor(high)) + 1):
            side = np.float32(j)
            cover = min(one, min(high, side + one) - max(low, side)) * solid
            y, x = (i, j) if steep else (j, i)
            lay_fragment(red, green, blue, cover, z, depth, gathered, y, x)


@kernel
def lay_fragment(
    red: float,
    green: float,
    blue: float,
    cover: float,
    z: float,
    depth: Floats,
    gathered: Floats,
    y: int,
    x: int,
) -> None:
    """Gather a share `cover` of a colour at depth z over the cell in row y and column x."""
    one, nil = np.float32(1.0), np.float32(0.0)
    surface = depth[y, x]
    if z >= surface:
        return
    front, clear = gathered[y, x, FRONT], gathered[y, x, CLEAR]
    behind = (z - front) * (one / np.float32(LAYER))
    if clear < np.float32(DENSE) and behind > np.float32(DEEP):
        return
    cover *= min(one, (surface - z) * (one / np.float32(SHADED_BY_SKIN)))
    gathered[y, x, CLEAR] = clear * (one - cover)
    kept = one
    if behind < nil:
        kept = faded(-behind)
        gathered[y, x, FRONT] = z
    else:
        cover *= faded(behind)
    gathered[y, x, RED] = gathered[y, x, RED] * kept + red * cover
    gathered[y, x, GREEN] = gathered[y, x, GREEN] * kept + green * cover
    gathered[y, x, BLUE] = gathered[y, x, BLUE] * kept + blue * cover
    gathered[y, x, WEIGHT] = gathered[y, x, WEIGHT] * kept + cover


@kernel
def farthest(depth: Floats, ratio: float, out: Floats) -> None:
    """The farthest of the samples of each cell: depth (rows, columns), `ratio` of them a side to a cell of `out`."""
    rows, columns = depth.shape
    for y in range(out.shape[0]):
        y0 = int(np.float32(y) * ratio)
        y1 = min(rows - 1, y0 + 1)
        for x in range(out.shape[1]):
            x0 = int(np.float32(x) * ratio)
            x1 = min(columns - 1, x0 + 1)
            upper = max(depth[y0, x0], depth[y0, x1])
            out[y, x] = max(upper, depth[y1, x0], depth[y1, x1])


@kernel
def screen_off(gathered: Floats, ratio: float, depth: Floats, owner: Ints) -> None:
    """Give the samples that hair hides wholly to the hair, so that nobody shades what is under it."""
    height, width = owner.shape
    half, inverse = np.float32(0.5), np.float32(1.0) / np.float32(ratio)
    for y in range(height):
        cy = min(gathered.shape[0] - 1, int((np.float32(y) + half) * inverse))
        for x in range(width):
            if owner[y, x] >= 0:
                cx = min(gathered.shape[1] - 1, int((np.float32(x) + half) * inverse))
                if gathered[cy, cx, CLEAR] < np.float32(DENSE) and gathered[cy, cx, FRONT] < depth[y, x]:
                    owner[y, x] = HAIR


@kernel
def settle_strands(
    gathered: Floats, ratio: float, depth: Floats, owner: Ints, picture: Floats, cover: Floats
) -> None:
    """Lay what was gathered over the samples, `ratio` of them a side to a cell.

    A sample whose surface is nearer than its cell's hair stays as it is: so edges of skin before hair are as fine as
    the samples. picture (rows, columns, 3) comes out premultiplied by cover (rows, columns), 0 to 1.
    """
    height, width = owner.shape
    one, nil, half, inverse = (
        np.float32(1.0),
        np.float32(0.0),
        np.float32(0.5),
        np.float32(1.0) / np.float32(ratio),
    )
    for y in range(height):
        cy = min(gathered.shape[0] - 1, int((np.float32(y) + half) * inverse))
        for x in range(width):
            cx = min(gathered.shape[1] - 1, int((np.float32(x) + half) * inverse))
            drawn = owner[y, x] >= 0
            if gathered[cy, cx, CLEAR] >= one:
                cover[y, x] = one if drawn else nil
                if not drawn:
                    for c in range(3):
                        picture[y, x, c] = nil
                continue
            # what is dense is taken for whole: a few hundredths of a bright room would make black hair grey
            clear = max(nil, gathered[cy, cx, CLEAR] - np.float32(DENSE)) * (one / np.float32(1.0 - DENSE))
            if owner[y, x] == HAIR:
                clear = nil
            under = clear if drawn else nil
            share = one - clear
            if drawn and gathered[cy, cx, FRONT] > depth[y, x]:
                under, share = one, nil
            scale = share / max(gathered[cy, cx, WEIGHT], np.float32(1e-9))
            if under == one and share == nil:
                cover[y, x] = one
                continue
            for c in range(3):
                below = picture[y, x, c] * under if drawn else nil
                picture[y, x, c] = gathered[cy, cx, c] * scale + below
            cover[y, x] = one if drawn else share
            if share > half:
                owner[y, x] = HAIR


@kernel
def clear_away(gathered: Floats) -> None:
    """Leave nothing gathered."""
    for y in range(gathered.shape[0]):
        for x in range(gathered.shape[1]):
            if gathered[y, x, CLEAR] < np.float32(1.0):
                for c in range(4):
                    gathered[y, x, c] = np.float32(0.0)
                gathered[y, x, CLEAR] = np.float32(1.0)
                gathered[y, x, FRONT] = np.float32(FAR)


@kernel
def shade_strands(
    points: Floats,
    outward: Floats,
    colours: Floats,
    openness: Floats,
    lit: Floats,
    lights: Floats,
    gloss: float,
    tint: Floats,
    out: Floats,
) -> None:
    """Linear colour at every point of every strand.

    points, outward (s, k, 3): places, and directions out of the head; colours (s, 3) albedo; openness, lit (s, k);
    tint (3,) what a way through a strand leaves of light.
    """
    strands, count, _ = points.shape
    one, nil, half = np.float32(1.0), np.float32(0.0), np.float32(0.5)
    for s in range(strands):
        shift = np.float32(UNEVEN) * (np.float32((s * 7919) % 97) / np.float32(48.0) - one)
        for k in range(count):
            i, j = max(0, k - 1), min(count - 1, k + 1)
            tx, ty, tz = (
                points[s, j, 0] - points[s, i, 0],
                points[s, j, 1] - points[s, i, 1],
                points[s, j, 2] - points[s, i, 2],
            )
            length = one / math.sqrt(tx * tx + ty * ty + tz * tz + np.float32(1e-12))
            tx, ty, tz = tx * length, ty * length, tz * length
            ox, oy, oz = outward[s, k, 0], outward[s, k, 1], outward[s, k, 2]
            key = ox * lights[KEY, 0] + oy * lights[KEY, 1] + oz * lights[KEY, 2]
            fill = ox * lights[FILL, 0] + oy * lights[FILL, 1] + oz * lights[FILL, 2]
            rim = ox * lights[RIM, 0] + oy * lights[RIM, 1] + oz * lights[RIM, 2]
            hx, hy, hz = lights[KEY, 0], lights[KEY, 1], lights[KEY, 2] + one
            length = one / math.sqrt(hx * hx + hy * hy + hz * hz)
            along = (tx * hx + ty * hy + tz * hz) * length
            outwards = (ox * hx + oy * hy + oz * hz) * length
            # strands do not lie wholly even: their highlights break up
            own_shift = shift * (one - half * np.float32(k) / np.float32(count))
            first = along - np.float32(0.10) * outwards + own_shift
            second = along + np.float32(0.16) * outwards + own_shift
            white = max(nil, one - first * first)
            white *= white
            white *= white
            white *= white
            white = white * white * white
            warm = max(nil, one - second * second)
            warm *= warm
            warm = warm * warm * warm
            light_along = tx * lights[KEY, 0] + ty * lights[KEY, 1] + tz * lights[KEY, 2]
            across = math.sqrt(max(nil, one - light_along * light_along))
            k_light = max(nil, (key + half) / np.float32(1.5)) * (half + half * across) * lit[s, k]
            shine = max(nil, (key + np.float32(0.25)) / np.float32(1.25)) * lit[s, k] * gloss
            f_light = max(nil, (fill + half) / np.float32(1.5))
            r_light = max(nil, (rim + np.float32(0.35)) / np.float32(1.35))
            sky = half + half * oy
            o = np.float32(0.5) + np.float32(0.5) * openness[s, k]
            through = np.float32(0.8) * max(nil, -lights[RIM, 2]) * r_light * o * o
            for c in range(3):
                # light that was scattered by other hair comes from all around
                around = lights[FILL_COLOUR, c] * f_light + lights[RIM_COLOUR, c] * r_light * np.float32(0.8)
                around += lights[GROUND, c] + (lights[SKY, c] - lights[GROUND, c]) * sky
                light = lights[KEY_COLOUR, c] * k_light + around * o * (
                    np.float32(SCATTERED) - np.float32(0.8) * colours[s, c]
                )
                shining = lights[KEY_COLOUR, c] * shine * o
                shining *= np.float32(0.05) * white + np.float32(1.7) * warm * tint[c]
                out[s, k, c] = colours[s, c] * light + shining + lights[RIM_COLOUR, c] * through * tint[c]
