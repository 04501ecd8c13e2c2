// What the calls for artifacts work with.
#pragma once

#include "artifacts/uploads.h"
#include "net/router.h"

namespace gyre::mlflow {

struct ArtifactRooms {
  blob::Store& blobs;
  artifacts::Uploads& uploads;
  std::string prefix;  // "/gyre" where the server answers under one
  // `not_found` for a key in the folder of a run that is not there; empty: nobody's runs are known here.
  std::function<Result<void>(std::string_view key)> check_owner = {};
};

// Asked before a file is written.
Result<void> check_owner(const ArtifactRooms& rooms, std::string_view key);
// Asked when it is written: the owner may have gone meanwhile, and its purge past this folder.
Result<void> take_back_of_none(const ArtifactRooms& rooms, const std::string& key);

// Both prefixes of MLflow's artifact service, in front of a path there.
constexpr const char* kArtifactPrefixes[] = {"/api/2.0/mlflow-artifacts", "/ajax-api/2.0/mlflow-artifacts"};

void add_multipart_routes(net::Router& router, const ArtifactRooms& rooms);
void add_resumable_routes(net::Router& router, const ArtifactRooms& rooms);

// A PUT that asks to begin an upload which may be taken up again.
Result<bool> begins_resumable(const net::Request& request);
Result<net::Response> begin_resumable(const ArtifactRooms& rooms, const net::Request& request, const std::string& key);

}  // namespace gyre::mlflow
