"""One manifest, three that judge it: the schema, C++, and the writer, which asks C++."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from manifests import FIRST, SECOND, Case, bad, good

from pyjetsim import _core
from pyjetsim.bundle.manifest import manifest_of, read_manifest
from pyjetsim.bundle.shipped import SHIPPED
from pyjetsim.errors import BundleError

GOOD, BAD = list(good()), list(bad())


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft202012Validator:
    text = (resources.files("pyjetsim.bundle") / "manifest.schema.json").read_text(encoding="utf-8")
    content = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(content)
    return jsonschema.Draft202012Validator(content)


def strict(text: str) -> Any:
    """JSON as its standard has it; ValueError for what only Python takes."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError("a name is there twice")
        return dict(pairs)

    def finite(number: str) -> float:
        value = float(number)
        if value in (float("inf"), -float("inf")):
            raise ValueError(f"{number} is beyond double precision")
        return value

    def never(word: str) -> float:
        raise ValueError(word)

    try:
        content = json.loads(text, object_pairs_hook=once, parse_float=finite, parse_constant=never)
        json.dumps(content, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    return content


def takes(schema: jsonschema.Draft202012Validator, text: str) -> bool:
    try:
        return bool(schema.is_valid(strict(text)))
    except ValueError:
        return False


def refused(text: str) -> str | None:
    """What C++ says; None where it takes it."""
    try:
        _core.check_manifest(text, "here/manifest.json")
    except BundleError as error:
        return str(error)
    return None


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name[:60])
def test_good_ones_are_taken(schema: jsonschema.Draft202012Validator, case: Case) -> None:
    assert refused(case.text) is None
    assert takes(schema, case.text), list(schema.iter_errors(strict(case.text)))
    manifest_of(case.text)


def test_bad_ones_are_refused(schema: jsonschema.Draft202012Validator) -> None:
    assert len(BAD) > 500
    messages = {case: refused(case.text) for case in BAD}
    assert [case.name for case, message in messages.items() if message is None] == []
    assert [
        m for m in messages.values() if m and not (m.startswith("here/manifest.json") and len(m) < 400)
    ] == []
    assert [m for m in messages.values() if m and "\n" in m] == []
    assert [case.name for case in BAD if takes(schema, case.text) != case.beyond_schema] == []


def test_the_bundles_that_come_along_are_good(schema: jsonschema.Draft202012Validator) -> None:
    for name in SHIPPED:
        text = (resources.files("pyjetsim") / "bundles" / name / "manifest.json").read_text()
        assert takes(schema, text)
        assert refused(text) is None


@pytest.mark.parametrize("name", ["bundle", "kinds_bundle"])
def test_the_writer_writes_what_it_reads(
    schema: jsonschema.Draft202012Validator, request: pytest.FixtureRequest, name: str
) -> None:
    folder: Path = request.getfixturevalue(name)
    path = folder / "manifest.json"
    assert takes(schema, path.read_text())
    assert read_manifest(folder).as_json(path) == path.read_bytes()


def test_the_writer_refuses_what_nobody_would_read() -> None:
    from dataclasses import replace

    manifest = manifest_of(json.dumps(SECOND))
    for wrong, message in (
        (replace(manifest, opset=0), "/opset is 0, not a whole number"),
        (replace(manifest, model=""), '/model is ""'),
        (replace(manifest, files={}), "/files does not name model.onnx"),
        (replace(manifest, domain={**manifest.domain, "pt": (2.0, 1.0)}), r"/domain/pt is \[2.0, 1.0\]"),
        (replace(manifest, domain={**manifest.domain, "pt": (0.0, float("nan"))}), "not JSON compliant"),
        (replace(manifest, provenance={"x": "\ud800"}), "no readable JSON"),
    ):
        with pytest.raises(BundleError, match=message):
            wrong.as_json(Path("here/manifest.json"))


def test_unknown_fields_are_named() -> None:
    for edit, message in (
        (lambda m: m.update(task="cloud"), 'it has a field "task" that this pyjetsim does not know'),
        (lambda m: m["cuts"].update(jet_pt_min=1), '/cuts has a field "jet_pt_min" that'),
        (lambda m: m["inputs"][1].update(dtype="f4"), '/inputs/1 has a field "dtype" that'),
    ):
        manifest = json.loads(json.dumps(FIRST))
        edit(manifest)
        assert message in str(refused(json.dumps(manifest)))


def test_no_manifest(tmp_path: Path, change: Callable[..., None]) -> None:
    with pytest.raises(BundleError, match=r"manifest\.json cannot be read: No such file"):
        read_manifest(tmp_path)
