"""Cut-out: a person taken out of a room's picture without the room: a fine matte, and the person's own colours in it.

The segmenter knows where a person is to a few pixels. What lies between is solved from the picture itself, as
compositors do: first how much of each pixel is the person, then which colour that part has.

Matte: the guided filter with a coloured guide is one step of Jacobi's method on the matting Laplacian (He, Sun, Tang,
"Guided image filtering", PAMI 35(6), 2013, section 3.4; Levin, Lischinski, Weiss, "A closed-form solution to natural
image matting", PAMI 30(2), 2008); a few of them with the certain pixels held come near its solution.
Colours: Germer, Uelwer, Conrad, Harmeling, "Fast multi-level foreground estimation", ICPR 2020 (arXiv 2006.14970).
"""

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]

DOUBT = 0.12
"""Half the width of the band in which the mask is not believed, in units (distances between the eyes)."""
WINDOW = 0.045
"""Radius of the filter's window, in units."""
STEPS = 6
FLATNESS = 4e-4
"""Variance of a colour of 0 to 1 below which the guide counts as flat."""
CHOKE = (0.14, 0.82)
"""Shares of the person that become none and all: what is left of a haze beyond the edge goes."""
SMOOTHNESS, GRADIENT = 1e-5, 1.0
"""Of the foreground's energy: how smooth colours are everywhere, and more so where the matte changes (section 3)."""
SMALL, SMALL_STEPS, LARGE_STEPS = 32, 10, 2
"""Levels up to this side take more steps."""


def refine_matte(mask: Floats, person: Picture, unit: float) -> Floats:
    """The share of each pixel that is the person, to the strand.

    Args:
        mask: ``(height, width)``, 0 to 1: right but for a band along its edge.
        person: ``(height, width, 3) uint8``, sRGB, that it belongs to.
        unit: Distance between the eyes, pixels: the scale of the band and of the window.

    Returns:
        ``(height, width) float32``, 0 to 1; the mask itself away from its edge.
    """
    reach = max(2, round(DOUBT * unit))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    surely = np.asarray(cv2.erode((mask > 0.9).astype(np.uint8), kernel), np.uint8)
    never = np.asarray(cv2.erode((mask < 0.1).astype(np.uint8), kernel), np.uint8)
    if not surely.any() or not never.any():
        return mask
    guide = person.astype(np.float32) * np.float32(1 / 255)
    radius = max(1, round(WINDOW * unit))
    mean, inverse = _windows(guide, radius)
    share = np.where(never > 0, np.float32(0), np.maximum(mask, surely).astype(np.float32))
    moments = np.empty((*mask.shape, 4), np.float32)
    for _ in range(STEPS):
        _weigh(guide, share, moments)
        lines = _mean(moments, radius)
        _fit(lines, mean, inverse)
        _draw(_mean(lines, radius), guide, surely, never, share)
    low, high = CHOKE
    return np.asarray(np.clip((share - low) / (high - low), 0, 1), np.float32)


def _windows(guide: Floats, radius: int) -> tuple[Floats, Floats]:
    """Mean colour around each pixel, (height, width, 3), and the inverse of the colours' covariance, (..., 6)."""
    mean = _mean(guide, radius)
    inverse = np.empty((*guide.shape[:2], 6), np.float32)
    for first, pairs in ((0, ((0, 0), (0, 1), (0, 2))), (3, ((1, 1), (1, 2), (2, 2)))):
        products = np.dstack([cv2.multiply(guide[..., i], guide[..., j]) for i, j in pairs])
        inverse[..., first : first + 3] = _mean(np.asarray(products, np.float32), radius)
    _invert(inverse, mean, FLATNESS)
    return mean, inverse


def _mean(values: Floats, radius: int) -> Floats:
    window = (2 * radius + 1, 2 * radius + 1)
    return np.asarray(cv2.boxFilter(values, cv2.CV_32F, window, borderType=cv2.BORDER_REFLECT), np.float32)


@numba.njit(cache=True, nogil=True)
def _invert(moments: Floats, mean: Floats, flat: float) -> None:
    """Mean products of the channels (rr, rg, rb, gg, gb, bb) -> inverse of their covariance, in place."""
    ridge = np.float32(flat)
    for y in range(mean.shape[0]):
        for x in range(mean.shape[1]):
            r, g, b = mean[y, x, 0], mean[y, x, 1], mean[y, x, 2]
            rr = moments[y, x, 0] - r * r + ridge
            rg, rb = moments[y, x, 1] - r * g, moments[y, x, 2] - r * b
            gg = moments[y, x, 3] - g * g + ridge
            gb, bb = moments[y, x, 4] - g * b, moments[y, x, 5] - b * b + ridge
            a, d, f = gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg
            scale = np.float32(1) / max(np.float32(1e-12), rr * a + rg * d + rb * f)
            moments[y, x, 0], moments[y, x, 1], moments[y, x, 2] = a * scale, d * scale, f * scale
            moments[y, x, 3] = (rr * bb - rb * rb) * scale
            moments[y, x, 4] = (rg * rb - rr * gb) * scale
            moments[y, x, 5] = (rr * gg - rg * rg) * scale


@numba.njit(cache=True, nogil=True)
def _weigh(guide: Floats, share: Floats, out: Floats) -> None:
    """Colour times share, and the share."""
    for y in range(share.shape[0]):
        for x in range(share.shape[1]):
            part = share[y, x]
            out[y, x, 0] = guide[y, x, 0] * part
            out[y, x, 1] = guide[y, x, 1] * part
            out[y, x, 2] = guide[y, x, 2] * part
            out[y, x, 3] = part


@numba.njit(cache=True, nogil=True)
def _fit(moments: Floats, mean: Floats, inverse: Floats) -> None:
    """Each window's line from colour to share, three slopes and an offset, in place of its moments."""
    for y in range(mean.shape[0]):
        for x in range(mean.shape[1]):
            share = moments[y, x, 3]
            r = moments[y, x, 0] - mean[y, x, 0] * share
            g = moments[y, x, 1] - mean[y, x, 1] * share
            b = moments[y, x, 2] - mean[y, x, 2] * share
            red = inverse[y, x, 0] * r + inverse[y, x, 1] * g + inverse[y, x, 2] * b
            green = inverse[y, x, 1] * r + inverse[y, x, 3] * g + inverse[y, x, 4] * b
            blue = inverse[y, x, 2] * r + inverse[y, x, 4] * g + inverse[y, x, 5] * b
            moments[y, x, 0], moments[y, x, 1], moments[y, x, 2] = red, green, blue
            moments[y, x, 3] = share - red * mean[y, x, 0] - green * mean[y, x, 1] - blue * mean[y, x, 2]


@numba.njit(cache=True, nogil=True)
def _draw(
    lines: Floats, guide: Floats, surely: NDArray[np.uint8], never: NDArray[np.uint8], share: Floats
) -> None:
    """The share that the lines give each pixel's colour; where it is certain it stays."""
    for y in range(share.shape[0]):
        for x in range(share.shape[1]):
            if surely[y, x] or never[y, x]:
                continue
            value = lines[y, x, 3] + lines[y, x, 0] * guide[y, x, 0]
            value += lines[y, x, 1] * guide[y, x, 1] + lines[y, x, 2] * guide[y, x, 2]
            share[y, x] = min(np.float32(1), max(np.float32(0), value))


def foreground(picture: Picture, matte: Floats) -> Picture:
    """The person's own colour in every pixel, carried on smoothly where there is nothing of her or him.

    Args:
        picture: ``(height, width, 3) uint8``, sRGB: person and room, mixed by the matte.
        matte: ``(height, width)``, 0 to 1.

    Returns:
        ``(height, width, 3) uint8``, sRGB.
    """
    pyramid = [(picture.astype(np.float32), matte)]
    while max(pyramid[-1][1].shape) > 1:
        image, cover = pyramid[-1]
        half = max(1, (cover.shape[1] + 1) // 2), max(1, (cover.shape[0] + 1) // 2)
        image = np.asarray(cv2.resize(image, half, interpolation=cv2.INTER_AREA), np.float32)
        cover = np.asarray(cv2.resize(cover, half, interpolation=cv2.INTER_AREA), np.float32)
        pyramid.append((image.reshape(half[1], half[0], 3), cover.reshape(half[1], half[0])))
    front: Floats
    back: Floats
    front, back = (
        np.array(cv2.mean(picture, where.astype(np.uint8))[:3], np.float32).reshape(1, 1, 3)
        for where in (matte > 0.9, matte < 0.1)
    )
    for image, cover in reversed(pyramid):
        size = cover.shape[1], cover.shape[0]
        front, back = (
            np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_NEAREST), np.float32).reshape(
                image.shape
            )
            for part in (front, back)
        )
        for _ in range(SMALL_STEPS if max(size) <= SMALL else LARGE_STEPS):
            _settle(image, cover, front, back, SMOOTHNESS, GRADIENT)
    return np.asarray(np.rint(np.clip(front, 0, 255)), np.uint8)


@numba.njit(cache=True, nogil=True)
def _settle(  # noqa: PLR0917 - compiled: positions only
    image: Floats, matte: Floats, front: Floats, back: Floats, smooth: float, steep: float
) -> None:
    """One pass of Gauss and Seidel over a level: both colours of each pixel from its neighbours' and the picture."""
    height, width = matte.shape
    for y in range(height):
        for x in range(width):
            share = matte[y, x]
            rest = np.float32(1) - share
            total = np.float32(0)
            f0 = f1 = f2 = b0 = b1 = b2 = np.float32(0)
            for k in range(4):
                v = min(height - 1, max(0, y + (k == 1) - (k == 0)))
                u = min(width - 1, max(0, x + (k == 3) - (k == 2)))
                pull = np.float32(smooth) + np.float32(steep) * abs(share - matte[v, u])
                total += pull
                f0 += pull * front[v, u, 0]
                f1 += pull * front[v, u, 1]
                f2 += pull * front[v, u, 2]
                b0 += pull * back[v, u, 0]
                b1 += pull * back[v, u, 1]
                b2 += pull * back[v, u, 2]
            # (share^2 + total) F + share rest B = share I + f; share rest F + (rest^2 + total) B = rest I + b
            one, two, both = share * share + total, rest * rest + total, share * rest
            scale = np.float32(1) / (one * two - both * both)
            for c in range(3):
                pulled = (f0, f1, f2)[c]
                other = (b0, b1, b2)[c]
                p = share * image[y, x, c] + pulled
                q = rest * image[y, x, c] + other
                front[y, x, c] = min(np.float32(255), max(np.float32(0), (two * p - both * q) * scale))
                back[y, x, c] = min(np.float32(255), max(np.float32(0), (one * q - both * p) * scale))
