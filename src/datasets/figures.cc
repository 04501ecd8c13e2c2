#include "datasets/datasets.h"

namespace gyre::datasets {

Result<Figures> Service::figures() {
  Figure commits{"gyre_datasets_commits_total", "Commits by repository.", Figure::Kind::counter, {}},
      objects{"gyre_datasets_objects", "Files at the head of main, by repository.", Figure::Kind::gauge, {}},
      bytes{"gyre_datasets_bytes", "Bytes of the files at the head of main, by repository.", Figure::Kind::gauge, {}};
  const auto repos = TRY(this->repos());
  for (const auto& repo : repos) {
    commits.samples.push_back({{{"repo", repo.name}}, static_cast<double>(repo.commits)});
    objects.samples.push_back({{{"repo", repo.name}}, static_cast<double>(repo.objects)});
    bytes.samples.push_back({{{"repo", repo.name}}, static_cast<double>(repo.size_bytes)});
  }
  return Figures{figure("gyre_datasets_repositories", "Repositories.", Figure::Kind::gauge, static_cast<std::int64_t>(repos.size())), std::move(commits),
                 std::move(objects), std::move(bytes)};
}

}  // namespace gyre::datasets
