"""The repository's own files: what hooks, workflows and an index of packages make of them."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def _yaml(path: Path) -> Any:
    return pytest.importorskip("yaml").safe_load(path.read_text(encoding="utf-8"))


def test_hooks_have_the_versions_of_the_constraints() -> None:
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    (repository,) = _yaml(ROOT / ".pre-commit-config.yaml")["repos"]
    needed = [each for hook in repository["hooks"] for each in hook.get("additional_dependencies", [])]
    assert len(needed) >= 7
    assert not [each for each in needed if each not in pinned]


def test_every_dependency_has_a_version() -> None:
    """What pyproject.toml names is in constraints.txt, but for what is heavy and only compared with."""
    read = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = [*read["project"]["dependencies"]]
    for extra in read["project"]["optional-dependencies"].values():
        named += extra
    for name, group in read["dependency-groups"].items():
        named += group if name not in ("bench", "reference") else []

    def normal(name: str) -> str:
        (start,) = re.findall(r"^[\w.-]+", name)
        return re.sub(r"[-_.]+", "-", start).lower()

    pinned = {
        normal(line) for line in (ROOT / "constraints.txt").read_text().splitlines() if line[:1].isalnum()
    }
    missing = {normal(each) for each in named if isinstance(each, str)} - pinned - {"pyjetsim"}
    assert not missing


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_commands_of_workflows_are_there(workflow: Path) -> None:
    """A target of make, a program of the checkout, or a tool that the runner has."""
    for job in _yaml(workflow)["jobs"].values():
        for step in job["steps"]:
            command = step.get("run")
            if command is None:
                continue
            words = command.split()
            if words[0] == "make":
                done = subprocess.run(
                    ["make", "-n", *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False
                )
                assert done.returncode == 0, done.stderr
            elif words[0].startswith("."):
                script = ROOT / words[0]
                assert script.stat().st_mode & 0o111
                assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
            else:
                assert words[0] == "pipx", command


def test_an_index_of_packages_shows_the_readme() -> None:
    """As `twine check` asks; what is relative to the checkout leads nowhere there."""
    markdown = pytest.importorskip("readme_renderer.markdown")
    html = markdown.render((ROOT / "README.md").read_text(encoding="utf-8"))
    assert html is not None
    assert html.count("<h2") >= 5
    links = re.findall(r"(?:href|src)=\"([^\"]*)\"", html)
    assert len(links) > 20
    assert not [link for link in links if not link.startswith(("https://", "#"))]
