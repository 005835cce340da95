"""Run the notebooks into reports/notebooks/ (ipynb and html): `python notebooks/run.py [NAME...]`."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter

HERE = Path(__file__).resolve().parent
SLOWEST = 600
"""Seconds one cell may take."""


def notebooks(names: list[str]) -> list[Path]:
    """The notebooks whose file name begins with one of `names`; all of them when none is named."""
    found = sorted(HERE.glob("*.ipynb"))
    return [path for path in found if not names or path.name.startswith(tuple(names))]


def execute(source: Path, folder: Path, cwd: Path) -> Path:
    """The page of an executed notebook; its cells run in `cwd` with this Python."""
    book = nbformat.read(source, as_version=4)
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    resources = {"metadata": {"path": str(cwd)}}
    client = NotebookClient(book, timeout=SLOWEST, kernel_name="python3", resources=resources)
    client.execute(env={**os.environ, "MPLBACKEND": "module://matplotlib_inline.backend_inline"})
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(book, folder / source.name)
    page = folder / f"{source.stem}.html"
    html, _ = HTMLExporter(exclude_input_prompt=True, exclude_output_prompt=True).from_notebook_node(book)
    page.write_text(html, encoding="utf-8", newline="\n")
    return page


def main(names: list[str], folder: Path = HERE.parent / "reports" / "notebooks") -> int:
    """Exit code: 0 when every notebook ran, 1 when a cell failed, 2 when there is no such notebook."""
    chosen, failed = notebooks(names), 0
    if not chosen:
        print(f"没有这样的笔记本 / no such notebook: {' '.join(names)}", file=sys.stderr)
        return 2
    for position, source in enumerate(chosen, start=1):
        print(f"[{position}/{len(chosen)}] {source.name} ...", end=" ", flush=True)
        start = time.perf_counter()
        try:
            page = execute(source, folder, HERE.parent)
            print(f"{time.perf_counter() - start:.1f} s -> {page.parent.name}/{page.name}")
        except CellExecutionError as error:
            failed = 1
            print(f"failed\n{error}", file=sys.stderr)
    return failed


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")
    sys.exit(main(sys.argv[1:]))
