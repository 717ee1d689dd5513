"""docs/containers.md and contrib/compose.yaml: what is shown there can be read, and fits the image and the program."""

import ast
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "containers.md").read_text(encoding="utf-8")
COMPOSE = (ROOT / "contrib" / "compose.yaml").read_text(encoding="utf-8")
CONTAINERFILE = (ROOT / "Containerfile").read_text(encoding="utf-8")
PUBLISH = (ROOT / ".github" / "workflows" / "publish.yml").read_text(encoding="utf-8")
VARIABLES = (ROOT / "src" / "app" / "foreign_variables.c").read_text(encoding="utf-8")
IMAGE = "ghcr.io/matrixise/dsmtpd"


def snippets(language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"no snippet of {language}"
    return found


def yaml_documents() -> list[Any]:
    return [document for text in [COMPOSE, *snippets("yaml")] for document in yaml.safe_load_all(text)]


def members(value: Any, name: str) -> list[Any]:
    """All members of this name, at any depth."""
    if isinstance(value, list):
        return [found for item in value for found in members(item, name)]
    if isinstance(value, dict):
        here = [value[name]] if name in value else []
        return here + [found for item in value.values() for found in members(item, name)]
    return []


def test_yaml_names_the_image_its_ports_and_its_volume() -> None:
    documents = yaml_documents()
    images = [image for image in members(documents, "image") if "dsmtpd" in image]
    assert len(images) == 4
    assert set(images) == {f"{IMAGE}:2"}
    exposed = re.findall(r"^EXPOSE (.*)$", CONTAINERFILE, re.MULTILINE)[0].split()
    assert {str(port) for port in members(documents, "containerPort")} == set(exposed)
    published = [port for ports in members(documents, "ports") for port in ports if isinstance(port, str)]
    assert {port.rpartition(":")[2] for port in published} <= set(exposed)
    (volume,) = re.findall(r"^VOLUME (.*)$", CONTAINERFILE, re.MULTILINE)
    assert members(documents, "mountPath") == [volume]
    assert all(mount.endswith(f":{volume}") for mounts in members(documents, "volumes") for mount in mounts_of(mounts))


def mounts_of(volumes: Any) -> list[str]:
    return [mount for mount in volumes if isinstance(mount, str)] if isinstance(volumes, list) else []


def test_probes_of_kubernetes_ask_for_paths_that_exist() -> None:
    paths = json.loads((ROOT / "src" / "api" / "openapi.json").read_text(encoding="utf-8"))["paths"]
    asked = [probe["path"] for probe in members(yaml_documents(), "httpGet")]
    assert asked == ["/readyz", "/livez"]
    assert all(path in paths for path in asked)


def test_snippets_of_programs_can_be_parsed(tmp_path: Path) -> None:
    for text in snippets("json"):
        json.loads(text)
    for text in snippets("python"):
        ast.parse(text)
    for language, command in (("js", ["node", "--check"]), ("go", ["gofmt", "-l", "-e"])):
        if not shutil.which(command[0]):
            pytest.skip(f"{command[0]} is not installed")
        for number, text in enumerate(snippets(language)):
            path = tmp_path / f"{number}.{'mjs' if language == 'js' else language}"
            body = "".join(f"\t{line}" for line in text.splitlines(keepends=True))
            path.write_text(text if language == "js" else f"package main\n\nfunc main() {{\n{body}}}\n")
            done = subprocess.run([*command, str(path)], capture_output=True, text=True, check=False)
            assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


@pytest.mark.parametrize("variable", sorted(set(re.findall(r'"(M[PH]_\w+)"', VARIABLES))))
def test_page_names_each_variable_that_is_known(variable: str) -> None:
    assert re.search(rf"\b{variable}\b", PAGE) or any(
        variable.startswith(prefix) for prefix in re.findall(r"`(M[PH]_\w+_)\.\.\.`", PAGE)
    )


@pytest.mark.parametrize("variable", sorted(set(re.findall(r"DSMTPD_\w+(?=[\s=\\])", CONTAINERFILE))))
def test_variables_of_the_image_are_those_of_options(variable: str) -> None:
    option = re.sub(r"DSMTPD_(DEFAULT_)?", "", variable).lower().replace("_", "-")
    assert f'.name = "{option}"' in (ROOT / "src" / "app" / "option_table.c").read_text(encoding="utf-8")


def test_release_publishes_the_image_of_the_page() -> None:
    workflow = yaml.safe_load(PUBLISH)
    assert IMAGE in json.dumps(workflow["jobs"]["image"])
