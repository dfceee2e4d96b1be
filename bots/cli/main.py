"""The commands with their options, and what every one of them does when something goes wrong."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer
from typer.exceptions import TyperException

from core.errors import FigurineError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bots.app import Parts

WRONG_INPUT: Final = 2  # the exit status where what was asked for can't be
TROUBLE: Final = 1  # and where this machine is the reason
INTERRUPTED: Final = 130  # by Ctrl-C, as shells count it
TERMINATED: Final = 143
LONGEST: Final = 400  # characters of a sentence about an error
MOST_VIEWS: Final = 16
MOST_WORTH: Final = 1_000  # credits
MOST_USES: Final = 100_000
MOST_DAYS: Final = 365
MOST_SEED: Final = 2**31 - 1  # what OpenCV takes

cli = typer.Typer(
    name="python -m bots",
    help="Turns a photo into a figurine that you can turn around, and print.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

keys = typer.Typer(help="The keys that everything personal is encrypted under.", no_args_is_help=True)
cli.add_typer(keys, name="keys")
shop = typer.Typer(help="What is sold, and what was paid.", no_args_is_help=True)
cli.add_typer(shop, name="shop")

PhotoFile = Annotated[Path, typer.Argument(metavar="PHOTO", help="A picture file.", show_default=False)]


@cli.command("try")
def try_photo(
    context: typer.Context,
    photo: PhotoFile,
    style: Annotated[str, typer.Option(help="One of those that `styles` lists.")] = "",
    name: Annotated[str, typer.Option(help="What is engraved on the base.")] = "",
    wish: Annotated[str, typer.Option(help="A wish in words, for engines that can follow words.")] = "",
    views: Annotated[int, typer.Option(min=0, max=MOST_VIEWS, help="Views on an all-round sheet; 0 for no sheet.")] = 0,
    height: Annotated[float, typer.Option(help="In mm, the base included; 0 takes the settings' height.")] = 0.0,
    seed: Annotated[
        int, typer.Option(min=0, max=MOST_SEED, help="Another seed, another figurine of the same photo.")
    ] = 0,
    out: Annotated[Path, typer.Option(help="The folder for the files.")] = Path("figurines"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Make one figurine of a photo, no questions asked."""
    from bots.cli import attempt

    wanted = attempt.Wanted(photo, style, name, wish, views, height, seed)
    attempt.run(wanted, out, as_json, context.obj)


@cli.command()
def run(context: typer.Context) -> None:
    """Serve people on Telegram and Discord, whichever has a token, until stopped.

    SIGTERM and Ctrl-C finish what is in hand; SIGHUP reads the texts anew.
    """
    from bots.cli import serving

    serving.run(context.obj)


@cli.command()
def chat(
    context: typer.Context,
    user: Annotated[str, typer.Option(help="Who is talking.")] = "me",
    script: Annotated[Path | None, typer.Option(help="Play these lines instead of reading what is typed.")] = None,
    downloads: Annotated[Path | None, typer.Option(help="Where received files go. [default: figurines]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line and nothing else.")] = False,
) -> None:
    """Talk to the bot.

    Text is said, @path sends a file, #button presses a button, ?#button presses it if it is there to be pressed, !wait
    waits for all that is pending.
    """
    from bots.cli import talk

    raise typer.Exit(talk.run(user, script, downloads, as_json, context.obj))


@cli.command()
def styles(
    context: typer.Context,
    photo: Annotated[Path | None, typer.Argument(metavar="[PHOTO]", help="Make it in every style.")] = None,
    sheet: Annotated[Path | None, typer.Option(help="Where the contact sheet goes, a .jpg or .png file.")] = None,
) -> None:
    """List the styles, or make every style of one photo on one contact sheet."""
    from bots.cli import sheets

    if photo is None and sheet is None:
        sheets.listing()
    elif photo is None or sheet is None:
        raise typer.BadParameter("A contact sheet needs both: styles PHOTO --sheet OUT.jpg")
    else:
        sheets.run(photo, sheet, context.obj)


@cli.command()
def check(context: typer.Context) -> None:
    """See whether everything is in order, with a tick or a sentence saying what to do."""
    from bots.cli import checks

    raise typer.Exit(0 if checks.run(context.obj) else TROUBLE)


@cli.command()
def sweep(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would go.")] = False,
    now: Annotated[str, typer.Option(help="As of this moment, such as 2026-12-01T12:00; UTC unless it says.")] = "",
) -> None:
    """Delete everything whose time has come, and what crashes left behind."""
    from bots.cli import sweeping

    sweeping.run(dry_run, now, context.obj)


@cli.command()
def retention() -> None:
    """Show how long what is kept."""
    from bots.cli import policy

    policy.run()


@cli.command()
def audit(context: typer.Context) -> None:
    """See whether anything is kept that should not be, or not as it should be. It reads only."""
    from bots.cli import auditing

    raise typer.Exit(0 if auditing.run(context.obj) else TROUBLE)


@cli.command()
def backup(
    context: typer.Context,
    place: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the backups.", show_default=False)],
) -> None:
    """Make a backup in a folder, while the service goes on. Keys go apart, into the folder of the keys."""
    from bots.cli import backups

    backups.back_up(place, context.obj)


@cli.command()
def restore(
    context: typer.Context,
    place: Annotated[Path, typer.Argument(metavar="DIR", help="A backup, or the folder of them.", show_default=False)],
    keys_file: Annotated[
        Path | None, typer.Option("--keys", help="A backup of the keys, where there are none any more.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Even if there is something now.")] = False,
) -> None:
    """Put the newest backup back. Whoever was erased since stays erased."""
    from bots.cli import backups

    backups.restore(place, keys_file, replace, context.obj)


@keys.command()
def rotate() -> None:
    """Change the master key, while the service goes on."""
    from bots.cli import keyring

    keyring.rotate()


@keys.command()
def show() -> None:
    """Tell where the keys are and how many there are; never a key."""
    from bots.cli import keyring

    keyring.show()


@shop.command()
def sync(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would change.")] = False,
) -> None:
    """Put the packs and plans of the settings on sale at Stripe. Prices are never changed, but replaced."""
    from bots.cli import shop as selling

    selling.sync(dry_run)


@shop.command()
def codes(
    context: typer.Context,
    worth: Annotated[int, typer.Option("--credits", min=1, max=MOST_WORTH, help="What it is worth.")] = 5,
    uses: Annotated[int, typer.Option(min=1, max=MOST_USES, help="How many people may use it, once each.")] = 1,
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="How long it holds.")] = 30,
) -> None:
    """Make a code that people redeem with /redeem. It is printed this once."""
    from bots.cli import shop as selling

    selling.codes(worth, uses, days, context.obj)


@shop.command()
def report(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="How far back.")] = 7,
) -> None:
    """Compare ledger, rows and Stripe now, as the service does once a day."""
    from bots.cli import shop as selling

    raise typer.Exit(0 if selling.report(days, context.obj) else TROUBLE)


@cli.command()
def networks() -> None:
    """Fetch the networks that the sculpt engine needs, as far as they are not there."""
    from bots.cli import setting_up

    setting_up.run()


def main(arguments: Sequence[str] | None = None, parts: Parts | None = None) -> NoReturn:
    """Run one command and leave. `parts` replaces what stands behind the ports."""
    _fill_closed_streams()
    try:
        code = cli(args=arguments, obj=parts, standalone_mode=False, prog_name="python -m bots")
        sys.stdout.flush()
    except TyperException as error:
        code = _complain(f"{error.format_message()} (see --help)", error.exit_code)
    except FigurineError as error:
        code = _explain(error)
    except asyncio.CancelledError:
        code = _complain("Stopped from outside. Nothing half-done is left behind.", TERMINATED)
    except BrokenPipeError:  # Whoever read the output has gone; there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = TROUBLE
    if code == INTERRUPTED:  # Typer takes KeyboardInterrupt for a command that ended with this status.
        _complain("Stopped, as you asked. Nothing half-done is left behind.", INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)


def _fill_closed_streams() -> None:
    """Let a standard stream that was closed before the start lead nowhere, as everything expects three of them."""
    nowhere = Path(os.devnull)
    sys.stdin = sys.stdin or nowhere.open(encoding="utf-8")
    sys.stdout = sys.stdout or nowhere.open("w", encoding="utf-8")
    sys.stderr = sys.stderr or nowhere.open("w", encoding="utf-8")


def _explain(error: FigurineError) -> int:
    """One sentence in the words of the catalogue, or the operator's own where the error carries them."""
    from bots.cli.usage import UsageError
    from bots.conversation.texts import Texts
    from core.errors import InvalidEngraving, KeysMissing, NetworksMissing, PhotoError, SettingsError, UnknownStyle

    status = WRONG_INPUT if isinstance(error, PhotoError | UnknownStyle | InvalidEngraving | UsageError) else TROUBLE
    for_operators = isinstance(error, SettingsError | UsageError | NetworksMissing | KeysMissing)
    return _complain(str(error) if for_operators else Texts()(error.code, **error.fields), status)


def _complain(sentence: str, status: int) -> int:
    """One line on standard error."""
    line = " ".join(sentence.split())
    print(line if len(line) <= LONGEST else f"{line[:LONGEST]} …", file=sys.stderr)  # noqa: T201 -- the command line's voice
    return status
