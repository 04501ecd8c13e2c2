"""A server for each database, shared by a file's tests; the clients are the real ones, as they come from the registry."""
import os

import pytest
from harness import postgres
from harness.server import Server


@pytest.fixture(scope='module', params=['sqlite', 'postgres'])
def server(request):
    if request.param == 'sqlite':
        with Server() as running:
            yield running
        return
    if not postgres.server():
        pytest.skip('GYRE_TEST_PG names no PostgreSQL')
    with postgres.Database() as database, Server(database=database) as running:
        yield running


@pytest.fixture(scope='session', autouse=True)
def quiet():
    os.environ.update(MLFLOW_DISABLE_TELEMETRY='true', DO_NOT_TRACK='true', GIT_PYTHON_REFRESH='quiet', MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR='false')
