import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import ImproperlyConfigured

from openmoss.secret import secret_key_beside
from openmoss.settings import BASE_DIR


def test_a_key_is_made_for_the_owner_only(tmp_path):
    key = secret_key_beside(tmp_path)

    file = tmp_path / "secret_key"
    assert len(key) >= 50
    assert file.read_text() == f"{key}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_the_key_stays_the_same(tmp_path):
    assert secret_key_beside(tmp_path) == secret_key_beside(tmp_path)


def test_every_installation_has_another(tmp_path):
    assert secret_key_beside(tmp_path / "a") != secret_key_beside(tmp_path / "b")


def test_a_key_that_is_there_is_kept(tmp_path):
    (tmp_path / "secret_key").write_text("swordfish\n")

    assert secret_key_beside(tmp_path) == "swordfish"


def test_a_folder_that_is_missing_is_made(tmp_path):
    secret_key_beside(tmp_path / "deep" / "down")

    assert (tmp_path / "deep" / "down" / "secret_key").exists()


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_folder_that_cannot_be_written_to_is_named(tmp_path, place):
    (tmp_path / "file").write_text("")

    with pytest.raises(ImproperlyConfigured) as fault:
        secret_key_beside(tmp_path / place)

    assert str(tmp_path / place) in str(fault.value)
    assert "OPENMOSS_DATA_DIR" in str(fault.value)


PROCESS = """
import pathlib, sys
from openmoss.secret import secret_key_beside
print(secret_key_beside(pathlib.Path(sys.argv[1])))
"""


@pytest.mark.race
def test_processes_that_start_together_get_the_same_key(tmp_path):
    command = [sys.executable, "-c", PROCESS, str(tmp_path)]

    processes = [subprocess.Popen(command, cwd=BASE_DIR, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    keys = {process.communicate(timeout=60)[0] for process in processes}

    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert keys == {(tmp_path / "secret_key").read_text()}


@pytest.mark.race
def test_so_do_those_that_have_the_same_number(tmp_path):
    # In containers every server is process 1, and they may share a folder.
    workers = 8

    def start(folder) -> str:
        barrier.wait()
        return secret_key_beside(folder)

    with ThreadPoolExecutor(workers) as pool:
        for number in range(50):
            folder, barrier = tmp_path / str(number), Barrier(workers)
            keys = set(pool.map(start, [folder] * workers))

            assert keys == {(folder / "secret_key").read_text().strip()}
            assert [path.name for path in folder.iterdir()] == ["secret_key"]
