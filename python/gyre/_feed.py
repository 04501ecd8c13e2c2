"""One process's part of a run: a source of its own, the thread that writes it to the run's folder, and the one that sends it."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import Any, Dict, Optional

from . import _spool
from ._delivery import Delivery
from ._http import Client
from ._names import new_source
from ._sender import Sender
from ._tell import Teller
from ._uploads import Uploads
from ._writer import Writer


@dataclasses.dataclass(frozen=True)
class Plan:
    """Where a run goes, decided once by start()."""

    folder: Path
    head: Dict[str, Any]  # run.json
    server: Optional[str]  # none: the folder alone
    owns_end: bool  # this process says how the run ended
    owns_folder: bool  # what the server has is removed from the folder
    limit_bytes: int
    made_elsewhere: bool  # another process makes the run on the server


class Feed:
    def __init__(self, plan: Plan, teller: Teller) -> None:
        self.plan, self.source = plan, new_source()
        self._presence = self._make_folder(teller)
        log = _spool.Log(plan.folder, plan.head, self.source, plan.limit_bytes)
        self.writer = Writer(log, teller, self._written)
        self.sender: Optional[Sender] = None
        self.uploads: Optional[Uploads] = None  # what others own they send
        if plan.server is not None:
            delivery = Delivery(Client(plan.server), plan.folder, plan.head, teller, plan.made_elsewhere)
            self.sender = Sender(delivery, self.source, self.writer, teller)
            if plan.owns_folder:
                self.uploads = Uploads(Delivery(Client(plan.server), plan.folder, plan.head, teller, plan.made_elsewhere), teller)

    def start(self) -> None:
        self.writer.start()
        if self.sender is not None:
            self.sender.start()
            self.sender.nudge()

    def finish(self, timeout_s: float) -> bool:
        """Whether all is where it should be: on the server, or on the disk of a run that has none."""
        until = time.monotonic() + timeout_s
        self.writer.close()
        done = self.sender.finish(until) if self.sender is not None else self.writer.flush()
        self.writer.close(join=False)
        if self.uploads is not None:
            done = self.uploads.finish(until) and done
        self.leave()
        return done

    def files_came(self) -> None:
        if self.uploads is not None:
            self.uploads.nudge()

    def leave(self) -> None:
        """The folder is no longer held by this process."""
        self._presence.release()

    def _make_folder(self, teller: Teller) -> _spool.Presence:
        try:
            _spool.make_folder(self.plan.folder, self.plan.head)
        except OSError as error:
            teller.warn("folder", f"cannot make {self.plan.folder}: {error.strerror or error}. What is logged is held in memory until that is mended")
        return _spool.Presence(self.plan.folder)

    def _written(self) -> None:
        if self.sender is not None:
            self.sender.nudge()
