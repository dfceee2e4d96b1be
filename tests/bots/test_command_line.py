"""The command line as others call it: a process with arguments, output and an exit status."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bots.app import Parts
from bots.cli.main import main
from tests.conftest import ROOT
from tests.talking import a_grey, quick_parts, some_photo

KEYS = {"files", "seconds", "peak_mb", "watertight", "bodies", "min_wall_mm", "size_mm", "triangles", "style", "seed"}
FIRST_FIGURINE = ["/start", "?#agree", "@photo.png", "#collector", "!wait", "#files"]


@dataclass
class Result:
    code: int
    out: str
    err: str


class Shell:
    """Runs commands in a folder of their own, with the quick engine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rest = folder / "tmp"
        self.rest.mkdir()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FIGURINE_")}
        self.environment = kept | {
            "FIGURINE_DATA__DIR": str(folder / "data"),
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(self.rest),
            "COLUMNS": "100",
        }
        (folder / "photo.png").write_bytes(some_photo())

    def start(self, *words: str | Path, pause: float = 0.0, module: str = "tests.quick_bots") -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", module, *map(str, words)],
            cwd=self.folder,
            env=self.environment | {"QUICK_PAUSE": str(pause)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str | Path, module: str = "tests.quick_bots") -> Result:
        with self.start(*words, module=module) as process:
            out, err = process.communicate(timeout=60)
        return Result(process.returncode, out, err)

    def plays(self, *lines: str) -> Path:
        script = self.folder / "script.txt"
        script.write_text("\n".join(lines) + "\n")
        return script

    @property
    def left(self) -> list[str]:
        """What lies in the temporary folder."""
        return [path.name for path in self.rest.iterdir()]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def is_one_sentence(text: str) -> bool:
    return 0 < len(text.strip()) < 500 and text.count("\n") == 1 and "Traceback" not in text


def test_try_prints_one_json_object_and_the_files_are_there(shell: Shell):
    result = shell.run("try", "photo.png", "--style", "marble", "--seed", "3", "--out", "made", "--json")
    assert (result.code, result.err) == (0, "")
    facts = json.loads(result.out)
    assert set(facts) == KEYS
    assert (facts["style"], facts["seed"], facts["watertight"]) == ("marble", 3, True)
    assert set(facts["files"]) >= {"picture", "turntable", "glb", "stl", "3mf"}
    assert all((shell.folder / path).stat().st_size for path in facts["files"].values())
    assert {path.parent.name for path in (shell.folder / "made").iterdir()} == {"made"}
    assert not shell.left


def test_try_tells_a_person_what_each_file_is_for(shell: Shell):
    result = shell.run("try", "photo.png", "--out", "made", "--wish", "a cape")
    assert result.code == 0
    assert "made/photo-collector.glb" in result.out
    assert "for every 3D printer" in result.out
    assert "40 × 40 × 100 mm, one closed body" in result.out
    assert "can't follow words yet" in result.out


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["try", "absent.jpg"], "no file absent.jpg"),
        (["try", "."], "folder"),
        (["try", "photo.png", "--style", "nosuch"], "collector"),
        (["try", "photo.png", "--name", "a\x07b"], "one line"),
        (["try", "photo.png", "--name", "x" * 500], "24"),
        (["try", "photo.png", "--height", "5"], "40 to 250"),
        (["try", "photo.png", "--height", "nan"], "40 to 250"),
        (["try", "photo.png", "--views", "99"], "16"),
        (["try", "photo.png", "--bogus"], "--help"),
        (["try"], "PHOTO"),
        (["nosuch"], "nosuch"),
        (["chat", "--script", "absent"], "absent"),
        (["chat", "--script", "photo.png"], "UTF-8"),
        (["chat", "--user", " "], "name"),
        (["styles", "--sheet", "a.jpg"], "PHOTO"),
        (["styles", "photo.png", "--sheet", "a.doc"], ".jpg"),
    ],
)
def test_wrong_words_are_one_helpful_sentence_before_anything_is_started(
    shell: Shell, words: list[str], hint: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(shell.folder)
    before = list(shell.folder.iterdir())
    with pytest.raises(SystemExit) as ended:
        main(words, Parts(maker="nothing:AtAll"))
    out, err = capsys.readouterr()
    assert ended.value.code == 2
    assert out == ""
    assert is_one_sentence(err)
    assert hint in err
    assert list(shell.folder.iterdir()) == before


@pytest.mark.parametrize(
    ("name", "data", "hint"),
    [
        ("grey.png", a_grey(), "one clear subject"),
        ("text.png", b"text", "as a picture"),
        ("empty.jpg", b"", "as a picture"),
    ],
)
def test_a_bad_photo_is_one_helpful_sentence_and_leaves_nothing(shell: Shell, name: str, data: bytes, hint: str):
    (shell.folder / name).write_bytes(data)
    result = shell.run("try", name, "--out", "made")
    assert (result.code, result.out) == (2, "")
    assert is_one_sentence(result.err)
    assert hint in result.err
    assert not (shell.folder / "made").exists()
    assert not shell.left


def test_a_wrong_setting_names_the_variable_and_what_is_allowed(shell: Shell):
    shell.environment["FIGURINE_FIGURINES__HEIGHT_MM"] = "5"
    result = shell.run("try", "photo.png")
    assert result.code == 1
    assert "FIGURINE_FIGURINES__HEIGHT_MM is '5'" in result.err
    assert is_one_sentence(result.err)


def test_a_folder_that_can_not_be_written_is_told_before_the_work(shell: Shell):
    (shell.folder / "file").write_bytes(b"")
    result = shell.run("try", "photo.png", "--out", "file/below")
    assert result.code == 1
    assert "file/below" in result.err
    assert is_one_sentence(result.err)


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_try_is_one_sentence_and_leaves_nothing(shell: Shell, how: signal.Signals, code: int):
    process = shell.start("try", "photo.png", "--out", "made", pause=20)
    deadline = time.monotonic() + 20
    while not shell.left and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(how)
    out, err = process.communicate(timeout=20)
    assert process.returncode == code
    assert out == ""
    assert is_one_sentence(err)
    assert not (shell.folder / "made").exists()
    assert not shell.left


def test_try_on_a_full_disk_is_one_sentence_and_leaves_nothing(shell: Shell):
    shell.environment["QUICK_LARGEST"] = "500"  # bytes; most files have more
    result = shell.run("try", "photo.png", "--out", "made")
    assert result.code == 1
    assert "no room left" in result.err
    assert is_one_sentence(result.err)
    assert not (shell.folder / "made").exists()
    assert not shell.left


def test_a_chat_is_interrupted_in_the_middle_of_an_order_and_leaves_nothing(shell: Shell):
    script = shell.plays(*FIRST_FIGURINE)
    process = shell.start("chat", "--script", script, "--downloads", "got", "--json", pause=20)
    assert process.stdout is not None
    heard = ""
    while "You're next" not in heard:
        heard += process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert is_one_sentence(err)
    assert not (shell.folder / "got").exists()
    assert not shell.left


def test_chat_speaks_json_lines(shell: Shell):
    result = shell.run(
        "chat", "--user", "ada", "--script", shell.plays(*FIRST_FIGURINE), "--downloads", "got", "--json"
    )
    assert (result.code, result.err) == (0, "")
    said = [json.loads(line) for line in result.out.splitlines()]
    assert all(
        {"from", "text", "buttons", "files"} <= set(each) <= {"from", "text", "buttons", "files", "edits"}
        for each in said
    )
    assert [each["text"] for each in said if each["from"] == "person"] == [
        "/start",
        "#agree",
        "@photo.png",
        "#collector",
        "#files",
    ]
    assert [each["from"] for each in said[:4]] == ["person", "bot", "person", "bot"]
    edits = [each for each in said if "edits" in each]
    assert all("You're next" in said[each["edits"] - 1]["text"] for each in edits)
    files = {file["kind"]: shell.folder / file["path"] for each in said for file in each["files"]}
    assert set(files) >= {"picture", "turntable", "glb", "stl", "3mf"}
    assert all(path.parent.name == "got" and path.stat().st_size for path in files.values())
    assert not shell.left


def test_the_same_script_works_again_for_somebody_who_has_agreed(shell: Shell):
    script = shell.plays(*FIRST_FIGURINE)
    for number in (1, 2):
        result = shell.run("chat", "--user", "ada", "--script", script, "--downloads", "got")
        assert result.code == 0
        assert ("[I agree]" in result.out) == (number == 1)
        assert f"got/figurine-collector{'-2' if number == 2 else ''}.3mf" in result.out


def test_the_sample_script_gives_every_kind_of_file_also_to_somebody_who_has_agreed(shell: Shell):
    (shell.folder / "samples").symlink_to(ROOT / "samples")
    for downloads in ("first", "second"):
        script = Path("samples") / "first-figurine.txt"
        result = shell.run("chat", "--user", "ada", "--script", script, "--downloads", downloads, "--json")
        assert (result.code, result.err) == (0, "")
        files = [file for line in result.out.splitlines() for file in json.loads(line)["files"]]
        assert {file["kind"] for file in files} == {"picture", "turntable", "glb", "stl", "3mf"}
        assert {Path(file["path"]).name for file in files} == {
            path.name for path in (shell.folder / downloads).iterdir()
        }


@pytest.mark.parametrize("face", [[], ["--json"]])
@pytest.mark.parametrize("last_words", ["You're next"])
def test_a_chat_whose_reader_goes_away_ends_quietly(shell: Shell, face: list[str], last_words: str):
    process = shell.start("chat", "--script", shell.plays(*FIRST_FIGURINE), "--downloads", "got", *face, pause=0.3)
    assert process.stdout is not None
    while last_words not in process.stdout.readline():
        pass
    process.stdout.close()
    assert process.wait(timeout=30) == 1
    assert process.stderr is not None
    with process.stderr:
        assert process.stderr.read() == ""
    assert not shell.left


def test_a_chat_that_can_not_save_says_so_and_goes_on(shell: Shell):
    (shell.folder / "file").write_bytes(b"")
    result = shell.run("chat", "--script", shell.plays(*FIRST_FIGURINE[:-1], "/help"), "--downloads", "file", "--json")
    texts = [json.loads(line)["text"] for line in result.out.splitlines()]
    assert result.code == 1
    assert any("can't write to file: Not a directory" in text for text in texts)
    assert "/privacy" in texts[-1]


def test_a_line_that_leads_nowhere_is_answered(shell: Shell):
    script = shell.plays("#nosuch", "@absent.jpg", "?#agree", "/start", "#nosuch")
    result = shell.run("chat", "--script", script, "--json")
    texts = [each["text"] for each in map(json.loads, result.out.splitlines()) if each["from"] == "bot"]
    assert result.code == 0
    assert "no button" in texts[0]
    assert "absent.jpg: No such file" in texts[1]
    assert "[I agree]" in texts[3]


def test_someone_types_into_a_terminal_and_leaves(shell: Shell):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.quick_bots", "chat"],
        cwd=shell.folder,
        env=shell.environment | {"TERM": "xterm-256color"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    seen = _until(ours, b"\xe2\x80\xba ")
    os.write(ours, b"/start\n")
    seen += _until(ours, b"#later")
    os.write(ours, b"\x04")
    seen += _until(ours, b"")
    assert process.wait(timeout=20) == 0
    os.close(ours)
    assert "Ctrl-D leaves" in seen.decode()
    assert "Traceback" not in seen.decode()


def test_every_style_is_listed_with_the_name_that_try_takes(shell: Shell):
    result = shell.run("styles")
    assert result.code == 0
    assert [line.split()[0] for line in result.out.splitlines()][:3] == ["collector", "chibi", "vinyl"]


def test_a_contact_sheet_has_every_style(shell: Shell):
    from PIL import Image

    result = shell.run("styles", "photo.png", "--sheet", "sheets/all.jpg")
    assert result.code == 0
    assert result.out == "sheets/all.jpg\n"
    with Image.open(shell.folder / "sheets" / "all.jpg") as sheet:
        assert sheet.format == "JPEG"
        assert sheet.width > 1400


def test_check_has_a_tick_or_a_sentence_for_everything(shell: Shell):
    shell.environment["FIGURINE_SCULPT__NETWORKS_DIR"] = str(shell.folder / "none")
    result = shell.run("check")
    marks = {line[2:].partition(":")[0]: line[0] for line in result.out.splitlines()}
    fine = dict.fromkeys(("settings", "data folder", "database", "engine", "sandbox"), "✓")
    there = {"keys": "·", "sweep": "·", "Telegram": "·", "Discord": "·", "support": "·", "GPU": marks["GPU"]}
    there |= dict.fromkeys(("Stripe", "sold on Telegram", "sold on Discord"), "·")
    assert marks == fine | there | {"networks": "✗"}
    assert "Run: python -m bots networks" in result.out
    assert result.code == 1


def test_an_engine_without_its_networks_is_one_sentence_that_says_what_to_run(shell: Shell):
    shell.environment["FIGURINE_SCULPT__NETWORKS_DIR"] = "none"
    result = shell.run("try", "photo.png", module="bots")
    assert result.code == 1
    assert result.err.startswith("none lacks u2netp.onnx, ")
    assert result.err.endswith(".tflite. Run: python -m bots networks\n")
    assert is_one_sentence(result.err)


def test_networks_that_can_not_be_fetched_do_not_advise_to_fetch_them(shell: Shell):
    (shell.folder / "file").write_bytes(b"")
    shell.environment["FIGURINE_SCULPT__NETWORKS_DIR"] = "file/below"
    result = shell.run("networks")
    assert (result.code, result.err) == (1, "The networks can't be kept in file/below: Not a directory.\n")


def test_check_asks_the_parts_what_their_engine_lacks(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("FIGURINE_DATA__DIR", str(shell.folder / "data"))
    with pytest.raises(SystemExit):
        main(["check"], replace(quick_parts(), damaged_networks=lambda _: ["brain.onnx"]))
    out = capsys.readouterr().out
    assert "lacks brain.onnx. Run: python -m bots networks" in out
    assert "✓ engine: it starts in" in out


def test_the_help_of_chat_tells_every_kind_of_line(shell: Shell):
    told = " ".join(shell.run("chat", "--help").out.split())
    assert all(line in told for line in ("@path", " #button", "?#button", "!wait"))


def test_help_loads_nothing_that_is_slow(shell: Shell):
    result = shell.run("try", "--help")
    assert result.code == 0
    assert "--height" in result.out
    modules = "{'pydantic', 'tortoise', 'numpy', 'rich'}"
    heavy = f"import sys; from bots.cli import main; print({modules} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", heavy], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout == "set()\n"


def _until(descriptor: int, wanted: bytes) -> bytes:
    """What comes up to and with `wanted`; to the end if that is empty."""
    seen = b""
    while not wanted or wanted not in seen:
        try:
            chunk = os.read(descriptor, 4096)
        except OSError:  # The other side has gone.
            return seen
        if not chunk:
            return seen
        seen += chunk
    return seen
