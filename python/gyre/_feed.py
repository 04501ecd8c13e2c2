"""One process's part of a run: a source of its own, the thread that writes it to the run's folder, and the one that sends it."""

from __future__ import annotations

import dataclasses
import shutil
import time
from pathlib import Path
from typing import Any, Dict, Optional

from . import _spool
from ._delivery import Delivery
from ._http import Away, Client, Refused
from ._names import new_source
from ._sender import Sender
from ._sync import send_folder
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
        self._teller = teller
        self._presence = self._make_folder(teller)
        log = _spool.Log(plan.folder, plan.head, self.source, plan.limit_bytes, self._presence)
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

    def finish(self, timeout_s: float, away_s: float) -> bool:
        """Whether all is where it should be: on the server, or on the disk of a run that has none. `away_s`: how long it waits for a server that is away."""
        until, away_until = time.monotonic() + timeout_s, time.monotonic() + away_s
        self.writer.close()
        if self.sender is None:
            done = self.writer.flush()
        else:
            done = self.sender.finish(until, away_until)
            while done and self.writer.ring:  # the disk took nothing, and the server takes it portion by portion
                self.writer.flush()
                done = self.sender.finish(until, away_until)
        self.writer.close(join=False)
        if self.uploads is not None:
            done = self.uploads.finish(until if done else away_until) and done
        self.leave()
        if done and self.plan.server is not None and self.plan.owns_folder:
            done = self._remove_folder(self.plan.server)
        return done

    def _remove_folder(self, server: str) -> bool:
        """Removes what the server has. Forked children may have left events there that they had no time to send."""
        presence = _spool.Presence(self.plan.folder, alone=True)
        try:
            if not presence.held:  # a child still writes; the next start() removes it
                return True
            if any(source != self.source for source in _spool.sources(self.plan.folder)):
                send_folder(self.plan.folder, server, self._teller)
            if not any(_spool.files(self.plan.folder)):  # of those that are there the server refused to take some
                shutil.rmtree(self.plan.folder, ignore_errors=True)
            return True
        except (Away, Refused, OSError, ValueError) as error:
            self._teller.warn("others", f"cannot send what forked children left in {self.plan.folder}: {error}")
            return False
        finally:
            presence.release()

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
