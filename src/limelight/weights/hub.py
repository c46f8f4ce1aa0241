"""Models that a person names and the register does not know: a folder of theirs, or a name on the model hub."""

import difflib
import re
from pathlib import Path

from limelight.errors import SettingsError, WeightError
from limelight.events import Listener, ignore
from limelight.weights.fetch import is_offline, weight, weights_folder
from limelight.weights.registry import registry

_OWNED = re.compile(r"[\w.-]+/[\w.-]+")
NEEDED = ("model.bin", "config.json", "tokenizer.json")
"""Files of a Whisper in CTranslate2's form."""


def refuse_unknown_whisper(name: str) -> None:
    """Refuse a name that can be no Whisper, before anything is listened to.

    Args:
        name: A registered model, a folder, a size such as ``small``, or a hub name such as ``owner/model``.

    Raises:
        SettingsError: none of these.
    """
    if name in registry().names:
        return
    folder = Path(name).expanduser()
    if folder.exists():
        if missing := [file for file in NEEDED if not (folder / file).is_file()]:
            raise SettingsError(
                f"{name} is no folder of a Whisper in CTranslate2's form: {', '.join(missing)} missing.",
                hint="Convert a model with ct2-transformers-converter --quantization float16 "
                "--copy_files tokenizer.json, or name one of the hub's conversions.",
            )
        return
    if _OWNED.fullmatch(name) or name in _sizes():
        return
    known = [*(known for known in registry().names if known.startswith("whisper")), *_sizes()]
    close = difflib.get_close_matches(name, known, n=1)
    raise SettingsError(
        f"There is no Whisper model {name!r}.",
        hint=(f"Did you mean {close[0]!r}? " if close else "")
        + f"Give a folder, a hub name such as owner/model, or one of {', '.join(known)}.",
    )


def whisper_folder(name: str, *, on_event: Listener = ignore) -> Path:
    """The folder of a Whisper in CTranslate2's form; downloaded if it is not here.

    Registered models are verified by the register's hashes. For others the hub's word is taken: they are as
    trustworthy as who put them there.

    Raises:
        SettingsError: as :func:`refuse_unknown_whisper` does.
        WeightError: it cannot be had.
    """
    refuse_unknown_whisper(name)
    if name in registry().names:
        return weight(name, on_event=on_event)
    folder = Path(name).expanduser()
    return folder if folder.is_dir() else _from_hub(name)


def _from_hub(name: str) -> Path:
    import logging  # noqa: PLC0415

    from faster_whisper import download_model  # noqa: PLC0415 - heavy

    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    kept = weights_folder() / "hub"
    try:
        folder = Path(download_model(name, cache_dir=str(kept), local_files_only=is_offline()))
    except Exception as problem:  # the hub's client has dozens of kinds, of several libraries
        where = (
            "not in the cache, and LIMELIGHT_OFFLINE forbids downloading" if is_offline() else str(problem)
        )
        raise WeightError(
            f"The model {name} cannot be had from the model hub: {' '.join(where.split())[:300]}.",
            hint="Check the name and the connection, give a folder, or leave --whisper out for whisper-base.",
        ) from problem
    if missing := [file for file in NEEDED if not (folder / file).is_file()]:
        raise WeightError(
            f"{name} is no Whisper in CTranslate2's form: {', '.join(missing)} missing.",
            hint="Choose a conversion for faster-whisper.",
        )
    return folder


def _sizes() -> list[str]:
    from faster_whisper import available_models  # noqa: PLC0415 - heavy

    return list(available_models())
