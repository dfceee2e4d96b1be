"""Settings: the shipped file, overrides, and messages that name file, key and allowed values."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from core.errors import SettingsError
from core.settings import Settings, load_settings, settings_file

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    for name in [name for name in os.environ if name.startswith("FIGURINE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "own.toml"
    monkeypatch.setenv("FIGURINE_SETTINGS", str(path))
    path.touch()
    return path


def message(model=Settings) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(model)
    return str(caught.value)


def test_the_shipped_file_is_found_from_anywhere_and_holds_the_defaults(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert settings_file() == ROOT / "settings.toml"
    assert load_settings() == Settings()


def test_the_shipped_file_explains_every_setting_with_a_comment():
    text = (ROOT / "settings.toml").read_text()
    sections = dict(re.findall(r"^\[(\w+)\]\n(.*?)(?=^\[\w+\]|\Z)", text, re.M | re.S))
    assert list(sections) == list(Settings.model_fields)
    for section, part in Settings.model_fields.items():
        for key in part.annotation.model_fields:
            told = rf"^# .+\n(?:# )?{key} = |^\[\[?{section}\.{key}\]\]?\n# "
            assert re.search(told, sections[section], re.M), f"[{section}] {key}"
    assert set(tomllib.loads(text)) == set(Settings.model_fields)


def test_the_file_overrides_defaults_and_the_environment_overrides_the_file(file, monkeypatch):
    file.write_text('[figurines]\nheight_mm = 120\nengraving_max = 9\n[data]\ndir = "~/here"')
    monkeypatch.setenv("FIGURINE_FIGURINES__HEIGHT_MM", "80")
    settings = load_settings()
    assert (settings.figurines.height_mm, settings.figurines.engraving_max) == (80, 9)
    assert settings.data.dir == Path.home() / "here"
    monkeypatch.setenv("FIGURINE_DATA__DIR", "/elsewhere")
    assert load_settings().data.dir == Path("/elsewhere")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[figurines]\nheight_mm = 5", ["[figurines] height_mm", "a number from 40 to 250", "is 5"]),
        ('[photos]\nmax_mb = "x"', ["[photos] max_mb", "a whole number from 1 to 100"]),
        ('[console]\npictures = "x"', ["[console] pictures", "one of auto, kitty"]),
        ('[figurines]\ndefault_style = "x"', ["default_style", "one of bronze, chibi"]),
        ('[consent]\npolicy_version = ""', ["policy_version", "text of 1 to 20 characters"]),
        ("[consent]\nminimum_age = 12", ["minimum_age", "from 13"]),
        ("[data]\ndir = 5", ["[data] dir", "the path of a folder"]),
        ("[photos]\nfoo = 5", ["[photos] foo is no setting", "max_mb, max_megapixels"]),
        ("[foo]\nbar = 5", ["[foo] is no section", "data, database"]),
        ("photos = 5", ["photos must be a section"]),
        (
            '[[shop.packs]]\nid = "s"\ncredits = 0\nprices = {eur = 1}',
            ["[shop] packs, number 1, credits is 0", "or equal to 1"],
        ),
        ('[[shop.plans]]\nid = "s"\ncredits = 1', ["[shop] plans, number 1, prices: that is needed"]),
        ("[shop.prices]\nbronze = 0", ["[shop] prices, bronze is 0"]),
        ('[shop.currencies]\ngermany = "eur"', ["[shop] currencies, germany is 'germany'"]),
        ("[photos", ["not valid TOML"]),
    ],
)
def test_a_wrong_file_is_named_with_the_key_and_the_allowed_values(file, text, expected):
    file.write_text(text)
    said = message()
    assert all(part in said for part in [str(file), *expected]), said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("FIGURINE_FIGURINES__HEIGHT_MM", "5", "must be a number from 40 to 250"),
        ("FIGURINE_FIGURINES__HIGHT_MM", "50", "Known are FIGURINE_FIGURINES__DEFAULT_STYLE"),
        ("FIGURINE_FOO__BAR", "1", "with a section of data, database"),
        ("FIGURINE_DATA", "{}", "no setting"),
    ],
)
def test_a_wrong_variable_is_named_too(monkeypatch, variable, value, expected):
    monkeypatch.setenv(variable, value)
    said = message()
    assert variable in said
    assert expected in said


def test_a_file_that_is_named_and_not_there_is_told(monkeypatch):
    monkeypatch.setenv("FIGURINE_SETTINGS", "/nowhere/settings.toml")
    assert "/nowhere/settings.toml" in message()


class _Vault(BaseModel):
    model_config = ConfigDict(extra="forbid")
    key: SecretStr | None = Field(default=None, min_length=8)


class _WithSecret(Settings):
    strongroom: _Vault = _Vault()


def test_a_secret_comes_from_the_environment_or_a_file_named_there(monkeypatch, tmp_path):
    monkeypatch.setenv("FIGURINE_STRONGROOM__KEY", "sk-live-12345")
    settings = load_settings(_WithSecret)
    assert settings.strongroom.key == SecretStr("sk-live-12345")
    assert "sk-live" not in repr(settings)
    monkeypatch.delenv("FIGURINE_STRONGROOM__KEY")
    (tmp_path / "secret").write_text("sk-file-12345\n")
    monkeypatch.setenv("FIGURINE_STRONGROOM__KEY_FILE", str(tmp_path / "secret"))
    assert load_settings(_WithSecret).strongroom.key == SecretStr("sk-file-12345")
    monkeypatch.setenv("FIGURINE_STRONGROOM__KEY_FILE", str(tmp_path / "absent"))
    assert "FIGURINE_STRONGROOM__KEY_FILE" in message(_WithSecret)


def test_a_secret_in_the_settings_file_is_refused_and_not_repeated(file):
    file.write_text('[strongroom]\nkey = "sk-live-12345"')
    said = message(_WithSecret)
    assert "FIGURINE_STRONGROOM__KEY_FILE" in said
    assert "sk-live" not in said


def test_a_wrong_secret_is_not_repeated(monkeypatch):
    monkeypatch.setenv("FIGURINE_STRONGROOM__KEY", "short")
    assert "short" not in message(_WithSecret)


PACK = '[[shop.packs]]\nid = "s"\ncredits = 1\nprices = { eur = 100, usd = 100, gbp = 100 }\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PACK + PACK, ["[[shop.packs]]", 'the id "s" is there twice']),
        (PACK.replace("eur = 100, ", ""), ['"s" has no price in eur']),
        ('[shop]\ncurrency = "chf"', ['[[shop.packs]] "small" has no price in chf']),
        ('[shop]\ndiscord = ["stars"]', ['[shop] discord names "stars"', "on Telegram only"]),
        ('[shop]\nconsole = ["discord"]', ['[shop] console names "discord"', "on Discord only"]),
        ('[shop]\ntelegram = ["stripe", "stripe"]', ["the same rail twice"]),
        ('[shop]\ntelegram = ["stars"]\nplans = []\n' + PACK, ["no pack or plan has stars above 0"]),
        ('[shop]\ndiscord = ["discord"]', ["no pack or plan has a discord_sku"]),
        ("[shop.prices]\nplastic = 2", ['the style "plastic"', "Known are bronze"]),
    ],
)
def test_a_shop_whose_parts_do_not_fit_each_other_is_told_in_one_sentence(file, text, expected):
    file.write_text(text)
    said = message()
    assert all(part in said for part in [str(file), *expected]), said
    assert "\n" not in said


def test_a_rail_of_a_platforms_own_is_taken_where_something_is_sold_on_it(file):
    file.write_text(
        '[shop]\ntelegram = ["stars", "stripe"]\ndiscord = ["discord"]\n' + PACK + 'stars = 50\ndiscord_sku = "12345"\n'
    )
    shop = load_settings().shop
    assert (shop.telegram, shop.packs[0].stars, shop.packs[0].discord_sku) == (("stars", "stripe"), 50, "12345")


def test_a_live_key_needs_an_encrypted_address_to_come_back_to_and_is_not_repeated(monkeypatch):
    monkeypatch.setenv("FIGURINE_STRIPE__KEY", "sk_live_1234567890")
    for address in ("", "http://localhost:8080"):
        monkeypatch.setenv("FIGURINE_WEB__PUBLIC_URL", address)
        said = message()
        assert "live key" in said
        assert "public_url" in said
        assert "1234567890" not in said
    monkeypatch.setenv("FIGURINE_WEB__PUBLIC_URL", "https://figurines.example.org")
    assert load_settings().stripe.is_live
    monkeypatch.setenv("FIGURINE_STRIPE__KEY", "rk_test_live_567890")
    monkeypatch.setenv("FIGURINE_WEB__PUBLIC_URL", "")
    assert (load_settings().stripe.is_on, load_settings().stripe.is_live) == (True, False)


def test_wrong_settings_that_a_test_makes_by_hand_show_no_secret():
    with pytest.raises(ValidationError) as caught:
        Settings(stripe={"key": "sk_live_1234567890", "webhook_secret": "1234567890"})
    assert "1234567890" not in str(caught.value)
