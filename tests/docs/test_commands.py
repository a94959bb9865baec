"""Every command on the pages runs, with fewer epochs, or is run by the test that is named here."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
from fastavg_cli.app import COMMANDS

from tests.docs.commands import SHELLS, Command, commands_of, make_files, on_page
from tests.docs.pages import DOCS, ROOT, fences, name_of, pages

KNOWN = {*SHELLS, "python", "toml", "json", "dockerfile", "c", "text"}
# How commands begin that are not run here: what they need, and the file that runs them.
ELSEWHERE = {
    r"python -m venv|\. \.venv|pip install \.$|pip install -e": ("an environment", ".ci/run"),
    r"\.ci/check|pytest$|python -m pytest": ("minutes", ".ci/run"),
    r"pytest bench( --|$)": ("minutes", ".ci/check"),
    # Their arguments are checked below.
    r"python -m bench\.(report$|slices)": ("a quiet machine", "tests/bench/test_slices.py"),
    r"(mpiexec -n 2 )?python -m bench\.(campaigns\.system|cluster\.)": (
        "images, or Java", "bench/campaigns/systems.py",
    ),
    r"python -m tests\.faults\.campaign": ("minutes", "tests/faults/test_processes.py"),
    r"python -m fastavg\.plan\.reference": ("the page", "tests/plan/test_reference.py"),
    r"python -m fastavg_cli\.command_reference": (
        "the page", "tests/cli/test_command_reference.py",
    ),
    r"fastavg watch": ("a reader", "tests/cli/commands/test_watch.py"),
    r"fastavg warmup": ("minutes", "tests/cli/commands/test_warmup.py"),
    r"mpiexec .*-hosts": ("two hosts", "tests/promises/test_hosts.py"),
    r"kubectl": ("Kubernetes", "tests/promises/test_launchers.py"),
    r"spark-submit": ("Spark", "tests/spark/test_spark_estimators.py"),
    r"\( umask": ("openssl", "tests/communicators/tcp/test_run_key.py"),
}
# What makes a command short; the last of two equal options counts.
SHORTER = {
    "train": ("--epochs", "2"),
    "plan": ("--processes", "1"),
    "tune": ("--trials", "2", "--epochs", "1"),
    "reproduce": ("--splits", "1", "--workers", "2", "--epochs", "10"),
}
# Commands of a scheduler that is not here: their options are checked, and nothing is trained.
LONG = ("srun",)
# A page whose first block of Python writes the file that its commands read.
WRITES = {"docs/get-started/own-table.md"}
# Commands that show what is said of a mistake.
REFUSED = {"fastavg predict missing.safetensors new.csv"}
WITH_COMMANDS = [page for page in pages() if on_page(page)]


class Shell:
    """Runs commands as a shell would, those of fastavg in one process."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.docs.command_server"], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )

    def run(self, command: Command, folder: Path, more: tuple[str, ...] = ()) -> tuple[int, str]:
        """Exit code and what it says."""
        if command.words[0] != "fastavg":
            words = [str(Path(sys.executable).with_name(word)) if word in ("mpiexec", "fastavg")
                     else word for word in command.words]
            done = subprocess.run(
                [*words, *more], cwd=ROOT if words[0] == "pytest" else folder,
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
                env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
            )
            if command.output:
                (folder / command.output).write_text(done.stdout)
            return done.returncode, done.stdout + done.stderr
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps({
            "arguments": [*command.words[1:], *more], "folder": str(folder),
            "output": command.output,
        }) + "\n")
        self._server.stdin.flush()
        answer = json.loads(self._server.stdout.readline())
        return answer["code"], answer["out"] + answer["err"]

    def close(self) -> None:
        """End the process."""
        self._server.communicate(timeout=30)
        assert self._server.returncode == 0


@pytest.fixture(scope="module")
def shell():
    shell = Shell()
    yield shell
    shell.close()


@pytest.fixture(scope="module")
def files(shell, tmp_path_factory):
    """The data files and two models, which pages begin with."""
    folder = tmp_path_factory.mktemp("files")
    make_files(folder)
    for line in (
        "$ fastavg train titanic.csv --target Survived --effort fast --output titanic.safetensors",
        "$ fastavg train data.npz --output model.safetensors --quiet",
    ):
        (command,) = commands_of("console", line)
        code, said = shell.run(command, folder, SHORTER["train"])
        assert code == 0, said
    return folder


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=name_of)
def test_commands_run(page: Path, shell: Shell, files: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    shutil.copytree(files, folder)
    for name in ("titanic", "model"):
        if f"--output {name}.safetensors" in page.read_text():
            (folder / f"{name}.safetensors").unlink()
    written = False
    waiting: list[subprocess.Popen[str]] = []
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    for language, block in fences(page):
        if language == "python" and name_of(page) in WRITES and not written:
            written = True
            subprocess.run([sys.executable, "-c", block], cwd=folder, check=True, timeout=60)
        if language == "toml" and (named := re.match(r"# (\w+\.toml)\n", block)):
            (folder / named.group(1)).write_text(block)
        if language not in SHELLS:
            continue
        if "10.0.0.1" in block:
            # The other machine is not there.
            block = re.sub(r"10\.0\.0\.1:\d+", f"127.0.0.1:{port}", block.replace("e 2", "e 1"))
        for command in commands_of(language, block.replace("29417", port)):
            if any(re.match(start, " ".join(command.words)) for start in ELSEWHERE):
                continue
            if command.words[:2] == ("pip", "install"):
                check_install(command)
                continue
            more = shorter(command)
            if command.behind and command.words[:2] == ("fastavg", "train"):
                waiting.append(subprocess.Popen(
                    [sys.executable, "-m", "fastavg_cli", *command.words[1:], *more],
                    cwd=folder, stdin=subprocess.DEVNULL, text=True,
                ))
                continue
            code, said = shell.run(checked(command), folder, more)
            assert code == (3 if command.text in REFUSED else 0), f"{command.text}\n{said}"
    for process in waiting:
        assert process.wait(60) == 0


def shorter(command: Command) -> tuple[str, ...]:
    """Options that are added."""
    if command.words[:3] == ("pytest", "bench", "-k"):
        # That there are such benchmarks; .ci/check runs each once.
        return ("--collect-only", "-q", "-p", "no:cacheprovider")
    if "fastavg" not in command.words:
        return ()
    name = command.words[command.words.index("fastavg") + 1]
    if name == "train" and any(word in command.text for word in LONG):
        return ("--print-config",)
    if name == "plan" and "--hidden" not in command.words:
        return (*SHORTER["plan"], "--hidden", "4")
    return SHORTER.get(name, ())


def checked(command: Command) -> Command:
    """A command of Slurm, whose options alone can be tried here."""
    if not any(word in command.text for word in LONG):
        return command
    words = command.words[command.words.index("fastavg"):]
    return Command(words, command.output, False, command.text)


def check_install(command: Command) -> None:
    """What is installed exists: the extras are in pyproject.toml."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    for word in command.words[2:]:
        named = re.fullmatch(r"(?:\.|fastavg)(?:\[([\w,-]+)\])?", word)
        assert named, command.text
        for extra in filter(None, (named.group(1) or "").split(",")):
            assert extra in extras, command.text


def test_blocks_are_cut_into_commands() -> None:
    block = "$ a b > c && d '#' # why\nprinted\n$ e \\\n    f &\n"
    found = list(commands_of("console", block))
    assert [(each.words, each.output, each.behind) for each in found] == [
        (("a", "b"), "c", False), (("d", "#"), None, False), (("e", "f"), None, True),
    ]


def test_what_is_run_elsewhere_is_there() -> None:
    texts = [" ".join(command.words) for page in WITH_COMMANDS for command in on_page(page)]
    for start, (_, place) in ELSEWHERE.items():
        assert (ROOT / place).exists(), place
        assert any(re.match(start, text) for text in texts), f"no page says {start}"


def module_commands(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Modules that a page runs, in blocks or in sentences, and their arguments."""
    text = page.read_text().replace("\\\n", " ")
    for found in re.findall(r"python -m ((?:bench|tests|fastavg|fastavg_cli)\.[^`\n#>|]*)", text):
        module, *arguments = found.split()
        yield module, [each.strip(".,;:()") for each in arguments]


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_modules_that_are_run_take_these_arguments(page: Path) -> None:
    if page.name == "CHANGELOG.md" or DOCS / "decisions" in page.parents:
        return  # They speak of what was.
    for module, arguments in module_commands(page):
        found = find_spec(module)
        assert found is not None, f"{name_of(page)}: {module}"
        if found.submodule_search_locations:
            found = find_spec(f"{module}.__main__")
            assert found is not None, f"{name_of(page)}: {module}"
        assert found.origin is not None
        source = Path(found.origin).read_text()
        for word in arguments:
            if re.fullmatch(r"-{0,2}[a-z][a-z-]+", word):
                plain = word.lstrip("-")
                known = {f'"{word}"', f'"{plain}"', f"def {plain}(", f"{plain.replace('-', '_')}:"}
                assert any(each in source for each in known), f"{name_of(page)}: {module} {word}"


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_blocks_are_of_known_kinds(page: Path) -> None:
    for language, block in fences(page):
        if language.startswith("{"):
            continue
        assert language in KNOWN, f"a block of {name_of(page)} is {language or 'of no kind'}"
        if language == "toml":
            tomllib.loads(block)
        elif language == "json":
            json.loads(block)
        elif language == "bash":
            subprocess.run(["bash", "-n"], input=block, text=True, check=True)
        elif language == "c":
            source = (ROOT / "fastavg/models/c_source.py").read_text()
            names = set(re.findall(r"fastavg_\w+|FASTAVG_\w+", block))
            assert names
            assert [name for name in names if name not in source] == []
        elif language == "dockerfile":
            for name in re.findall(r"^ENV (\w+)=", block, re.MULTILINE):
                assert name in (ROOT / "fastavg/kernels/jit/cache_folder.py").read_text()


def test_commands_in_sentences_have_options_that_exist() -> None:
    known: dict[str, set[str]] = {}
    for name in COMMANDS:
        command = import_module(f"fastavg_cli.commands.{name}").command()
        known[name] = {"--help", *(text for each in command.params for text in each.opts)}
    found = 0
    for page in pages():
        if page.name == "CHANGELOG.md" or DOCS / "decisions" in page.parents:
            continue  # They speak of what was.
        for inline in re.findall(r"`fastavg (\w+)([^`\n]*)`", page.read_text()):
            name, rest = inline
            if name in ("COMMAND", "...") or not rest:
                continue
            assert name in known, f"{name_of(page)}: fastavg {name}"
            for option in re.findall(r"(?<!\w)--[\w-]+", rest):
                found += 1
                assert option in known[name], f"{name_of(page)}: fastavg {name} {option}"
    assert found > 20
