"""Runs one command for a caller and ends it when the caller goes; a program of its own, which uses the standard library alone.

    python watchdog.py FOLDER COMMAND...

The command works in FOLDER; its output goes to the files `out` and `err` there. When it ends, one line is printed: its exit
status and the most memory it used, in kilobytes (0 where the system does not say). When standard input closes before that,
because the caller asks for it or because the caller was killed, the command is killed and FOLDER removed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading


def main() -> None:
    """Run the command to its end or to the caller's, whichever comes first."""
    folder, command = sys.argv[1], sys.argv[2:]
    deserted = threading.Event()
    with open(os.path.join(folder, "out"), "wb") as out, open(os.path.join(folder, "err"), "wb") as err:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=folder)

    def listen() -> None:
        while os.read(0, 1):
            pass
        deserted.set()
        child.kill()

    threading.Thread(target=listen, daemon=True).start()
    status = child.wait()
    if deserted.is_set():
        shutil.rmtree(folder, ignore_errors=True)
    else:
        try:
            sys.stdout.write(f"{status} {_peak()}\n")
            sys.stdout.flush()
        except OSError:  # the caller went this very moment
            shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)  # a thread still listens


def _peak() -> int:
    """Kilobytes that the command used at most."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return most // 1024 if sys.platform == "darwin" else most


if __name__ == "__main__":
    main()
