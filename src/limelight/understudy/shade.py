"""Numba kernels that give the samples their light: skin, cloth, eyes, teeth, hair. All colours are linear.

Skin is lit with a wrapped diffuse term that is wider in red than in blue, which stands in for the light that
travels under the skin (Green, GPU Gems 2004, ch. 16), and with two Blinn-Phong lobes under a Schlick Fresnel term.
Hair has the two shifted highlights of Kajiya and Kay (1989) as arranged by Scheuermann (2004).
"""

# mypy: disable-error-code="arg-type,assignment,operator,no-any-return,type-var,return-value"
# inside a kernel numba infers the types: np.float32 constants keep it from widening to float64

import math

import numpy as np

from limelight.understudy.anatomy import Bytes, Floats, Ints
from limelight.understudy.compiled import kernel

SKIN_HEAD, SKIN_BODY, MOUTH, TEETH, TONGUE, EYE_LEFT, EYE_RIGHT, HAND = range(8)
"""Kinds of surface, one for each triangle."""

KEY, KEY_COLOUR, FILL, FILL_COLOUR, RIM, RIM_COLOUR, SKY, GROUND = range(8)
"""Rows of a light rig (8, 3): three directions towards the light, their colours, and the ambient above and below."""

NX, NY, NZ, LIT, OPEN, CLOTH, RX, RY, RZ = range(9)
"""Columns of the per-point attributes: normal, share of key light, openness to the sky, cloth field, rest place."""


@kernel
def smoothstep(low: float, high: float, x: float) -> float:
    """0 at `low`, 1 at `high`, with flat ends; the two may come in either order."""
    t = (x - low) / (high - low)
    if t <= np.float32(0.0):
        return np.float32(0.0)
    if t >= np.float32(1.0):
        return np.float32(1.0)
    return t * t * (np.float32(3.0) - np.float32(2.0) * t)


@kernel
def weave(kind: int, x: float, y: float, z: float) -> float:
    """Brightness 0.8-1.1 of the cloth at a rest place: 0 plain, 1 knit, 2 stripes, 3 heather."""
    angle = math.atan2(x, z + np.float32(0.2))
    if kind == 1:
        wale = math.sin(angle * np.float32(95.0))
        course = math.sin(y * np.float32(75.0) + wale * np.float32(1.2))
        return np.float32(0.97) + np.float32(0.07) * wale + np.float32(0.03) * course
    if kind == 2:
        band = math.sin(y * np.float32(13.0))
        return np.float32(0.25) if band > np.float32(0.35) else np.float32(1.0)
    if kind == 3:
        return np.float32(1.0) + np.float32(0.05) * math.sin(
            angle * np.float32(210.0) + np.float32(3.0) * math.sin(y * 31.0)
        )
    return np.float32(1.0)


@kernel
def shade_eye(lx: float, ly: float, lz: float, hx: float, hy: float, iris: Floats, out: Floats) -> None:
    """Albedo of an eye at unit direction l in the frame of the gaze (z forward), into out[0:3].

    h: towards the key light.
    """
    r = math.sqrt(lx * lx + ly * ly)
    if lz < np.float32(0.0):
        r = np.float32(1.0)
    edge = smoothstep(np.float32(0.46), np.float32(0.41), r)
    red = smoothstep(np.float32(0.55), np.float32(1.0), r)
    # the upper lid and its lashes shade the ball
    white = np.float32(1.0) - np.float32(0.45) * smoothstep(np.float32(0.02), np.float32(0.42), ly)
    out[0] = (np.float32(0.58) - np.float32(0.03) * red) * white
    out[1] = (np.float32(0.55) - np.float32(0.13) * red) * white
    out[2] = (np.float32(0.53) - np.float32(0.14) * red) * white
    if edge > np.float32(0.0):
        angle = math.atan2(ly, lx)
        fibre = np.float32(0.5) + np.float32(0.5) * math.sin(
            angle * np.float32(23.0)
            + np.float32(2.0) * math.sin(angle * np.float32(7.0))
            + r * np.float32(9.0)
        )
        glow = np.float32(0.75) - np.float32(1.6) * (
            lx * hx + ly * hy
        )  # light enters on one side, lights the other
        collar = smoothstep(np.float32(0.27), np.float32(0.17), r)
        rim = np.float32(1.0) - np.float32(0.75) * smoothstep(np.float32(0.34), np.float32(0.44), r)
        pupil = smoothstep(np.float32(0.15), np.float32(0.18), r)
        for c in range(3):
            colour = iris[c] * (np.float32(0.7) + np.float32(0.55) * fibre) + iris[c + 3] * collar
            colour *= rim * pupil * max(np.float32(0.35), glow)
            out[c] += (colour + np.float32(0.004) - out[c]) * edge


@kernel
def catchlight(
    turn: Floats, lx: float, ly: float, lz: float, ex: float, ey: float, ez: float, lights: Floats
) -> float:
    """Strength of the lights' mirror image on an eye at unit direction l in the frame of the gaze, seen from e.

    turn (3, 3): columns of that frame. The cornea bulges, so that the image keeps near the iris.
    """
    one = np.float32(1.0)
    away = math.sqrt(lx * lx + ly * ly)
    bulge = one + np.float32(0.55) * smoothstep(np.float32(0.62), np.float32(0.30), away)
    cx, cy, cz = lx * bulge, ly * bulge, lz
    mx = turn[0, 0] * cx + turn[0, 1] * cy + turn[0, 2] * cz
    my = turn[1, 0] * cx + turn[1, 1] * cy + turn[1, 2] * cz
    mz = turn[2, 0] * cx + turn[2, 1] * cy + turn[2, 2] * cz
    length = one / math.sqrt(mx * mx + my * my + mz * mz)
    mx, my, mz = mx * length, my * length, mz * length
    twice = np.float32(2.0) * (mx * ex + my * ey + mz * ez)
    ox, oy, oz = twice * mx - ex, twice * my - ey, twice * mz - ez
    towards = ox * lights[KEY, 0] + oy * lights[KEY, 1] + oz * lights[KEY, 2]
    second = ox * lights[FILL, 0] + oy * lights[FILL, 1] + oz * lights[FILL, 2]
    catch = smoothstep(np.float32(0.955), np.float32(0.972), towards) * np.float32(1.1)
    catch += np.float32(0.10) * smoothstep(np.float32(0.90), np.float32(0.97), second)
    return catch + np.float32(0.035) * max(np.float32(0.0), oy)


@kernel
def between(attributes: Floats, column: int, ia: int, ib: int, ic: int, v: float, w: float) -> float:
    """An attribute inside a triangle, of which v and w are the second and third corners' shares."""
    u = np.float32(1.0) - v - w
    return u * attributes[ia, column] + v * attributes[ib, column] + w * attributes[ic, column]


@kernel
def look_up(texture: Floats, tu: float, tv: float, out: Floats) -> float:
    """Albedo of a texture (rows, columns, 4) at u and v, 0-1, into out[0:3]; returns the gloss there."""
    one = np.float32(1.0)
    rows, columns, _ = texture.shape
    tx, ty = tu * columns - np.float32(0.5), tv * rows - np.float32(0.5)
    jx, jy = int(tx), int(ty)
    jx, jy = max(0, min(columns - 2, jx)), max(0, min(rows - 2, jy))
    fx, fy = tx - jx, ty - jy
    for c in range(3):
        above = texture[jy, jx, c] * (one - fx) + texture[jy, jx + 1, c] * fx
        below = texture[jy + 1, jx, c] * (one - fx) + texture[jy + 1, jx + 1, c] * fx
        out[c] = above * (one - fy) + below * fy
    return texture[jy, jx, 3]


@kernel
def shade_mouth(kind: int, side: float, front: float, out: Floats) -> tuple[float, float]:
    """Albedo inside the mouth into out[0:3]; returns how much darkness leaves of it, and the gloss.

    side: rest distance from the middle; front: 0 in the throat, 1 at the lips.
    """
    if kind == TEETH:
        out[0], out[1], out[2] = np.float32(0.80), np.float32(0.70), np.float32(0.56)
        gap = min(
            side,
            abs(side - np.float32(0.082)),
            abs(side - np.float32(0.148)),
            abs(side - np.float32(0.215)),
        )
        dim = np.float32(0.72) + np.float32(0.28) * smoothstep(np.float32(0.0), np.float32(0.013), gap)
        dim *= np.float32(0.18) + np.float32(0.70) * front
        dim *= np.float32(1.0) - np.float32(0.6) * smoothstep(np.float32(0.10), np.float32(0.28), side)
        return dim, np.float32(1.0)
    if kind == TONGUE:
        out[0], out[1], out[2] = np.float32(0.58), np.float32(0.16), np.float32(0.15)
        return np.float32(0.10) + np.float32(0.80) * front * front, np.float32(0.12)
    out[0], out[1], out[2] = np.float32(0.26), np.float32(0.06), np.float32(0.06)
    return np.float32(0.08) + np.float32(0.42) * front * front, np.float32(0.1)


@kernel
def shade_cloth(cloth: Floats, field: float, rx: float, ry: float, rz: float, out: Floats) -> None:
    """Albedo of cloth at a rest place into out[0:3]; field: how far inside the garment's edge, above 0."""
    one, nil = np.float32(1.0), np.float32(0.0)
    pattern = weave(int(cloth[6]), rx, ry, rz)
    collar = smoothstep(cloth[8] + np.float32(0.012), cloth[8] - np.float32(0.012), field)
    if collar > np.float32(0.5):
        pattern = np.float32(0.92) + np.float32(0.10) * math.sin(math.atan2(rx, rz) * np.float32(150.0))
    seam = one - np.float32(0.35) * smoothstep(np.float32(0.02), nil, abs(field - cloth[8]))
    seam *= one - np.float32(0.4) * smoothstep(np.float32(0.03), nil, field)
    for c in range(3):
        if int(cloth[6]) == 2 and pattern < np.float32(0.5) and collar < np.float32(0.5):
            out[c] = cloth[3 + c] * seam
        else:
            out[c] = (cloth[c] + (cloth[3 + c] - cloth[c]) * collar * cloth[9]) * pattern * seam


@kernel
def shade_samples(
    owner: Ints,
    screen: Floats,
    triangles: Ints,
    uvs: Floats,
    kinds: Ints,
    attributes: Floats,
    texture: Floats,
    tone: Floats,
    cloth: Floats,
    iris: Floats,
    eye_turns: Floats,
    lights: Floats,
    mouth: Floats,
    lens: Floats,
    picture: Floats,
) -> None:
    """Colour every sample that a triangle owns.

    tone (3,) body skin albedo; cloth (10,): colour, second colour, weave kind, sheen, collar width, collar shade;
    iris (6,): colour and inner glow; eye_turns (2, 3, 3) columns of the gaze frames; mouth (3,): openness, and rest
    z of the lips and of the throat; lens (3,): x and y of the axis and focal length, in samples.
    """
    height, width = owner.shape
    albedo = np.zeros(3, np.float32)
    one, nil = np.float32(1.0), np.float32(0.0)
    wrap = np.array([0.42, 0.20, 0.13], np.float32)
    for y in range(height):
        for x in range(width):
            t = owner[y, x]
            if t < 0:
                continue
            ia, ib, ic = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            ax, ay = screen[ia, 0], screen[ia, 1]
            ux, uy = screen[ib, 0] - ax, screen[ib, 1] - ay
            vx, vy = screen[ic, 0] - ax, screen[ic, 1] - ay
            px, py = np.float32(x) + np.float32(0.5) - ax, np.float32(y) + np.float32(0.5) - ay
            inverse = one / (ux * vy - uy * vx)
            v = (px * vy - py * vx) * inverse
            w = (ux * py - uy * px) * inverse
            u = one - v - w
            nx = between(attributes, NX, ia, ib, ic, v, w)
            ny = between(attributes, NY, ia, ib, ic, v, w)
            nz = between(attributes, NZ, ia, ib, ic, v, w)
            length = one / math.sqrt(nx * nx + ny * ny + nz * nz + np.float32(1e-12))
            nx, ny, nz = nx * length, ny * length, nz * length
            lit = between(attributes, LIT, ia, ib, ic, v, w)
            openness = between(attributes, OPEN, ia, ib, ic, v, w)
            ex, ey, ez = (lens[0] - np.float32(x)) / lens[2], (np.float32(y) - lens[1]) / lens[2], one
            length = one / math.sqrt(ex * ex + ey * ey + one)
            ex, ey, ez = ex * length, ey * length, ez * length

            kind = kinds[t]
            gloss, dim = one, one
            if kind == SKIN_HEAD:
                tu = u * uvs[t, 0, 0] + v * uvs[t, 1, 0] + w * uvs[t, 2, 0]
                tv = u * uvs[t, 0, 1] + v * uvs[t, 1, 1] + w * uvs[t, 2, 1]
                gloss = look_up(texture, tu, tv, albedo)
            elif kind in (SKIN_BODY, HAND):
                for c in range(3):
                    albedo[c] = tone[c]
                gloss = np.float32(0.7)
            elif kind in (EYE_LEFT, EYE_RIGHT):
                turn = eye_turns[kind - EYE_LEFT]
                lx = turn[0, 0] * nx + turn[1, 0] * ny + turn[2, 0] * nz
                ly = turn[0, 1] * nx + turn[1, 1] * ny + turn[2, 1] * nz
                lz = turn[0, 2] * nx + turn[1, 2] * ny + turn[2, 2] * nz
                kx = turn[0, 0] * lights[KEY, 0] + turn[1, 0] * lights[KEY, 1] + turn[2, 0] * lights[KEY, 2]
                ky = turn[0, 1] * lights[KEY, 0] + turn[1, 1] * lights[KEY, 1] + turn[2, 1] * lights[KEY, 2]
                shade_eye(lx, ly, lz, kx, ky, iris, albedo)
                gloss = nil
            else:
                front = smoothstep(mouth[2], mouth[1], between(attributes, RZ, ia, ib, ic, v, w))
                side = abs(between(attributes, RX, ia, ib, ic, v, w))
                dim, gloss = shade_mouth(kind, side, front, albedo)
                openness = np.float32(0.75)
                lit = np.float32(0.55) * lit + np.float32(0.25)

            is_cloth = False
            if kind in (SKIN_HEAD, SKIN_BODY):
                field = between(attributes, CLOTH, ia, ib, ic, v, w)
                if field > nil:
                    is_cloth = True
                    rx = between(attributes, RX, ia, ib, ic, v, w)
                    ry = between(attributes, RY, ia, ib, ic, v, w)
                    rz = between(attributes, RZ, ia, ib, ic, v, w)
                    shade_cloth(cloth, field, rx, ry, rz, albedo)
                    gloss = nil
                else:
                    # the garment darkens the skin beside it
                    dim = one - np.float32(0.45) * smoothstep(np.float32(-0.07), nil, field)

            key = nx * lights[KEY, 0] + ny * lights[KEY, 1] + nz * lights[KEY, 2]
            fill = nx * lights[FILL, 0] + ny * lights[FILL, 1] + nz * lights[FILL, 2]
            rim = nx * lights[RIM, 0] + ny * lights[RIM, 1] + nz * lights[RIM, 2]
            facing = max(nil, nx * ex + ny * ey + nz * ez)
            sky = np.float32(0.5) + np.float32(0.5) * ny
            grazing = (one - facing) * (one - facing)
            grazing *= grazing
            root_open, root_lit = math.sqrt(openness), math.sqrt(lit)
            fresnel = np.float32(0.028) + np.float32(0.55) * grazing * (one - facing)

            hx, hy, hz = lights[KEY, 0] + ex, lights[KEY, 1] + ey, lights[KEY, 2] + ez
            length = one / math.sqrt(hx * hx + hy * hy + hz * hz)
            half = max(nil, (nx * hx + ny * hy + nz * hz) * length)
            shine = nil
            if gloss > nil and key > nil:
                h2 = half * half
                h4 = h2 * h2
                h8 = h4 * h4
                h16 = h8 * h8
                shine = (
                    gloss
                    * fresnel
                    * lit
                    * key
                    * (np.float32(1.9) * h8 * h4 * h2 + np.float32(2.6) * h16 * h16 * h16)
                )
            rim_shine = fresnel * max(nil, rim) * np.float32(1.2)

            for c in range(3):
                a = albedo[c]
                if is_cloth:
                    width_c, shadow = np.float32(0.12), lit
                elif kind in (EYE_LEFT, EYE_RIGHT):
                    width_c, shadow = np.float32(0.5), lit
                else:
                    width_c = wrap[c]
                    shadow = lit + (root_lit - lit) * np.float32(0.9) * width_c
                k = max(nil, (key + width_c) / (one + width_c))
                f = max(nil, (fill + np.float32(0.4)) / np.float32(1.4))
                r = max(nil, (rim + width_c) / (one + width_c))
                closed = openness + (root_open - openness) * a
                light = lights[KEY_COLOUR, c] * k * shadow
                light += lights[FILL_COLOUR, c] * f * closed
                light += lights[RIM_COLOUR, c] * r * closed
                light += (lights[GROUND, c] + (lights[SKY, c] - lights[GROUND, c]) * sky) * closed
                colour = a * dim * light
                colour += shine * lights[KEY_COLOUR, c] + rim_shine * lights[RIM_COLOUR, c] * openness * gloss
                if is_cloth:
                    colour += cloth[7] * grazing * a * light
                picture[y, x, c] = colour

            if kind in (EYE_LEFT, EYE_RIGHT):
                catch = catchlight(turn, lx, ly, lz, ex, ey, ez, lights) * openness
                for c in range(3):
                    tint = lights[KEY_COLOUR, c] / lights[KEY_COLOUR, 1]
                    picture[y, x, c] += catch * (np.float32(0.4) + np.float32(0.6) * tint)


@kernel
def shares(at: int, factor2: int) -> tuple[float, float]:
    """What the first and the second sample of a pixel's row or column weigh; one that straddles two counts half."""
    if factor2 <= 2:
        return np.float32(1.0), np.float32(0.0)
    if factor2 == 4:
        return np.float32(0.5), np.float32(0.5)
    if at % 2:
        return np.float32(1.0 / 3.0), np.float32(2.0 / 3.0)
    return np.float32(2.0 / 3.0), np.float32(1.0 / 3.0)


@kernel
def developed(
    picture: Floats,
    cover: Floats,
    backdrop: Floats,
    plain: Bytes,
    curve: Floats,
    rgb: Bytes,
    matte: Bytes,
    factor2: int,
) -> None:
    """Average samples to pixels over the backdrop, and put them through the tone curve to sRGB codes.

    picture (rows, columns, 3) premultiplied by cover (rows, columns). `factor2` is twice the samples per pixel side
    (1 to 4). curve (4096,): sRGB code for linear light 0 to 4. backdrop (h, w, 3) linear, plain (h, w, 3)
    the same developed; rgb (h, w, 3) and matte (h, w) uint8 out.
    """
    height, width = matte.shape
    rows, columns = cover.shape
    last = np.float32(curve.shape[0] - 1)
    one, full, two = np.float32(1.0), np.float32(1023.75), np.float32(2.0)
    for y in range(height):
        y0 = y * factor2 // 2
        y1 = min(rows - 1, y0 + 1)
        upper, lower = shares(y, factor2)
        for x in range(width):
            x0 = x * factor2 // 2
            x1 = min(columns - 1, x0 + 1)
            left, right = shares(x, factor2)
            a, b, c, d = upper * left, upper * right, lower * left, lower * right
            share = a * cover[y0, x0] + b * cover[y0, x1] + c * cover[y1, x0] + d * cover[y1, x1]
            matte[y, x] = int(share * np.float32(255.0) + np.float32(0.5))
            if share == np.float32(0.0):
                for k in range(3):
                    rgb[y, x, k] = plain[y, x, k]
                continue
            rest = one - share
            for k in range(3):
                # compress before averaging, or one bright sample would leave a jagged edge
                light = a * min(picture[y0, x0, k], two) + b * min(picture[y0, x1, k], two)
                light += c * min(picture[y1, x0, k], two) + d * min(picture[y1, x1, k], two)
                light += rest * backdrop[y, x, k]
                rgb[y, x, k] = int(curve[int(min(max(light * full, np.float32(0.0)), last))])
