"""Images for the page: the same scenes under every method, and where the subject loses most against the source."""

import base64
import io
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from PIL import Image

from dakpn.data.label_spaces import LabelSpace
from dakpn.data.views import View
from dakpn.evaluation.confusion import ConfusionStore
from dakpn.evaluation.metrics import from_marginals, marginals

WIDTH, QUALITY = 400, 80
"""Largest width of an image in pixels, and its quality as WebP."""
LEAST = 0.01
"""A class that has a smaller share of an image's pixels is not looked at: a few pixels make any IoU."""
WORST = 6


def webp(image: np.ndarray | Image.Image, width: int = WIDTH, *, lossless: bool = False) -> str:
    """An image, (H,W,3) uint8, as the address of a WebP that is at most `width` pixels wide."""
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    if image.width > width:
        size = (width, round(image.height * width / image.width))
        image = image.resize(size, Image.Resampling.NEAREST if lossless else Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    # An alpha channel kept exactly takes seven times as long to encode.
    image.convert("RGBA" if image.has_transparency_data else "RGB").save(
        stream, "WEBP", quality=QUALITY, alpha_quality=90, lossless=lossless, method=6
    )
    return "data:image/webp;base64," + base64.b64encode(stream.getvalue()).decode("ascii")


def scenes(section: Mapping[str, Any]) -> dict[str, Any]:
    """What look.html.j2 shows of one task. section: from `dakpn.plan.report.look`.

    ids; methods: label -> addresses of its translations of these scenes, the untranslated source first; size: height
    and width; worst: from `worst_images`; source, subject: the labels that those compare; legend: (class, colour).
    """
    view, methods, ids = View.open(section["view"]), {}, []
    for label, path in section["samples"].items():
        with np.load(path, allow_pickle=False) as samples:
            ids = [str(name) for name in samples["ids"]]
            methods[label] = [webp(image) for image in samples["translation"]]
            height, width = samples["translation"].shape[1:3]
    (source, before), (subject, after) = section["stores"].items()
    worst = worst_images(*([ConfusionStore.load(path) for path in paths] for paths in (before, after)))
    space, places = view.label_space, {name: place for place, name in enumerate(view.ids)}
    for entry in worst:
        place = places[entry["image"]]
        entry["shown"] = webp(view.images[place])
        entry["labels"] = webp(space.colourise(view.labels[place]), lossless=True)
    about = {"task": section["task"], "ids": ids, "methods": methods, "size": (height, width)}
    return {**about, "worst": worst, "source": source, "subject": subject, "legend": legend(space)}


def worst_images(before: Iterable[ConfusionStore], after: Iterable[ConfusionStore]) -> list[dict[str, Any]]:
    """The image on which each class loses most IoU from `before` to `after`, the largest losses first, at most WORST.

    before, after: stores of the same images, whose matrices are summed over seeds and replicates. An entry has class,
    image (id), before, after and loss, in points. A class counts on images where it covers a share of LEAST or more.
    """
    before, after = list(before), list(after)
    sums = [sum(marginals(store.counts) for store in stores) for stores in (before, after)]
    iou = [100 * from_marginals(of)[3] for of in sums]
    targets = sums[0][:, 1]
    share = targets / np.maximum(targets.sum(axis=1, keepdims=True), 1)
    loss = np.where(share >= LEAST, iou[0] - iou[1], -np.inf)
    found = []
    for index, name in enumerate(before[0].label_space.classes):
        place = int(np.nanargmax(loss[:, index])) if np.isfinite(loss[:, index]).any() else 0
        if loss[place, index] > 0 and np.isfinite(loss[place, index]):
            ends = (float(of[place, index]) for of in iou)
            about = dict(zip(("before", "after"), ends, strict=True), loss=float(loss[place, index]))
            found.append({"class": name, "image": before[0].ids[place], **about})
    return sorted(found, key=lambda entry: -entry["loss"])[:WORST]


def legend(space: LabelSpace) -> list[tuple[str, str]]:
    """(class, colour as #rrggbb) of a label space."""
    colours = ("#{:02x}{:02x}{:02x}".format(*colour) for colour in space.colours)
    return list(zip(space.classes, colours, strict=False))
