"""What a plain installation is without: told in one line that names the extra."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from synthetic import MakePairs

from pyjetsim._utils.extras import EXTRAS
from pyjetsim.io import write_pairs

_ROOT = Path(__file__).parents[3]
_DISTRIBUTIONS = {"onnx_ir": "onnx-ir", "tomli_w": "tomli-w", "ot": "pot", "sklearn": "scikit-learn"}
# A finder that stands before all others and has none of the named modules.
_WITHOUT = """
import sys
class Without:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names}:
            raise ModuleNotFoundError("No module named " + name, name=name)
sys.meta_path.insert(0, Without())
"""


def _without(names: tuple[str, ...], code: str) -> subprocess.CompletedProcess[str]:
    program = _WITHOUT.format(names=set(names)) + code
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)


def _all_optional() -> tuple[str, ...]:
    return tuple(sorted({module for modules in EXTRAS.values() for module in modules}))


def _command(*words: str) -> str:
    return f"from pyjetsim.cli import main\nsys.exit(main({list(words)!r}))"


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (("train", "paper", "--data", "x.h5", "--output", "run"), "train"),
        (("export", "run", "--output", "bundle"), "train"),
        (("generate", "--process", "ww", "--events", "1", "--output", "x.h5"), "generate"),
        (("convert", "x.root", "--output", "x.h5"), "formats"),
        (("evaluate", "--target", "x.h5", "--prediction", "y.h5", "--output", "report"), "evaluate"),
    ],
)
def test_a_stage_without_its_extra_is_one_line(words: tuple[str, ...], extra: str):
    result = _without(_all_optional(), _command(*words))
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert result.stderr.endswith(f" needs it): run pip install 'pyjetsim[{extra}]'\n")


def test_it_is_an_import_error_in_python():
    code = "try:\n    import pyjetsim.train\nexcept ImportError as error:\n    print(error)"
    result = _without(("torch",), code)
    assert result.stdout == (
        "the package torch is not installed (training needs it): run pip install 'pyjetsim[train]'\n"
    )


def test_another_module_that_is_missing_is_not_taken_for_an_extra():
    result = _without(("h5py",), "import pyjetsim.train")
    assert "ModuleNotFoundError: No module named h5py" in result.stderr


def test_help_and_import_load_none_of_the_extras():
    code = (
        _command("--help")
        .replace("sys.exit(main", "sys.argv[0] = 'pyjetsim'\ntry:\n    main")
        .removesuffix(")")
    )
    code += "\nexcept SystemExit: pass\nimport pyjetsim\n"
    code += f"print(sorted(set({_all_optional()!r}) & set(sys.modules)), file=sys.stderr)"
    result = subprocess.run([sys.executable, "-c", "import sys\n" + code], capture_output=True, text=True)
    assert "usage: pyjetsim" in result.stdout
    assert result.stderr == "[]\n"


def test_files_are_simulated_without_any_extra(make_pairs: MakePairs, tmp_path: Path):
    write_pairs(tmp_path / "in.h5", make_pairs(20, 1), {"made": "by the test"})
    words = ("simulate", str(tmp_path / "in.h5"), "--bundle", "paper", "--output", str(tmp_path / "out.h5"))
    # FastJet brings awkward.
    result = _without(tuple(set(_all_optional()) - {"awkward"}), _command(*words))
    assert (result.returncode, result.stderr) == (0, "")
    assert (tmp_path / "out.h5").is_file()


def test_the_extras_bring_the_modules():
    extras = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    for name, modules in EXTRAS.items():
        brought = {requirement.split(">=")[0] for requirement in extras[name]}
        assert brought == {_DISTRIBUTIONS.get(module, module) for module in modules}
    assert set(extras) == {*EXTRAS, "all"}


def test_the_sources_say_what_is_missing_in_them():
    result = subprocess.run(
        [sys.executable, "-c", "import sys; sys.path.insert(0, ''); import pyjetsim"],
        capture_output=True,
        text=True,
        cwd=_ROOT,
    )
    assert f"ImportError: {_ROOT / 'pyjetsim'} holds the sources of pyjetsim" in result.stderr
    assert "`pip install .`" in result.stderr
