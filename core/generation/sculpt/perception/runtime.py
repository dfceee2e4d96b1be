"""Loads and runs the networks. The only module that imports their runtimes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from onnxruntime import InferenceSession, SessionOptions

from core.generation.sculpt import networks as registry
from core.generation.sculpt.networks import Network

THREADS = 2
"""How many threads each network and OpenCV may use: the engine is meant for machines with two cores."""

ERRORS_ONLY = 3
"""ONNX Runtime's log level that keeps its notes on missing GPUs out of the log."""

Session = Callable[[NDArray[np.float32]], list[NDArray[Any]]]
"""Runs a network on one batch and returns its outputs, in the order in which the file declares them."""


class Networks:
    """The networks of one folder, each loaded when it is first used and kept.

    One thread at a time may use an object of this class, since the sessions hold their inputs and outputs.
    """

    def __init__(self, folder: Path) -> None:
        """Check that the files are there, and limit OpenCV's threads for the whole process.

        Raises:
            NetworksMissing: a file is absent or is not the pinned one.
        """
        registry.require(folder)
        self._folder = folder
        cv2.setNumThreads(THREADS)

    def warm_up(self) -> None:
        """Load everything now, and run each network's first, slower pass."""
        self.saliency(np.zeros((1, 3, 320, 320), np.float32))
        self.person_mask(np.zeros((1, 256, 256, 3), np.float32))
        self.near_faces(np.zeros((1, 128, 128, 3), np.float32))
        self.far_faces(np.zeros((1, 192, 192, 3), np.float32))
        self.face_mesh(np.zeros((1, 192, 192, 3), np.float32))
        self.pose_detector(np.zeros((1, 224, 224, 3), np.float32))
        self.pose_joints(np.zeros((1, 256, 256, 3), np.float32))

    @cached_property
    def saliency(self) -> Session:
        """U2-Net's small version: (1, 3, 320, 320) normalised RGB to seven maps, the first the best."""
        options = SessionOptions()
        options.intra_op_num_threads = THREADS
        options.log_severity_level = ERRORS_ONLY
        path = self._folder / registry.SALIENCY.file
        session = InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        name = session.get_inputs()[0].name

        def run(batch: NDArray[np.float32]) -> list[NDArray[Any]]:
            return [np.asarray(output) for output in session.run(None, {name: batch})]

        return run

    @cached_property
    def person_mask(self) -> Session:
        """Selfie segmentation: (1, 256, 256, 3) RGB from 0 to 1 to a map of people."""
        return self._lite(registry.PERSON_MASK)

    @cached_property
    def near_faces(self) -> Session:
        """BlazeFace, short range: (1, 128, 128, 3) RGB from -1 to 1 to boxes and scores."""
        return self._lite(registry.NEAR_FACES)

    @cached_property
    def far_faces(self) -> Session:
        """BlazeFace, full range: (1, 192, 192, 3) RGB from -1 to 1 to boxes and scores."""
        return self._lite(registry.FAR_FACES)

    @cached_property
    def face_mesh(self) -> Session:
        """Face mesh: (1, 192, 192, 3) RGB from 0 to 1 to 468 points and the certainty that this is a face."""
        return self._lite(registry.FACE_MESH)

    @cached_property
    def pose_detector(self) -> Session:
        """BlazePose's detector: (1, 224, 224, 3) RGB from -1 to 1 to boxes with key points and scores."""
        return self._lite(registry.POSE_DETECTOR)

    @cached_property
    def pose_joints(self) -> Session:
        """BlazePose: (1, 256, 256, 3) RGB from 0 to 1 to joints, the certainty of a person, and that person's mask."""
        return self._lite(registry.POSE_JOINTS)

    def _lite(self, network: Network) -> Session:
        with _silence():
            interpreter = Interpreter(str(self._folder / network.file), num_threads=THREADS)
            interpreter.allocate_tensors()
        entry = interpreter.get_input_details()[0]["index"]
        exits = [output["index"] for output in interpreter.get_output_details()]

        def run(batch: NDArray[np.float32]) -> list[NDArray[Any]]:
            interpreter.set_tensor(entry, np.ascontiguousarray(batch, np.float32))
            interpreter.invoke()
            return [interpreter.get_tensor(index) for index in exits]

        return run


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Send the standard error stream nowhere: LiteRT greets there from C++, with no setting against it."""
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
