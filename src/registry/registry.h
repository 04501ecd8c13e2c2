// Registered models, their versions, aliases and evidence.
#pragma once

#include <filesystem>

#include "tracking/tracking.h"

namespace gyre::registry {

using tracking::Search;
using tracking::Tag;

struct Alias {
  std::string alias;
  std::int64_t version = 0;
};

// From when on an alias pointed at a version; version 0: at none.
struct AliasMove {
  std::string alias;
  std::int64_t version = 0;
  TimeMs at_ms = 0;
  std::string actor;
};

struct Model {
  std::string name, description;
  TimeMs created_ms = 0, updated_ms = 0;
  std::vector<Tag> tags;
  std::vector<Alias> aliases;
};

struct Version {
  std::string model;
  std::int64_t version = 0;
  TimeMs created_ms = 0, updated_ms = 0;
  std::string description, source, run_id, run_link, stage, user;
  std::string artifact_uri;  // where its files are: the source, followed to its end
  std::vector<Tag> tags;
  std::vector<std::string> aliases;
  std::string ref() const { return model + "@" + std::to_string(version); }
};

struct NewVersion {
  std::string model, source, run_id, run_link, description;
  std::vector<Tag> tags;
  std::string model_id = {};  // of the logged model that it is, where the caller tells
};

// What a version's source stands for.
struct Source {
  std::string artifact_uri;  // where its files are
  std::string run_id;        // that made them, where it is known
};

// What is known of a version besides its files: "reference", "training", "gates", "pipeline-run", ...
struct Evidence {
  std::string kind, sha256;  // sha256 "": no content, only `body`
  std::int64_t size_bytes = 0;
  json::Value body;
  TimeMs at_ms = 0;
};

struct VersionFile {
  std::string path;  // relative to the version's root: "model.onnx", "MLmodel"
  std::string key;   // in the blob store
  std::int64_t size_bytes = 0;
  std::string sha256;
};

// Thread-safe.
class Service {
 public:
  Service(sql::Db& db, blob::Store& blobs, const Clock& clock, tracking::Service& tracking) : db_(db), blobs_(blobs), clock_(clock), tracking_(tracking) {}

  Result<Model> create_model(std::string_view name, std::string_view description, const std::vector<Tag>& tags);
  Result<Model> model(std::string_view name);
  Result<std::vector<Model>> models(std::string_view name_like, std::int64_t limit, std::int64_t offset);
  Result<tracking::Page<Model>> search_models(const Search& search);
  // Versions, aliases, tags and the graph of origins follow. A model that an endpoint has served keeps its name: the endpoint knows it by that.
  Result<Model> rename_model(std::string_view name, std::string_view new_name);
  Result<Model> describe_model(std::string_view name, std::string_view description);
  Result<void> delete_model(std::string_view name);
  Result<void> set_model_tag(std::string_view name, const Tag& tag);
  Result<void> delete_model_tag(std::string_view name, std::string_view key);

  // The next number of the model. A run that belongs to a pipeline's step registers one source once: asked again, it gets
  // the version that is there. The files' hashes are taken now and compared at each load. A prompt's version, which its tags tell, has no files.
  Result<Version> create_version(const NewVersion& version);
  Result<Version> version(std::string_view model, std::int64_t version);
  // Newest first; of all models when `model` is empty; of one run when `run_id` is not.
  Result<std::vector<Version>> versions(std::string_view model, std::string_view run_id, std::int64_t limit, std::int64_t offset);
  Result<std::int64_t> count_versions(std::string_view model);
  Result<tracking::Page<Version>> search_versions(const Search& search);
  Result<Version> describe_version(std::string_view model, std::int64_t version, std::string_view description);
  enum class Others { kept, archived };  // what becomes of the versions that have the stage now
  Result<Version> set_stage(std::string_view model, std::int64_t version, std::string_view stage, Others others = Others::kept);
  // The newest version of each stage; `stages` in any case, none: of all.
  Result<std::vector<Version>> latest_by_stage(std::string_view model, const std::vector<std::string>& stages);
  Result<void> delete_version(std::string_view model, std::int64_t version);
  Result<void> set_version_tag(std::string_view model, std::int64_t version, const Tag& tag);
  Result<void> delete_version_tag(std::string_view model, std::int64_t version, std::string_view key);

  Result<void> set_alias(std::string_view model, std::string_view alias, std::int64_t version, std::string_view actor);
  Result<void> delete_alias(std::string_view model, std::string_view alias);
  // Oldest first, at most `limit` of the newest.
  Result<std::vector<AliasMove>> alias_moves(std::string_view model, std::size_t limit);
  Result<Version> by_alias(std::string_view model, std::string_view alias);

  Result<std::vector<VersionFile>> files(std::string_view model, std::int64_t version);
  // The version's ONNX file to read in place, its hash checked; `invalid` when it has none.
  Result<std::filesystem::path> onnx_file(std::string_view model, std::int64_t version, const std::filesystem::path& cache);

  Result<void> put_evidence(std::string_view model, std::int64_t version, const Evidence& evidence);
  Result<std::vector<Evidence>> evidence(std::string_view model, std::int64_t version);
  Result<std::optional<Evidence>> evidence(std::string_view model, std::int64_t version, std::string_view kind);

  Result<Figures> figures();
  Result<Findings> verify();

 private:
  Result<Model> read_model(sql::Tx& tx, std::string_view name);
  Result<Version> read_version(sql::Tx& tx, std::string_view model, std::int64_t version);
  Result<Source> resolve_source(const NewVersion& version);
  Result<std::vector<VersionFile>> hash_files(const std::string& artifact_uri);

  sql::Db& db_;
  blob::Store& blobs_;
  const Clock& clock_;
  tracking::Service& tracking_;
};

std::span<const sql::Migration> migrations();

// "flights-late@3" -> model and version; an alias is looked up.
Result<Version> find_version(Service& registry, std::string_view reference);

}  // namespace gyre::registry
