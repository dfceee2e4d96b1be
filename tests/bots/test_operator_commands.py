"""What an operator types: sweep, retention, audit, backup, restore, keys, check, as processes on a real data folder."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from bots.cli.sweeping import as_moment
from bots.cli.usage import UsageError
from storage.database import FILE_NAME
from tests.lived import FIGURINE, Operator, files_of, state_of

ADA = "ada-marker-7d1f0c"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    operator = Operator(tmp_path_factory.mktemp("lived") / "here")
    assert operator.chat(*FIGURINE, user=ADA).code == 0
    return operator.folder


@pytest.fixture
def lived(template: Path, tmp_path: Path) -> Operator:
    operator = Operator(tmp_path / "here")
    shutil.copytree(template / "data", operator.data)
    return operator


def hours_on(hours: int) -> str:
    return (dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours)).isoformat(timespec="seconds")


def blobs(operator: Operator) -> int:
    return sum(path.is_file() for path in (operator.data / "blobs").rglob("*"))


def is_one_sentence(text: str) -> bool:
    return 0 < len(text.strip()) < 500 and text.count("\n") == 1 and "Traceback" not in text


def test_a_dry_sweep_tells_and_changes_nothing(lived: Operator):
    before = state_of(lived.data)
    result = lived.run("sweep", "--dry-run", "--now", hours_on(25))
    assert (result.code, result.err) == (0, "")
    assert "photos                         1\n" in result.out
    assert state_of(lived.data) == before


def test_photos_go_after_a_day_and_figurines_after_a_week(lived: Operator):
    result = lived.run("sweep", "--now", hours_on(25))
    assert (result.code, result.err) == (0, "")
    assert "photos                         1\n" in result.out
    assert "results                        0\n" in result.out
    assert blobs(lived) == 5
    result = lived.run("sweep", "--now", hours_on(24 * 8))
    assert "results                        5\n" in result.out
    assert blobs(lived) == 0
    assert lived.run("audit").code == 0


def test_a_sweep_leaves_nothing_in_the_write_ahead_logs(lived: Operator):
    files = (lived.data / FILE_NAME, lived.data / "keys" / "keys.sqlite3")
    others = [sqlite3.connect(file) for file in files]  # which are open all the time, as a service's are
    changes = ("UPDATE person SET platform = 'here'", "UPDATE owner_key SET master = master")
    for other, change in zip(others, changes, strict=True):
        with other:
            other.execute(change)
    logs = [file.with_name(f"{file.name}-wal") for file in files]
    assert all(log.stat().st_size for log in logs)
    assert lived.run("sweep").code == 0
    assert [log.stat().st_size for log in logs] == [0, 0]
    for other in others:
        other.close()


def test_only_a_sweep_of_the_present_counts_as_one(lived: Operator):
    with lived.rows() as rows:
        rows.execute("DELETE FROM beat")
        rows.execute("INSERT INTO alert VALUES ('schedule.sweep', 'failed', '2026-01-01 00:00:00+00:00')")
    lived.run("sweep", "--now", hours_on(1))
    assert lived.read("SELECT name FROM beat") == []
    lived.run("sweep")
    assert lived.read("SELECT name FROM beat ORDER BY name") == [("orphans",), ("sweep",)]
    assert lived.read("SELECT * FROM alert") == []


def test_a_sweep_of_the_future_takes_nothing_that_is_just_being_stored(lived: Operator):
    with lived.rows() as rows:
        rows.execute("DELETE FROM session")
        rows.execute("UPDATE blob SET due_at = NULL")  # as if their rows were not written yet
    lived.run("sweep", "--now", hours_on(24))
    assert blobs(lived) == 6


def test_somebody_whose_erasure_was_interrupted_goes_with_the_sweep(lived: Operator):
    connection = sqlite3.connect(lived.data / "keys" / "keys.sqlite3")
    with connection:
        connection.execute("DELETE FROM blob_key")
        connection.execute("DELETE FROM owner_key")
    connection.close()
    result = lived.run("sweep")
    assert re.search(r"people without a key +1\n", result.out)
    assert lived.read("SELECT * FROM person") == []
    assert blobs(lived) == 0
    assert lived.run("audit").code == 0


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "2026-01-01T25:00", "0001-01-01T00:00+14:00"])
def test_a_moment_that_is_none_is_refused(text: str):
    with pytest.raises(UsageError, match="--now"):
        as_moment(text)


def test_a_moment_without_a_timezone_is_in_utc():
    noon = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
    assert (
        as_moment("2026-05-01T12:00") == as_moment("2026-05-01T14:00+02:00") == as_moment("2026-05-01 12:00Z") == noon
    )


def test_nonsense_for_a_moment_is_one_sentence_and_touches_nothing(tmp_path: Path):
    operator = Operator(tmp_path / "here")
    result = operator.run("sweep", "--now", "soon")
    assert result.code == 2
    assert is_one_sentence(result.err)
    assert not operator.data.exists()


def test_the_policy_fits_into_a_hundred_columns(lived: Operator):
    lived.environment |= {"FIGURINE_RETENTION__RESULTS_DAYS": "5"}
    result = lived.run("retention")
    assert result.code == 0
    assert max(map(len, result.out.splitlines())) <= 100
    assert "5 days after it was" in result.out
    assert "a photo" in result.out


def test_an_audit_has_a_tick_for_each_area_and_a_last_line_that_sums_up(lived: Operator):
    result = lived.run("audit")
    assert result.code == 0
    *areas, last = result.out.splitlines()
    assert len(areas) == 11
    assert all(line.startswith("✓ ") for line in areas)
    assert last == "Nothing found."


def test_an_audit_that_finds_something_says_what_to_do_and_ends_with_one(lived: Operator):
    (lived.data / "notes.txt").touch(0o600)
    result = lived.run("audit")
    assert result.code == 1
    assert f"✗ undeclared: files: notes.txt. Move them out of {lived.data}" in result.out
    assert result.out.endswith("1 finding: undeclared.\n")


def test_an_audit_of_what_can_not_be_read_is_one_sentence(lived: Operator):
    (lived.data / FILE_NAME).write_bytes(b"no database" * 1_000)
    for beside in ("-wal", "-shm"):
        (lived.data / f"{FILE_NAME}{beside}").unlink(missing_ok=True)
    result = lived.run("audit")
    assert result.code == 1
    assert is_one_sentence(result.err)


def test_right_after_a_kill_an_audit_finds_nothing_and_the_order_goes_on(lived: Operator):
    process = lived.chats("@photo.png", "#collector", "!wait", user=ADA, pause=0.5)
    while not lived.read("SELECT 1 FROM job WHERE status = 'running'"):
        assert process.poll() is None
    process.kill()
    process.communicate()
    assert (lived.run("audit").out.splitlines()[-1]) == "Nothing found."
    assert lived.chat("!wait", user=ADA).code == 0
    assert lived.read("SELECT status FROM job") == [("delivered",)] * 2
    assert lived.run("audit").code == 0


def test_a_backup_is_put_back_by_a_restore_and_whoever_was_erased_is_not(lived: Operator):
    made = lived.run("backup", "kept")
    assert (made.code, made.err) == (0, "")
    assert "rows    encrypted" in made.out
    lived.environment |= {"FIGURINE_DATA__DIR": str(lived.folder / "elsewhere")}
    assert lived.run("restore", "kept").code == 2
    keys = next((lived.data / "keys" / "backups").glob("*.sqlite3"))
    (lived.folder / "elsewhere" / "keys").mkdir(parents=True, mode=0o700)
    shutil.copy2(lived.data / "keys" / "master.key", lived.folder / "elsewhere" / "keys")
    (lived.folder / "elsewhere").chmod(0o700)
    result = lived.run("restore", "kept", "--keys", keys)
    assert (result.code, result.err) == (0, "")
    assert "stay erased  0 people" in result.out
    assert lived.run("audit").out.splitlines()[-1] == "Nothing found."
    told = lived.chat("/history", "!wait", user=ADA)
    assert "figurine" in told.out.lower()
    assert not any(ADA.encode() in content for content in files_of(lived.folder / "elsewhere").values())


def test_a_restore_that_can_not_be_is_one_sentence_with_the_status_of_wrong_input(lived: Operator):
    lived.run("backup", "kept")
    for words in (["restore", "nowhere"], ["restore", "kept"], ["backup", lived.data / "kept"]):
        result = lived.run(*words)
        assert result.code == 2, words
        assert is_one_sentence(result.err)


def test_a_backup_of_the_keys_goes_with_the_sweep_when_its_days_are_over(lived: Operator):
    lived.run("backup", "kept")
    backups = lived.data / "keys" / "backups"
    lived.run("sweep", "--now", hours_on(24 * 7 - 1))
    assert len(list(backups.glob("*.sqlite3"))) == 1
    assert "backups of keys                1\n" in lived.run("sweep", "--now", hours_on(24 * 7 + 1)).out
    assert not list(backups.glob("*.sqlite3"))


def test_the_master_key_is_changed_while_another_process_makes_figurines(lived: Operator):
    before = (lived.data / "keys" / "master.key").read_bytes()
    talking = lived.chats("@photo.png", "#collector", "!wait", "#again", "!wait", "#files", user=ADA, pause=0.2)
    rotations = 0
    while talking.poll() is None:
        result = lived.run("keys", "rotate")
        assert (result.code, result.err) == (0, "")
        rotations += 1
    out, err = talking.communicate()
    assert (talking.returncode, err) == (0, "")
    assert rotations >= 2
    assert lived.read("SELECT status FROM job") == [("delivered",)] * 3
    assert '"kind": "3mf"' in out
    after = (lived.data / "keys" / "master.key").read_bytes()
    assert after != before
    assert after.count(b"\n") == 1
    assert lived.run("audit").code == 0


def test_the_keys_are_told_of_and_never_shown(lived: Operator):
    lived.run("backup", "kept")
    result = lived.run("keys", "show")
    assert (result.code, result.err) == (0, "")
    assert "files              6 with a key" in result.out
    assert "backups            1," in result.out
    key = (lived.data / "keys" / "master.key").read_text().strip()
    assert key not in result.out
    assert key[:16] not in result.out


def test_where_there_are_no_keys_none_are_made_by_looking(tmp_path: Path):
    operator = Operator(tmp_path / "here")
    for words in (["keys", "show"], ["keys", "rotate"]):
        result = operator.run(*words)
        assert (result.code, result.err) == (0, "")
        assert "no keys" in result.out
    assert not operator.data.exists()


def test_a_master_key_that_others_can_read_is_one_sentence_with_what_to_do(lived: Operator):
    (lived.data / "keys" / "master.key").chmod(0o644)
    result = lived.run("sweep")
    assert result.code == 1
    assert is_one_sentence(result.err)
    assert "chmod 600" in result.err


def test_check_tells_of_keys_sweeps_alerts_and_the_sandbox(lived: Operator):
    lines = {line[2:].partition(":")[0]: line for line in lived.run("check").out.splitlines()}
    assert lines["keys"].startswith("✓") and "mode 600" in lines["keys"]
    assert lines["sweep"].startswith("✓ sweep: the last one was")
    assert "SQLite" in lines["database"]
    assert "limits" in lines["sandbox"]
    with lived.rows() as rows:
        rows.execute("UPDATE beat SET at = '2026-01-01 00:00:00+00:00'")
        rows.execute("INSERT INTO alert VALUES ('schedule.sweep', 'failed with DiskFull', '2026-01-01 00:00:00+00:00')")
    late = lived.run("check").out
    assert "✗ sweep: the last one was" in late
    assert "python -m bots sweep" in late
    assert "failed with DiskFull" in late


def test_the_new_commands_are_in_the_help(lived: Operator):
    told = lived.run("--help").out
    assert all(f" {name} " in told for name in ("sweep", "retention", "audit", "backup", "restore", "keys"))
