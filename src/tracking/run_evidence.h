// What a run logged of its code, its environment and its data. Inside tracking/ only.
#pragma once

#include "tracking/compared_rows.h"

namespace gyre::tracking {

struct RunEvidence {
  Texts tags;                       // people's and programs' own
  Texts environment;                // where it came from and what it ran with: mlflow.source.*, gyre.*, "packages.NAME" of a list of packages
  Texts data;                       // "input NAME": digest, with what it was read for; "commit REPO": what was read of it
  std::string commit;               // of git; empty: not logged
  std::optional<std::string> diff;  // what was changed but not committed
};

// Files are taken from where runs put them by habit: requirements.txt or pip-freeze.txt, git.diff or code/diff.patch.
Result<RunEvidence> read_evidence(const Run& run, blob::Store& blobs, governance::Service& governance);

// Lines of `pip freeze` and requirements: name -> version, or what else stands behind it.
Texts packages_of(std::string_view text);

}  // namespace gyre::tracking
