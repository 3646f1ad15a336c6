"""Bad input, kind by kind: each either works or ends in a message of its own that names the file and the cure."""

import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat
from tiny_images import SIZE, picture, png, save, save_16, stripes

from dakpn.data import READERS
from dakpn.errors import InputError

WORKS = None


class Kind(NamedTuple):
    """What is wrong; the data set it is done to; the damage, which may return another root; what the message says."""

    what: str
    dataset: str
    damage: Callable[[Path], Path | None]
    message: str | None
    split: str = "train"


def renamed(old: str, new: str) -> Callable[[Path], None]:
    def damage(root: Path) -> None:
        (root / new).parent.mkdir(parents=True, exist_ok=True)
        (root / old).rename(root / new)

    return damage


def written(name: str, pixels: np.ndarray, mode: str | None = None) -> Callable[[Path], None]:
    return lambda root: save(root / name, pixels, mode)


def cut(name: str, keep: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    return lambda root: (root / name).write_bytes(keep((root / name).read_bytes())) and None


def removed(name: str) -> Callable[[Path], None]:
    return lambda root: (root / name).unlink()


def copied(old: str, new: str) -> Callable[[Path], None]:
    def damage(root: Path) -> None:
        (root / new).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / old, root / new)

    return damage


def edited(name: str, edit: Callable[[list[str]], list[str]]) -> Callable[[Path], None]:
    return lambda root: (
        (root / name).write_text("\n".join(edit((root / name).read_text().splitlines())) + "\n") and None
    )


def packed(root: Path) -> None:
    for path in list(root.iterdir()):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    with zipfile.ZipFile(root / "01_images.zip", "w") as archive:
        archive.writestr("images/00001.png", b"")


def deeper(root: Path) -> None:
    inner = root.with_name("inner")
    root.rename(inner)
    root.mkdir()
    inner.rename(root / "unpacked")


def elsewhere(name: str) -> Callable[[Path], Path]:
    def damage(root: Path) -> Path:
        shutil.copytree(root, root.parent / name / "set")
        return root.parent / name / "set"

    return damage


def linked(root: Path) -> Path:
    """A tree of links: every file and one folder."""
    farm = root.with_name("farm")
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.parent.name != "labels":
            (farm / path.relative_to(root)).parent.mkdir(parents=True, exist_ok=True)
            (farm / path.relative_to(root)).symlink_to(path)
    (farm / "labels").symlink_to(root / "labels", target_is_directory=True)
    return farm


def dangling(root: Path) -> None:
    (root / "images/00001.png").unlink()
    (root / "images/00001.png").symlink_to(root / "gone.png")


def read_only(root: Path) -> None:
    for path in [*root.rglob("*"), root]:
        path.chmod(0o555 if path.is_dir() else 0o444)


def saved_as(name: str, source: np.ndarray, mode: str, **options) -> Callable[[Path], None]:
    return lambda root: Image.fromarray(source).convert(mode).save(root / name, **options)


def exif_rotated(root: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(root / "CelebA-HQ-img/0.jpg") as image:
        image.load()
        wide = image.resize((48, 32))
    wide.save(root / "CelebA-HQ-img/0.jpg", exif=exif)
    for path in (root / "CelebAMask-HQ-mask-anno/0").glob("00000_*.png"):
        Image.open(path).resize((24, 16)).save(path)


def animated(root: Path) -> None:
    frames = [Image.fromarray(picture(i)) for i in range(2)]
    frames[0].save(root / "images/00001.png", save_all=True, append_images=frames[1:])


def emptied_split(root: Path) -> None:
    savemat(root / "split.mat", {f"{split}Ids": np.zeros((0, 1), np.uint16) for split in ("train", "val", "test")})


def twice_in_split(root: Path) -> None:
    savemat(root / "split.mat", {"trainIds": np.array([[1], [2], [2]], np.uint16)})


def classes(text: str) -> Callable[[Path], None]:
    """Another classes.yaml."""
    return lambda root: (root / "classes.yaml").write_text(text) and None


def linked_folders(root: Path) -> None:
    for part in ("images", "labels"):
        (root / part / "train").rename(root.with_name(part))
        (root / part / "train").symlink_to(root.with_name(part), target_is_directory=True)


def grey_4(label: np.ndarray) -> bytes:
    """A PNG with 4 bits per pixel, which Pillow reads but does not write."""
    rows = (label[:, ::2] << 4 | label[:, 1::2]).astype(np.uint8)
    return png(label.shape, 4, 0, b"".join(b"\0" + row.tobytes() for row in rows))


OWN = "classes: [{name: lane, id: 7}, {name: kiosk, id: 20}, {name: car, id: 3}]\n"
MAPPING = "CelebA-HQ-to-CelebA-mapping.txt"
MASKS = "CelebAMask-HQ-mask-anno"
AACHEN = "aachen_000000_000019"
half = lambda content: content[: len(content) // 2]  # noqa: E731

KINDS = [
    # The root.
    Kind("missing root", "gta5", lambda root: root / "nowhere", r"nowhere: there is no such folder\. Unpack"),
    Kind("root is a file", "gta5", lambda root: root / "split.mat", r"split\.mat: the root of gta5 is a file"),
    Kind("root one level too high", "gta5", deeper, r"one level deeper: set the root to .*gta5/unpacked\."),
    Kind("root one level too low", "gta5", lambda root: root / "images", r"one level higher: set the root to .*gta5\."),
    Kind("Cityscapes root too low", "cityscapes", lambda r: r / "gtFine", r"one level higher: .*/cityscapes\."),
    Kind("FaceSynthetics root too high", "facesynthetics", deeper, r"one level deeper: .*facesynthetics/unpacked\."),
    Kind("archives left packed", "gta5", packed, r"archives that are still packed \(01_images\.zip\): unpack them"),
    Kind(
        "folder in the wrong case", "gta5", renamed("images", "Images"), r"There is Images instead.*rename it to images"
    ),
    Kind(
        "half of the archives",
        "cityscapes",
        lambda r: shutil.rmtree(r / "gtFine"),
        r"gtFine: the folder does not exist",
    ),
    Kind("blanks and unicode in the path", "gta5", elsewhere("Bilder für GTA – 合成"), WORKS),
    Kind("blanks and unicode, Cityscapes", "cityscapes", elsewhere("Städte 2016"), WORKS),
    Kind("tree of links", "gta5", linked, WORKS),
    Kind("dangling link", "gta5", dangling, r"00001\.png: the link points to .*gone\.png, which does not exist"),
    Kind("read-only root", "gta5", read_only, WORKS),
    # Names.
    Kind("suffix in the wrong case", "gta5", renamed("images/00001.png", "images/00001.PNG"), WORKS),
    Kind("two files of one id", "gta5", copied("images/00001.png", "images/00001.PNG"), r"second file of id 00001"),
    Kind(
        "padded and unpadded face",
        "celebamask-hq",
        copied("CelebA-HQ-img/0.jpg", "CelebA-HQ-img/00000.jpg"),
        r"second file of id 00000",
    ),
    Kind(
        "frame in two cities",
        "cityscapes",
        copied(f"leftImg8bit/train/aachen/{AACHEN}_leftImg8bit.png", f"leftImg8bit/train/ulm/{AACHEN}_leftImg8bit.png"),
        rf"second file of id {AACHEN}",
    ),
    Kind(
        "mask in two folders",
        "celebamask-hq",
        copied(f"{MASKS}/0/00000_skin.png", f"{MASKS}/1/00000_skin.png"),
        r"second file of id 00000_skin",
    ),
    Kind(
        "every name foreign",
        "camvid",
        lambda r: [p.rename(p.with_suffix(".jpeg")) for p in (r / "train").iterdir()] and None,
        r"Names do not fit, such as train/.*\.jpeg",
    ),
    Kind(
        "converted labels beside the labels",
        "gta5",
        copied("labels/00002.png", "labels/00002_labelTrainIds.png"),
        WORKS,
    ),
    Kind(
        "notes and thumbnails beside the images",
        "gta5",
        lambda r: (r / "images/Thumbs.db").write_bytes(b"x") and None,
        WORKS,
    ),
    Kind("copies of a desktop's making", "facesynthetics", copied("000000.png", "._000000.png"), WORKS),
    Kind(
        "folder with the name of an image",
        "gta5",
        lambda r: [(r / "images/00001.png").unlink(), (r / "images/00001.png").mkdir()] and None,
        r"00001\.png: a folder has the name of a file",
    ),
    Kind("masks in the folder without the hyphen", "celebamask-hq", renamed(MASKS, "CelebAMaskHQ-mask-anno"), WORKS),
    # Lists.
    Kind("split.mat missing", "gta5", removed("split.mat"), r"split\.mat: no such file.*read_mapping\.zip"),
    Kind("split.mat damaged", "gta5", cut("split.mat", half), r"split\.mat: not a readable MATLAB file"),
    Kind("split empty", "gta5", emptied_split, r"split 'train' of gta5 has no image with a label"),
    Kind("id twice in split.mat", "gta5", twice_in_split, r"split\.mat: 'trainIds' names id 2 more than once"),
    Kind("withheld split", "cityscapes", lambda root: None, r"split 'test' cannot be used.*withheld", "test"),
    Kind("mapping missing", "celebamask-hq", removed(MAPPING), r"mapping\.txt: no such file"),
    Kind("mapping without header", "celebamask-hq", edited(MAPPING, lambda lines: lines[1:]), WORKS),
    Kind(
        "mapping without header and first row",
        "celebamask-hq",
        edited(MAPPING, lambda lines: lines[2:]),
        r"mapping\.txt: no row for image 00000 .*header is removed twice",
    ),
    Kind(
        "mapping row missing",
        "celebamask-hq",
        edited(MAPPING, lambda lines: lines[:3] + lines[4:]),
        r"mapping\.txt: no row for image 00002",
    ),
    Kind(
        "mapping row twice",
        "celebamask-hq",
        edited(MAPPING, lambda lines: lines + lines[-1:]),
        r"mapping\.txt: line 8 names image 2001 a second time",
    ),
    Kind(
        "mapping holds prose",
        "celebamask-hq",
        edited(MAPPING, lambda lines: lines + ["quota exceeded"]),
        r"mapping\.txt: line 8 is not 'idx orig_idx orig_file'",
    ),
    # Images.
    Kind("zero-byte image", "gta5", cut("images/00001.png", lambda content: b""), r"00001\.png: the file is empty"),
    Kind("truncated PNG", "gta5", cut("images/00001.png", half), r"00001\.png: the file cannot be decoded \("),
    Kind("PNG without its end", "gta5", cut("images/00001.png", lambda c: c[:-1]), r"00001\.png.*its end is cut off"),
    Kind("truncated JPEG", "celebamask-hq", cut("CelebA-HQ-img/0.jpg", half), r"0\.jpg: the file cannot be decoded"),
    Kind(
        "one byte flipped",
        "gta5",
        cut("images/00001.png", lambda c: c[: len(c) // 2] + bytes([c[len(c) // 2] ^ 1]) + c[len(c) // 2 + 1 :]),
        r"00001\.png: the file cannot be decoded",
    ),
    Kind(
        "web page saved as image",
        "gta5",
        cut("images/00001.png", lambda c: b"<html>quota</html>"),
        r"00001\.png.*it is not an image",
    ),
    Kind("animated PNG", "gta5", animated, r"00001\.png: the file is an animation of 2 frames"),
    Kind(
        "CMYK JPEG",
        "celebamask-hq",
        saved_as("CelebA-HQ-img/0.jpg", picture(0, (32, 32)), "CMYK"),
        r"0\.jpg: pixels of mode CMYK are not 8-bit colour",
    ),
    Kind("JPEG turned by its EXIF tag", "celebamask-hq", exif_rotated, WORKS),
    Kind("grey JPEG", "celebamask-hq", saved_as("CelebA-HQ-img/0.jpg", picture(0, (32, 32)), "L"), WORKS),
    Kind("image with alpha", "gta5", saved_as("images/00001.png", picture(1), "RGBA"), WORKS),
    Kind(
        "16-bit grey image", "gta5", written("images/00001.png", np.zeros(SIZE, np.uint16)), r"mode I;16 are not 8-bit"
    ),
    # Labels.
    Kind(
        "16-bit label",
        "cityscapes",
        written(f"gtFine/train/aachen/{AACHEN}_gtFine_labelIds.png", stripes([7]).astype(np.uint16)),
        r"labelIds\.png: a label must be a single-channel 8-bit PNG .* its mode is I;16",
    ),
    Kind(
        "16-bit colour label",
        "gta5",
        lambda r: save_16(r / "labels/00001.png", np.zeros((*SIZE, 3), np.uint16)),
        r"00001\.png: a label must be a single-channel 8-bit PNG .* its mode is RGB",
    ),
    Kind("8-bit label of SYNTHIA", "synthia", written("GT/LABELS/0000000.png", stripes([3])), r"must be a 16-bit PNG"),
    Kind(
        "RGB label",
        "gta5",
        written("labels/00001.png", picture(1)),
        r"00001\.png: .*mode is RGB; ids cannot be recovered",
    ),
    Kind("RGBA label", "facesynthetics", saved_as("000000_seg.png", picture(0, (24, 24)), "RGBA"), r"its mode is RGBA"),
    Kind(
        "label saved as JPEG",
        "gta5",
        saved_as("labels/00001.png", stripes([7, 8]), "L", format="JPEG"),
        r"00001\.png: a label must be a PNG but this is JPEG",
    ),
    Kind(
        "mask saved as JPEG",
        "celebamask-hq",
        saved_as(f"{MASKS}/0/00000_hair.png", np.zeros((16, 16), np.uint8), "L", format="JPEG"),
        r"00000_hair\.png: a label must be a PNG but this is JPEG",
    ),
    Kind(
        "id out of range",
        "gta5",
        written("labels/00001.png", stripes([7, 35]), "P"),
        r"00001\.png: .*does not have: \[35\]",
    ),
    Kind(
        "Cityscapes id -1 written as 255",
        "cityscapes",
        written(f"gtFine/train/aachen/{AACHEN}_gtFine_labelIds.png", stripes([7, 255])),
        WORKS,
    ),
    Kind(
        "train ids under the name of ids",
        "facesynthetics",
        written("000000_seg.png", stripes([1, 19], (24, 24))),
        r"000000_seg\.png: holds ids that facesynthetics does not have: \[19\]",
    ),
    Kind(
        "label smaller than its image",
        "gta5",
        written("labels/00001.png", stripes([7], (8, 12)), "P"),
        r"labels/00001\.png: the label is 12x8 pixels, its image 24x16",
    ),
    Kind("known mismatched frame", "gta5", lambda root: None, WORKS, "val"),
    Kind(
        "mask of other proportions",
        "celebamask-hq",
        lambda r: [save(p, np.zeros((16, 20), np.uint8)) for p in (r / MASKS / "0").glob("00000_*")] and None,
        r"00000_\w+\.png: the mask is 20x16 pixels, its image 32x32: other proportions",
    ),
    Kind(
        "masks of two sizes",
        "celebamask-hq",
        written(f"{MASKS}/0/00000_neck.png", np.zeros((8, 8), np.uint8)),
        r"00000_neck\.png: the mask is 8x8 pixels",
    ),
    Kind(
        "zero-byte mask", "celebamask-hq", cut(f"{MASKS}/0/00000_neck.png", lambda c: b""), r"00000_neck\.png: .*empty"
    ),
    Kind("all-zero mask", "celebamask-hq", written(f"{MASKS}/0/00000_nose.png", np.zeros((16, 16), np.uint8)), WORKS),
    Kind(
        "grey label of 4 bits",
        "folder",
        lambda r: (r / "labels/train/north/a.png").write_bytes(grey_4(np.full(SIZE, 3, np.uint8))) and None,
        r"a\.png: a label must be a single-channel 8-bit PNG .* grey of less than 8 bits.* Copy ",
    ),
    # Own data.
    Kind("class list missing", "folder", removed("classes.yaml"), r"classes\.yaml: no such file\. Copy images"),
    Kind("own root one level too low", "folder", lambda r: r / "images", r"one level higher: set the root to .*town\."),
    Kind("no labels at all", "folder", lambda r: shutil.rmtree(r / "labels"), r"labels: the folder does not exist"),
    Kind(
        "split that is no folder", "folder", lambda root: None, r"no split 'dev'\. Choose one of train, val, all", "dev"
    ),
    Kind("labels lack the split", "folder", renamed("labels/train", "labels/tr"), r"labels/train: the folder does not"),
    Kind("class list is no YAML", "folder", classes("classes: ["), r"classes\.yaml: not readable as YAML"),
    Kind("class list is empty", "folder", classes(""), r"classes\.yaml: the file: Input should be a valid dict"),
    Kind("class list without classes", "folder", classes("ignore: [0]"), r"classes: the key is missing"),
    Kind(
        "unknown key", "folder", classes(OWN + "ignor: [0]"), r"classes\.yaml: ignor: no such key\. Did you mean ignore"
    ),
    Kind(
        "unknown key of a class",
        "folder",
        classes("classes: [{name: lane, id: 7, color: [1, 2, 3]}]"),
        r"classes\.0\.color: no such key\. Did you mean colour",
    ),
    Kind("id above 255", "folder", classes("classes: [{name: lane, id: 256}]"), r"classes\.0\.id: .*given: 256"),
    Kind(
        "class name that YAML reads as no",
        "folder",
        classes("classes: [{name: no, id: 1}]"),
        r"classes\.0\.name: .*False",
    ),
    Kind(
        "two classes of one id",
        "folder",
        classes("classes: [{name: a, id: 7}, {name: b, id: 7}]"),
        r"id 7 is given twice",
    ),
    Kind("class that is ignored", "folder", classes(OWN + "ignore: [7]"), r"classes\.yaml: id 7 is given twice"),
    Kind(
        "id that the class list lacks",
        "folder",
        classes(OWN),
        r"a\.png: holds ids that folder does not have: \[0\].*ignore",
    ),
    Kind("map without label space", "folder", classes(OWN + "map: {lane: road}"), r"map: there is no label_space"),
    Kind(
        "unknown label space",
        "folder",
        classes(OWN + "label_space: cityscape"),
        r"label_space: .*Did you mean cityscapes",
    ),
    Kind(
        "class without counterpart",
        "folder",
        classes(OWN + "ignore: [0]\nlabel_space: cityscapes\nmap: {lane: road}"),
        r"map: cityscapes has no class 'kiosk'\. Map it to one of its classes, or to null",
    ),
    Kind(
        "map to no class",
        "folder",
        classes(OWN + "label_space: cityscapes\nmap: {lane: rode, kiosk: null}"),
        r"map\.lane: no such class 'rode'\. Did you mean road",
    ),
    Kind(
        "map of no class",
        "folder",
        classes(OWN + "label_space: cityscapes\nmap: {lane: road, kiosk: null, lanes: road}"),
        r"map\.lanes: not among `classes`\. Did you mean lane",
    ),
    Kind(
        "nothing mapped",
        "folder",
        classes(OWN + "ignore: [0]\nlabel_space: cityscapes\nmap: {lane: null, kiosk: null, car: null}"),
        r"map: no class of cityscapes that is scored is reached",
    ),
    Kind(
        "own label of another size",
        "folder",
        written("labels/train/north/a.png", stripes([7], (8, 12))),
        r"a\.png: the label is 12x8 pixels, its image 24x16\. Unpack or copy",
    ),
    Kind(
        "own label saved as JPEG",
        "folder",
        lambda r: (
            [
                save(r / "labels/train/north/a.jpg", stripes([7, 3])),
                (r / "labels/train/north/a.png").unlink(),
            ]
            and None
        ),
        r"a\.jpg: a label must be a PNG but this is JPEG",
    ),
    Kind(
        "image as PNG and as JPEG",
        "folder",
        copied("images/train/north/a.png", "images/train/north/a.jpg"),
        r"a\.png: a second file of id train/north/a, beside .*a\.jpg",
    ),
    Kind(
        "images of another kind",
        "folder",
        lambda r: [path.rename(path.with_suffix(".tif")) for path in (r / "images/train").rglob("*.png")] and None,
        r"split 'train' of town has no image with a label \(2 ids lack one of the two\)\. Names do not fit, such as "
        r"images/train/north/a\.tif",
    ),
    Kind("own image without label", "folder", removed("labels/train/north/a.png"), WORKS),
    Kind("notes beside own images", "folder", lambda r: (r / "images/train/notes.txt").write_text("x") and None, WORKS),
    Kind(
        "desktop's files beside own images",
        "folder",
        lambda r: [(r / "images/.DS_Store").write_text("x"), (r / "images/train/._a.png").write_text("x")] and None,
        WORKS,
    ),
    Kind("links to own folders", "folder", linked_folders, WORKS),
    # Pairs.
    Kind("image without label", "gta5", removed("labels/00002.png"), WORKS),
    Kind("label without image", "facesynthetics", removed("000003.png"), WORKS),
    Kind(
        "face without a mask",
        "celebamask-hq",
        lambda r: [path.unlink() for path in (r / MASKS / "0").glob("00000_*")] and None,
        WORKS,
    ),
]


def read_everything(kind: Kind, root: Path) -> int:
    reader = READERS[kind.dataset](root, kind.split)
    for i in range(len(reader)):
        assert reader.image(i).shape[:2] == reader.label(i).shape
    return len(reader)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.what)
def test_bad_input_works_or_is_explained(kind, roots):
    root = roots[kind.dataset]
    root = kind.damage(root) or root
    if kind.message is WORKS:
        assert read_everything(kind, root) > 0
    else:
        with pytest.raises(InputError, match=kind.message) as caught:
            read_everything(kind, root)
        assert "\n" not in str(caught.value)


def test_no_two_kinds_share_a_name():
    names = [kind.what for kind in KINDS]
    assert len(names) == len(set(names)) >= 30


@pytest.mark.parametrize("reads", ["image", "label"])
def test_a_file_without_permission_is_named(gta5, reads, monkeypatch):
    reader = READERS["gta5"](gta5, "train")

    # Who runs the tests may be allowed to read everything, so the refusal is played.
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Image, "open", refuse)
    with pytest.raises(InputError, match=r"00001\.png: no permission.*chmod"):
        getattr(reader, reads)(0)


def test_a_folder_that_cannot_be_listed_is_named(gta5, monkeypatch):
    monkeypatch.setattr(Path, "iterdir", lambda path: os.scandir(gta5 / "split.mat"))
    with pytest.raises(InputError, match=r"images: the folder cannot be listed"):
        READERS["gta5"](gta5, "train")


def test_missing_pairs_are_left_out_and_listed(roots):
    (roots["gta5"] / "labels/00002.png").unlink()
    assert READERS["gta5"](roots["gta5"], "train").missing == ["00002"]
