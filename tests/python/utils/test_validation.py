"""The first complaint of pydantic as one clause, and TOML files that cannot be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from pyjetsim._utils.validation import first_problem, read_toml
from pyjetsim.errors import RecipeError


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    low: float
    high: float = 1.0
    shape: tuple[Literal["batch"], int] | tuple[Literal["batch"], int, int] = ("batch", 1)

    @model_validator(mode="after")
    def _ordered(self) -> Part:
        if self.low > self.high:
            raise ValueError("low is above high")
        return self


class Whole(BaseModel):
    part: Part
    limits: dict[str, float] = {}


def what(content: Any, section: str = "") -> str:
    with pytest.raises(ValidationError) as caught:
        Whole.model_validate(content)
    return first_problem(caught.value, section).what


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({}, "part is missing"),
        ({"part": {"low": 0.0, "hihg": 2.0}}, "unknown key 'part.hihg'"),
        ({"part": {"low": "x"}}, "part.low is 'x': input should be a valid number"),
        ({"part": {"low": 3.0}}, "part: low is above high"),
        (
            {"part": {"low": 0.0, "shape": ("batch", "x")}},
            "part.shape.1 is 'x': input should be a valid integer",
        ),
        ({"part": {"low": 0.0}, "limits": {"pt": None}}, "limits.pt is None: input should be a valid number"),
        (3, "content is 3: input should be a valid dictionary or instance of Whole"),
    ],
)
def test_field_value_and_message(content: Any, expected: str) -> None:
    assert what(content) == expected


def test_the_section_is_named() -> None:
    assert what({"part": {"low": 3.0}}, "model") == "model.part: low is above high"
    assert what({}, "model") == "model.part is missing"


def test_a_long_value_is_shortened_and_others_are_counted() -> None:
    with pytest.raises(ValidationError) as caught:
        Whole.model_validate({"part": {"low": "x" * 1000, "high": "y"}})
    problem = first_problem(caught.value)
    assert problem.what.startswith("part.low is 'xxxx")
    assert len(problem.what) < 200
    assert problem.more == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"card .*a\.toml cannot be read: No such file or directory \(.*\): check the name"),
        (b"\x89HDF\r\n\xff", r"card .*a\.toml is no text \(a card is a text file in TOML\): check the name"),
        (b"{}", r"card .*a\.toml is no TOML: .*mend that line, or check the name"),
        (b"x = 1\ny = =\n", r"card .*a\.toml is no TOML: .*line 2"),
        (b"x = " + b"[" * 100_000, r"card .*a\.toml is no TOML: "),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "a.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RecipeError, match=message):
        read_toml(path, "card", "check the name")


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("name = 'Ä'\n", encoding="utf-8")
    assert read_toml(tmp_path / "a.toml", "card", "check the name") == {"name": "Ä"}
