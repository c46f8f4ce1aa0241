"""Checkpoints: where a model's bytes are, which ones they are, and that none of them can run code.

On the hub, a branch is resolved to the commit that it names at that moment; on disk, the files are hashed. Only
safetensors are taken. ``HF_HOME``, ``HF_HUB_OFFLINE`` and ``HF_TOKEN`` are respected, as is ``LIMELIGHT_OFFLINE``.
"""

import importlib.util
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from limelight.errors import BackendError, WeightError
from limelight.shoot.diffusion.models.register import COMMIT, PICKLES, Family, Model, models, registered
from limelight.stage import digest, sha256_of
from limelight.weights.fetch import is_offline

INDEX = "model_index.json"
CLASSES = (
    ("StableDiffusionXL", Family.SDXL),
    ("StableDiffusion3", Family.OTHER),
    ("StableDiffusion", Family.SD15),
    ("LatentConsistencyModel", Family.SD15),
    ("ZImage", Family.Z_IMAGE),
    ("Flux2Klein", Family.FLUX2_KLEIN),
    ("AnimateDiff", Family.ANIMATEDIFF),
    ("Wan", Family.WAN),
    ("LTX2", Family.LTX2),
)
"""How pipeline classes begin, and the family they are of; the first match counts."""
ARCHETYPES = {
    Family.SD15: "sd15",
    Family.SDXL: "sdxl",
    Family.Z_IMAGE: "z-image-turbo",
    Family.FLUX2_KLEIN: "flux2-klein",
    Family.ANIMATEDIFF: "animatediff",
    Family.WAN: "wan2.2-ti2v-5b",
    Family.LTX2: "ltx-2",
}
"""Whose steps, guidance and frame grid an unregistered model of the family is given."""
INHERITED = ("steps", "guidance", "side", "multiple", "fps", "grid", "longest", "first_frame")
EXTRA = "pip install -e '.[diffusion]' in Limelight's folder"


@dataclass(frozen=True)
class Checkpoint:
    """A model pinned to its bytes.

    Attributes:
        model: How it is used; of an unregistered one, what its files tell.
        commit: Of the hub, or empty for a model on disk.
        digest: What a cache key should contain.
        base: What it changes, if it is an adapter.
    """

    model: Model
    commit: str
    digest: str
    base: "Checkpoint | None" = None

    @property
    def label(self) -> str:
        """For the report: name, place and commit or SHA-256."""
        if self.model.repo:
            return f"{self.model.name} {self.model.repo}@{self.commit}"
        if self.base is not None:
            own = f"{self.model.adapter}@{self.commit}" if self.commit else f"sha256 {self.digest}"
            return f"{self.model.name} {own} on {self.base.label}"
        return f"{self.model.name} sha256 {self.digest}"


def locate(model: Model) -> Checkpoint:
    """Pin a model to its bytes without fetching its weights.

    Raises:
        WeightError: it is not there, holds pickles only, or the hub cannot be asked.
        BackendError: the extra is not installed.
    """
    if model.path is not None:
        return _on_disk(model, model.path)
    if model.base:
        base = locate(registered(model.base))
        commit = _commit(model.adapter, model.revision)
        return Checkpoint(model, commit, digest([commit, model.adapter_file, base.digest]), base)
    commit = _commit(model.repo, model.revision)
    if model.family is Family.OTHER:
        with _explained(model.repo):
            index = _hub().hf_hub_download(model.repo, INDEX, revision=commit, local_files_only=is_offline())
        model = _refined(model, Path(index).parent)
    return Checkpoint(model, commit, commit)


def on_base(adapter: Checkpoint, base: Checkpoint) -> Checkpoint:
    """An adapter put onto another base than its register's: AnimateDiff's motion on any SD 1.5.

    Raises:
        BackendError: the base is not of its kind.
    """
    if base.model.family is not Family.SD15 or base.base is not None:
        raise BackendError(
            f"{adapter.model.name} moves Stable Diffusion 1.5 only; {base.model.name} is not one.",
            hint="Give sd15, realistic-vision or dreamshaper as --model.",
        )
    own = adapter.commit or adapter.digest
    return replace(adapter, digest=digest([own, base.digest]), base=base)


def fetch(checkpoint: Checkpoint) -> Path:
    """The folder or file with the weights, downloaded from the hub if they are not here yet.

    Raises:
        WeightError: the hub cannot be reached, wants a token, or has no safetensors of it.
    """
    model = checkpoint.model
    if model.path is not None:
        return model.path
    with _explained(model.repo):
        from diffusers import DiffusionPipeline

        folder = DiffusionPipeline.download(
            model.repo,
            revision=checkpoint.commit,
            variant=model.variant or None,
            use_safetensors=True,
            local_files_only=is_offline(),
            trust_remote_code=False,
        )
    refuse_pickles(Path(folder))
    return Path(folder)


def fetch_adapter(checkpoint: Checkpoint) -> Path:
    """The folder or file of an adapter (LCM, Lightning, AnimateDiff's motion).

    Raises:
        WeightError: as :func:`fetch`.
    """
    model = checkpoint.model
    if model.path is not None:
        return model.path
    patterns = [model.adapter_file] if model.adapter_file else ["config.json", "*.safetensors"]
    with _explained(model.adapter):
        folder = Path(
            _hub().snapshot_download(
                model.adapter,
                revision=checkpoint.commit,
                allow_patterns=patterns,
                local_files_only=is_offline(),
            )
        )
    found = folder / model.adapter_file if model.adapter_file else folder
    if not found.exists():
        raise WeightError(f"{model.adapter} has no {model.adapter_file}.", hint="Choose another model.")
    return found


def refuse_pickles(folder: Path) -> None:
    """Let a folder of diffusers pass whose every component with weights has them as safetensors.

    Raises:
        WeightError: a component has pickles only, or wants to run code of its own.
    """
    index = _read_json(folder / INDEX)
    for name, entry in index.items():
        if name.startswith("_") or not isinstance(entry, list) or entry[0] is None:
            continue
        if entry[0] not in {"diffusers", "transformers", "stable_diffusion"} and not entry[0].isidentifier():
            raise WeightError(
                f"{str(folder)!r} wants code of its own for its {name}.", hint="Take another model."
            )
        files = list((folder / name).glob("*")) if (folder / name).is_dir() else []
        risky = [file.name for file in files if file.suffix in PICKLES]
        if risky and not any(file.suffix == ".safetensors" for file in files):
            raise WeightError(
                f"the {name} in {str(folder)!r} is a pickle ({risky[0]}): opening it can run code hidden in it.",
                hint="Take a version of the model with .safetensors files.",
            )
    if isinstance(index.get("_class_name"), list) or any(folder.rglob("*.py")):
        raise WeightError(f"{str(folder)!r} wants to run code of its own.", hint="Take another model.")


def _on_disk(model: Model, path: Path) -> Checkpoint:
    if path.is_file():
        return Checkpoint(_single(model, path), "", _sha256(path, _stamp(path)))
    if _is_motion(path):
        motion = models()[ARCHETYPES[Family.ANIMATEDIFF]]
        known = {name: getattr(motion, name) for name in ("family", *INHERITED)}
        return Checkpoint(model.model_copy(update=known), "", _folder_digest(path))
    if not (path / INDEX).is_file():
        raise WeightError(
            f"{str(path)!r} has no {INDEX}.", hint="Give the folder that save_pretrained() wrote."
        )
    refuse_pickles(path)
    return Checkpoint(_refined(model, path), "", _folder_digest(path))


def _is_motion(path: Path) -> bool:
    """Whether a folder is AnimateDiff's motion adapter alone."""
    config = path / "config.json"
    return config.is_file() and _read_json(config).get("_class_name") == "MotionAdapter"


def _folder_digest(path: Path) -> str:
    files = sorted(file for file in path.rglob("*") if file.suffix in {".json", ".txt", ".safetensors"})
    return digest({str(file.relative_to(path)): _sha256(file, _stamp(file)) for file in files})


def _refined(model: Model, folder: Path) -> Model:
    """What an unregistered model's own files tell about it."""
    index = _read_json(folder / INDEX)
    kind = str(index.get("_class_name", ""))
    family = next((family for start, family in CLASSES if kind.startswith(start)), Family.OTHER)
    known: dict[str, Any] = {"family": family}
    if family in ARCHETYPES:
        archetype = models()[ARCHETYPES[family]]
        known |= {name: getattr(archetype, name) for name in INHERITED}
    if family is Family.WAN:
        known["first_frame"] = bool(index.get("expand_timesteps")) or "ImageToVideo" in kind
    for component in ("unet", "transformer"):
        config = folder / component / "config.json"
        size = _read_json(config).get("sample_size") if config.is_file() else None
        if isinstance(size, int) and family is not Family.OTHER:
            known["side"] = size * 8
    return model.model_copy(update=known)


def _single(model: Model, path: Path) -> Model:
    """Which family one safetensors file is of, by the names of its tensors."""
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if not 2 <= length <= 100_000_000:
            raise WeightError(f"{str(path)!r} is not safetensors.", hint="Download it again.")
        try:
            names = set(json.loads(stream.read(length)))
        except (ValueError, UnicodeDecodeError) as problem:
            raise WeightError(f"{str(path)!r} is not safetensors.", hint="Download it again.") from problem
    if any(name.startswith("conditioner.embedders.1.") for name in names):
        family = Family.SDXL
    elif any(name.startswith("cond_stage_model.") for name in names):
        family = Family.SD15
    else:
        raise WeightError(
            f"{str(path)!r} is neither Stable Diffusion 1.5 nor XL in one file.",
            hint="Give the model as a folder of diffusers.",
        )
    archetype = models()[ARCHETYPES[family]]
    return model.model_copy(
        update={"family": family, **{name: getattr(archetype, name) for name in INHERITED}}
    )


def _commit(repo: str, revision: str) -> str:
    if COMMIT.match(revision):
        return revision
    with _explained(repo):
        hub = _hub()
        if is_offline() or hub.constants.HF_HUB_OFFLINE:
            return _kept_commit(repo, revision)
        return str(hub.HfApi().model_info(repo, revision=revision).sha)
    raise AssertionError  # _explained either returns or raises


def _kept_commit(repo: str, revision: str) -> str:
    """The commit that a branch named when it was last downloaded."""
    hub = _hub()
    reference = Path(hub.constants.HF_HUB_CACHE) / f"models--{repo.replace('/', '--')}" / "refs" / revision
    if not reference.is_file():
        raise WeightError(
            f"{repo} is not on this machine, and the network is not to be used.",
            hint="Download it while connected (HF_HUB_OFFLINE and LIMELIGHT_OFFLINE unset), or give a folder.",
        )
    return reference.read_text().strip()


@contextmanager
def _explained(repo: str) -> Iterator[None]:
    """Say in our words what the hub or the extra lacks."""
    try:
        errors = _hub().errors
    except ImportError as problem:
        raise missing_extra(problem) from problem
    try:
        yield
    except ImportError as problem:
        raise missing_extra(problem) from problem
    except errors.GatedRepoError as problem:
        raise WeightError(
            f"{repo} is given only to those who accepted its terms.",
            hint="Accept them on its page and set HF_TOKEN.",
        ) from problem
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError) as problem:
        raise WeightError(
            f"the hub has no {repo} of that revision, or it is private.",
            hint="Check the name, or set HF_TOKEN.",
        ) from problem
    except (OSError, ValueError, errors.HfHubHTTPError) as problem:
        raise WeightError(
            f"{repo} cannot be had: {_short(problem)}",
            hint="Check the connection, or give a folder with its safetensors files by path.",
        ) from problem


def require_extra() -> None:
    """Find out, without the seconds that importing takes, whether the extra is installed.

    Raises:
        BackendError: it is not.
    """
    for name in ("torch", "diffusers", "transformers", "huggingface_hub"):
        if importlib.util.find_spec(name) is None:
            raise missing_extra(ImportError(f"No module named {name!r}"))


def missing_extra(problem: ImportError) -> BackendError:
    """The error for a machine without torch or diffusers."""
    return BackendError(f"the camera 'diffusion' needs more: {problem}.", hint=f"Install it: {EXTRA}.")


def _short(problem: BaseException) -> str:
    return str(problem).strip().split("\n", 1)[0][:200]


def _hub() -> Any:
    import huggingface_hub
    import huggingface_hub.constants
    import huggingface_hub.errors

    return huggingface_hub


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as problem:
        raise WeightError(
            f"{str(path)!r} cannot be read: {problem}.", hint="Download the model again."
        ) from problem
    return found if isinstance(found, dict) else {}


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=256)
def _sha256(path: Path, stamp: tuple[int, int]) -> str:
    del stamp  # part of the key: a file that was changed is read again
    return sha256_of(path)
