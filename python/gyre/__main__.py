"""`python -m gyre sync FOLDER...`: what `gyre sync` does, where the program is not installed."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import List, Optional

from ._http import server_of
from ._sync import sync
from ._version import VERSION


def main(arguments: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m gyre", description="Sends runs that were kept in folders to a server.")
    parser.add_argument("--version", action="version", version=VERSION)
    commands = parser.add_subparsers(dest="command", required=True, metavar="sync")
    one = commands.add_parser("sync", help="send runs that lie in folders; what the server has is not sent again")
    one.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="a run's folder, or one that holds several")
    one.add_argument("--server", help="left out: GYRE_SERVER, MLFLOW_TRACKING_URI, or http://127.0.0.1:7070")
    wanted = parser.parse_args(arguments)
    try:
        return sync(wanted.folders, server_of(wanted.server))
    except ValueError as error:
        parser.error(str(error))


if __name__ == "__main__":
    sys.exit(main())
