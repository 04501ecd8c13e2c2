"""All that a tracking store answers, as one JSON document, asked through the mlflow client: STORE, OUT. What a move changes on purpose (where files are) is left out."""
import hashlib
import json
import os
import pathlib
import struct
import sys
import tempfile

os.environ.update(MLFLOW_DISABLE_TELEMETRY='true', GIT_PYTHON_REFRESH='quiet', MLFLOW_ALLOW_FILE_STORE='true', MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR='false')

import mlflow  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.entities import ViewType  # noqa: E402


def bits(value):
    return 'nan' if value != value else struct.pack('>d', value).hex()


def files(client, run, path=None):
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for entry in client.list_artifacts(run, path):
            if entry.is_dir:
                found.update(files(client, run, entry.path))
            else:
                local = client.download_artifacts(run, entry.path, folder) if hasattr(client, 'download_artifacts') else mlflow.artifacts.download_artifacts(run_id=run, artifact_path=entry.path, dst_path=folder)
                found[entry.path] = hashlib.sha256(pathlib.Path(local).read_bytes()).hexdigest()
    return found


def run_of(client, info):
    run = client.get_run(info.run_id)
    told = {'experiment': info.experiment_id, 'status': info.status, 'start': info.start_time, 'end': info.end_time, 'stage': info.lifecycle_stage, 'user': info.user_id,
            'params': run.data.params, 'tags': {k: v for k, v in run.data.tags.items()}, 'files': {} if 'WITHOUT_FILES' in os.environ else files(client, info.run_id), 'points': {}}
    for key in run.data.metrics:
        history = client.get_metric_history(info.run_id, key)
        told['points'][key] = sorted([point.step, point.timestamp, bits(point.value)] for point in history)
    inputs = getattr(run, 'inputs', None)
    told['datasets'] = sorted([one.dataset.name, one.dataset.digest, one.dataset.source_type, one.dataset.schema, one.dataset.profile, sorted((t.key, t.value) for t in one.tags)]
                              for one in (inputs.dataset_inputs if inputs else []))
    return told


def registry_of(client):
    told = {}
    for model in client.search_registered_models():
        versions = {}
        for version in client.search_model_versions(f"name='{model.name}'"):
            versions[str(version.version)] = {'tags': version.tags, 'description': version.description or '', 'created': version.creation_timestamp, 'run': version.run_id, 'stage': version.current_stage}
        told[model.name] = {'tags': model.tags, 'description': model.description or '', 'created': model.creation_timestamp, 'versions': versions,
                            'aliases': {k: str(v) for k, v in (getattr(model, 'aliases', None) or {}).items()}}
    return told


def logged_models(client, experiments):
    if not hasattr(client, 'search_logged_models'):
        return {}
    return {m.model_id: [m.name, str(m.status), m.creation_timestamp, m.params, m.tags, sorted([x.key, bits(x.value), x.step, x.timestamp, x.run_id] for x in m.metrics or [])]
            for m in client.search_logged_models(experiments)}


def traces(client, experiments):
    if not hasattr(client, 'search_logged_models'):
        return {}
    told = {}
    for trace in client.search_traces(locations=experiments):
        info = trace.info
        told[info.trace_id] = [info.experiment_id, str(info.state), info.request_time, info.execution_duration, {k: v for k, v in info.tags.items() if not k.endswith('Location')},
                               dict(info.trace_metadata), sorted((s.span_id, s.name, s.start_time_ns, s.end_time_ns, json.dumps(dict(s.attributes), sort_keys=True, default=str)) for s in trace.data.spans),
                               sorted((a.assessment_id, a.name, str(a.value), a.rationale, a.create_time_ms) for a in info.assessments)]
    return told


def main(store, out):
    mlflow.set_tracking_uri(store)
    client = MlflowClient()
    list_experiments = getattr(client, 'search_experiments', None) or client.list_experiments
    experiments = list_experiments(view_type=ViewType.ALL)
    told = {'experiments': {}, 'runs': {}}
    for one in experiments:
        told['experiments'][one.experiment_id] = [one.name, one.lifecycle_stage, one.tags]
        token = None
        while True:
            page = client.search_runs([one.experiment_id], run_view_type=ViewType.ALL, max_results=100, page_token=token)
            told['runs'].update((run.info.run_id, run_of(client, run.info)) for run in page)
            token = page.token
            if not token:
                break
    # 1.x asks servers for the registry under paths that ended with it, and has none in folders.
    told['registry'] = {} if mlflow.__version__.startswith('1.') else registry_of(client)
    active = [one.experiment_id for one in experiments if one.lifecycle_stage == 'active']
    told['logged_models'] = logged_models(client, active)
    told['traces'] = traces(client, active)
    pathlib.Path(out).write_text(json.dumps(told, sort_keys=True))


main(*sys.argv[1:])
