"""The rules of the house: import arrows, generated code, clean notebooks, sizes."""

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbdev.clean import clean_nb
from nbdev.process import read_nb

from tweetsent.core.settings import read_settings
from tweetsent.pipeline.parameters import notebook_parameters

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "tweetsent"
NOTEBOOKS = [path for path in sorted((ROOT / "nbs").rglob("*.ipynb")) if ".ipynb_checkpoints" not in path.parts]
EXPERIMENTS = [path for path in NOTEBOOKS if "experiments" in path.parts]
LIBRARY = [path for path in NOTEBOOKS if "experiments" not in path.parts and path.stem != "index"]
# An arrow of imports only points upward in this list.
ROOMS = ["core", "store", "data", "labeling", "modeling", "inference", "evaluation", "reporting", "serving", "pipeline"]
HEAVY = {"torch", "transformers", "peft", "accelerate", "ray", "google", "jupyterlab", "papermill", "nbconvert", "nbclient", "huggingface_hub"}

# These subclass torch, transformers and papermill; nothing that must load without torch imports them at import time (test_modeling blocks torch and tries).
SUBCLASS_HEAVY = {f"tweetsent/modeling/{name}.py" for name in ("adapters", "dry_run", "heads", "language_model", "layers", "loop", "losses", "network")}
SUBCLASS_HEAVY |= {"tweetsent/pipeline/kernel.py"}


def modules() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if path.name not in ("__init__.py", "_modidx.py")]


def imports(path: Path, top_level_only: bool = False) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level_only else ast.walk(tree)
    found = set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            parent = ("tweetsent", *path.relative_to(PACKAGE).parts[:-1])[: 1 + len(path.relative_to(PACKAGE).parts) - node.level] if node.level else ()
            found.add(".".join((*parent, *filter(None, [node.module]))))
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return found


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_imports_point_upward(path):
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    for module in imports(path):
        if module.startswith("tweetsent."):
            other = module.split(".")[1]
            assert ROOMS.index(other) <= ROOMS.index(room), f"{room} imports {module}, which lies below it"


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_heavy_libraries_are_imported_inside_functions(path):
    heavy = {module for module in imports(path, top_level_only=True) if module.split(".")[0] in HEAVY}
    assert not heavy or name_of(path) in SUBCLASS_HEAVY, f"{heavy} at import time"


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_modules_stay_under_400_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_functions_stay_under_40_lines(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = node.end_lineno - node.body[0].lineno + 1
            assert lines <= 40, f"{node.name} has {lines} lines"


def test_generated_code_equals_the_notebooks(tmp_path):
    copy = tmp_path / "project"
    for name in ("nbs", "tweetsent"):
        shutil.copytree(ROOT / name, copy / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
    for name in ("pyproject.toml", "settings.ini", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    for module in (copy / "tweetsent").rglob("*.py"):
        if "_assets" not in module.parts and module.name != "__init__.py":
            module.unlink()
    subprocess.run([Path(sys.executable).parent / "nbdev-export"], cwd=copy, check=True, capture_output=True)
    sides = [{str(path.relative_to(side)): path.read_text() for path in (side / "tweetsent").rglob("*.py")} for side in (ROOT, copy)]
    assert sorted(sides[0]) == sorted(sides[1]), "a module without a notebook, or a notebook that was not exported: run 'make export'"
    differing = [name for name in sides[0] if sides[0][name] != sides[1][name]]
    assert not differing, f"{differing} differ from what their notebooks export: edit the notebook, then run 'make export'"


@pytest.mark.parametrize("path", EXPERIMENTS, ids=name_of)
def test_experiment_notebooks_only_call_the_library(path):
    cells = json.loads(path.read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert sum("parameters" in cell["metadata"].get("tags", []) for cell in code) == 1, "one cell is tagged 'parameters'"
    assert notebook_parameters(path), "the parameters cell declares something"
    for cell in code:
        assert not cell["outputs"] and cell["execution_count"] is None, "committed with outputs"
        kinds = {type(node) for node in ast.walk(ast.parse("".join(cell["source"])))}
        assert not kinds & {ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda}, "defines something: move it into the library"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_notebooks_are_clean(path):
    before = path.read_text(encoding="utf-8")
    notebook = read_nb(path)
    clean_nb(notebook, allowed_cell_metadata_keys=["tags"])
    metadata = [dict(cell.metadata) for cell in notebook.cells]
    assert metadata == [cell["metadata"] for cell in json.loads(before)["cells"]], "run 'make clean-notebooks'"
    assert '"output_type": "error"' not in before, "a committed output is an error"
    outputs = json.dumps([cell.get("outputs") for cell in json.loads(before)["cells"]])
    assert not re.search(r"/(home|root|Users|work)/\w", before) and "/tmp/" not in outputs, "a path of somebody's machine"


@pytest.mark.parametrize("path", LIBRARY, ids=name_of)
def test_library_notebooks_are_literate(path):
    cells = json.loads(path.read_text())["cells"]
    first = "".join(cells[0]["source"])
    assert cells[0]["cell_type"] == "markdown" and first.startswith("# ") and "\n> " in first, "title and one sentence first"
    prose = sum(cell["cell_type"] == "markdown" for cell in cells)
    assert prose >= (len(cells) - prose) / 4 and len(cells) <= 80
    assert any(re.search(r"assert |pytest.raises", "".join(cell["source"])) for cell in cells if "#| export" not in "".join(cell["source"])), "has tests"


def test_settings_carry_the_presets_of_the_mission():
    presets = read_settings(ROOT).presets
    assert list(presets) == ["tfidf", "minilm", "mpnet", "finbert", "gemma3-270m", "gamma3", "gemma3-12b"]
    big = presets["gemma3-12b"]
    assert (big.lora_r, big.lora_alpha, big.lora_dropout, big.lora_target_modules) == (8, 16, 0.1, ("q_proj", "v_proj"))
    assert (big.quantization, big.max_grad_norm, big.per_device_train_batch_size, big.learning_rate) == ("8bit", 1.0, 8, 1e-5)
    assert all(presets[name].early_stopping_patience == 3 for name in ("finbert", "gamma3", "gemma3-12b"))
    assert (presets["finbert"].per_device_train_batch_size, presets["finbert"].learning_rate) == (16, 2e-5)


def test_make_has_the_targets_that_people_are_told():
    told = "setup demo demo-web lab up dev jupyter train evaluate label sweep test test-backend test-frontend test-e2e test-containers test-long"
    told += " bench logs ps stats down clean backup restore keys help"
    documented = re.findall("^([a-z0-9 -]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(told.split()) <= {word for names in documented for word in names.split()}


def test_no_name_of_a_machine_or_registry_is_committed():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and not path.is_symlink() and path.suffix not in (".png", ".lock") and name != "tests/test_house.py":
            text = path.read_text(encoding="utf-8")
            found = re.search("python" r"hosted|registry\.np" r"mjs|deb\.deb" r"ian|index-url|find-links\s*=", text)
            assert not found, f"{name} names {found[0]}"


PATTERN_READERS = {"read_parquet", "scan_parquet", "read_csv", "scan_csv", "read_ndjson", "scan_ndjson"}


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_polars_never_takes_a_file_name_for_a_pattern(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    exact = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call) and reads_one_file(node)}
    readers = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in PATTERN_READERS and ast.unparse(node.value) == "pl"]
    bare = [f"line {node.lineno}: pl.{node.attr}" for node in readers if id(node) not in exact]
    assert not bare, f"{bare}: 'tw[1].csv' would be read from tw1.csv; use core.files.read_parquet or read_table, or say glob=False"


def reads_one_file(call: ast.Call) -> bool:
    bytes_only = ast.unparse(call.func) == "pl.read_ndjson" and ast.unparse(call.args[0]).endswith(".read_bytes()")
    return bytes_only or any(word.arg == "glob" and ast.unparse(word.value) == "False" for word in call.keywords)


def test_every_error_class_comes_home_from_a_kernel():
    from tweetsent.pipeline.kernel import error_kind

    errors = {"TweetsentError"}
    classes = [(node, path) for path in modules() for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.ClassDef)]
    while found := {node.name for node, _ in classes if {ast.unparse(base) for base in node.bases} & errors} - errors:
        errors |= found
    homes = {node.name: "tweetsent." + str(path.relative_to(PACKAGE).with_suffix("")).replace("/", ".") for node, path in classes if node.name in errors}
    strange = {name: home for name, home in homes.items() if getattr(error_kind(name), "__module__", None) != home}
    assert not strange, f"{strange}: add the module to ERROR_HOMES in nbs/pipeline/kernel.ipynb"
