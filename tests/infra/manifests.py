"""What kustomize makes of the overlays, as data."""

import json
import shutil
import subprocess
from functools import cache
from typing import Any

import pytest
import yaml

from tests.infra.compose_files import SHARED
from tools.distributed.layout import ROOT

FOLDER = ROOT / "infra" / "k8s"
OVERLAYS = ("dev", "prod", "all-in-one")
SERVICES = ("gateway", "answerer", "indexer", "admin-api")
Manifest = dict[str, Any]
_SCHEMAS = SHARED / "apis" / "crds"


def kubectl() -> str:
    """The program, with a kustomize that knows components; skipped where it is not."""
    found = shutil.which("kubectl")
    if found is None:
        pytest.skip("kubectl is not installed; NOTHING of the manifests was checked")
    said = json.loads(
        subprocess.run([found, "version", "--client", "-o", "json"], check=True, capture_output=True).stdout
    )
    if not said.get("kustomizeVersion", "").startswith("v5"):
        pytest.skip("kubectl is too old to build the overlays; NOTHING of the manifests was checked")
    return found


def manifests(overlay: str) -> tuple[Manifest, ...]:
    """Everything that an overlay makes."""
    return made_of(f"overlays/{overlay}")


@cache
def made_of(folder: str) -> tuple[Manifest, ...]:
    """Everything that a folder makes."""
    command = [kubectl(), "kustomize", str(FOLDER / folder)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return tuple(yaml.safe_load_all(built.stdout))


def of_kind(overlay: str, *kinds: str) -> dict[str, Manifest]:
    """Those of some kinds, by name."""
    return {one["metadata"]["name"]: one for one in manifests(overlay) if one["kind"] in kinds}


def pods(overlay: str) -> dict[str, Manifest]:
    """Every pod's template, by the name of what makes it."""
    found = {}
    for name, one in of_kind(overlay, "Deployment", "StatefulSet", "Job", "CronJob").items():
        spec = one["spec"]["jobTemplate"]["spec"] if one["kind"] == "CronJob" else one["spec"]
        found[name] = spec["template"]
    return found


def custom_schema(manifest: Manifest) -> Manifest | None:
    """The published schema of a custom resource, where it is at hand."""
    group, _, version = manifest["apiVersion"].partition("/")
    path = _SCHEMAS / f"{group}_{manifest['kind'].lower()}_{version}.json"
    if not path.exists():
        return None
    # Written for Go's regular expressions, which let flags stand anywhere.
    schema: Manifest = json.loads(path.read_text(encoding="utf-8").replace('"^(?i)', '"(?i)^'))
    return schema
