"""How a server can be told to serve: under a prefix, artifacts alone; what it makes of paths that begin nowhere."""
import contextlib
import http.client
import json
import os
import tempfile

from harness.client import Client, Refused
from harness.server import Server

import terminal

MLFLOW = '/api/2.0/mlflow'


def asked(port, method, path, body=None):
    with contextlib.closing(http.client.HTTPConnection('127.0.0.1', port, timeout=20)) as connection:
        connection.request(method, path, body, {'Content-Type': 'application/json'} if body else {})
        answer = connection.getresponse()
        return answer.status, answer.read()


def case_everything_is_under_the_prefix_and_nothing_beside_it(_):
    with Server(environment={'MLFLOW_STATIC_PREFIX': '/team/gyre'}) as server:
        assert server.url.endswith('/team/gyre')
    with Server('--static-prefix', '/team/gyre') as server:
        assert server.url.endswith('/team/gyre'), server.url
        port = int(server.url.split(':')[2].split('/')[0])
        for path in ('/health', '/version', '/metrics', '/api/v1/clock', f'{MLFLOW}/experiments/get?experiment_id=0', '/ajax-api/3.0/mlflow/server-info'):
            assert asked(port, 'GET', '/team/gyre' + path)[0] == 200, path
            status, body = asked(port, 'GET', path)
            assert status == 404 and '/team/gyre' in json.loads(body)['error']['fix'], (path, body)
        status, page = asked(port, 'GET', '/team/gyre')
        assert status == 200 and asked(port, 'GET', '/team/gyre/p/default/models') == (200, page)
        assert asked(port, 'GET', '/team/gyrex/health')[0] == 404
        if b'was not built' not in page:
            assert b'<meta name="gyre-prefix" content="/team/gyre">' in page and b'"/team/gyre/assets/' in page and b'"/assets/' not in page, page
            script = page.split(b'src="/team/gyre/assets/', 1)[1].split(b'"')[0].decode()
            assert asked(port, 'GET', '/team/gyre/assets/' + script)[0] == 200
        assert terminal.piped('repo', 'ls', GYRE_SERVER=server.url).code == 0


def case_a_name_by_which_it_may_be_asked(_):
    for how in ({'GYRE_ALLOWED_HOSTS': 'other, Gyre.Example.Org:8443'}, {'MLFLOW_SERVER_ALLOWED_HOSTS': 'gyre.example.org'}):
        with Server(environment=how) as server, contextlib.closing(http.client.HTTPConnection('127.0.0.1', server.port, timeout=20)) as connection:
            for host, status in (('gyre.example.org', 200), ('GYRE.example.org:9', 200), ('evil.example.org', 403)):
                connection.request('GET', '/health', headers={'Host': host})
                answer = connection.getresponse()
                assert (answer.status, answer.read() and status) == (status, status), (how, host)
    done = terminal.piped('server', '--allowed-hosts', '*.example.org', '--data-dir', '/nonexistent')
    assert done.code == 2 and 'is a pattern' in done.err, done


def case_an_origin_whose_pages_may_ask(_):
    app, other = 'https://app.example.org', 'https://evil.example.org'
    question = {'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'content-type'}
    for how in ({'GYRE_CORS_ALLOWED_ORIGINS': f'http://localhost:3000, {app}'}, {'MLFLOW_SERVER_CORS_ALLOWED_ORIGINS': app}):
        with Server(environment=how) as server:
            def ask(method, headers, body=None):
                with contextlib.closing(http.client.HTTPConnection('127.0.0.1', server.port, timeout=20)) as connection:
                    connection.request(method, '/api/2.0/mlflow/experiments/search', body, {'Content-Type': 'application/json', **headers})
                    answer = connection.getresponse()
                    answer.read()
                    return answer.status, answer
            status, answer = ask('OPTIONS', {'Origin': app, **question})
            assert status == 204 and answer.getheader('Access-Control-Allow-Origin') == app and 'POST' in answer.getheader('Access-Control-Allow-Methods')
            assert answer.getheader('Access-Control-Allow-Headers') == 'content-type'
            for body, expected in (('{"max_results": 5}', 200), ('{"max_results": 0}', 400)):
                status, answer = ask('POST', {'Origin': app}, body)
                assert (status, answer.getheader('Access-Control-Allow-Origin'), answer.getheader('Vary')) == (expected, app, 'Origin'), (status, answer.headers)
                exposed = answer.getheader('Access-Control-Expose-Headers').split(', ')
                assert {'Location', 'Repr-Digest', 'Upload-Complete', 'Upload-Length', 'Upload-Limit', 'Upload-Offset'} <= set(exposed), exposed
            for method in ('OPTIONS', 'POST'):
                status, answer = ask(method, {'Origin': other, **question}, '{}')
                assert status == 403 and answer.getheader('Access-Control-Allow-Origin') is None, (method, status)
            assert ask('POST', {}, '{"max_results": 5}')[1].getheader('Access-Control-Allow-Origin') is None
    for origins in ('*', 'https://*.example.org', 'app.example.org', 'https://app.example.org/page'):
        done = terminal.piped('server', '--cors-allowed-origins', origins, '--data-dir', '/nonexistent')
        assert done.code == 2 and 'is no origin' in done.err, (origins, done)


def case_who_may_frame_the_page(_):
    for how, header, policy in (({}, 'DENY', "frame-ancestors 'none'"), ({'MLFLOW_SERVER_X_FRAME_OPTIONS': 'sameorigin'}, 'SAMEORIGIN', "frame-ancestors 'self'"),
                                ({'GYRE_X_FRAME_OPTIONS': 'NONE', 'MLFLOW_SERVER_X_FRAME_OPTIONS': 'DENY'}, None, None)):
        with Server(environment=how) as server, contextlib.closing(http.client.HTTPConnection('127.0.0.1', server.port, timeout=20)) as connection:
            connection.request('GET', '/')
            answer = connection.getresponse()
            if b'was not built' in answer.read():
                continue
            told = answer.getheader('Content-Security-Policy')
            assert answer.getheader('X-Frame-Options') == header, (how, answer.headers)
            assert policy in told if policy else 'frame-ancestors' not in told, (how, told)
    done = terminal.piped('server', '--x-frame-options', 'ALLOWALL', '--data-dir', '/nonexistent')
    assert done.code == 2 and 'DENY, SAMEORIGIN or NONE' in done.err, done


def case_a_prefix_that_is_none_is_refused(_):
    for prefix, words in (('gyre', "must begin with a '/'"), ('/gyre/', "should not end with a '/'"), ('/a"b', 'no plain path'), ('/a/../b', 'no plain path')):
        done = terminal.piped('server', '--static-prefix', prefix, '--data-dir', '/nonexistent')
        assert done.code == 2 and words in done.err, (prefix, done)


def case_artifacts_only_moves_artifacts_and_nothing_else(_):
    with Server('--artifacts-only') as server:
        client = Client(server.port)
        client.put('/api/2.0/mlflow-artifacts/artifacts/1/a.txt', b'content')
        assert client.call('GET', '/api/2.0/mlflow-artifacts/artifacts/1/a.txt') == b'content'
        assert client.get('/api/2.0/mlflow-artifacts/artifacts?path=1')['files'][0]['path'] == 'a.txt'
        assert asked(server.port, 'GET', '/health')[0] == 200
        for method, path in (('GET', f'{MLFLOW}/experiments/get?experiment_id=0'), ('POST', f'{MLFLOW}/runs/create'), ('GET', '/api/v1/clock'), ('GET', '/p/default'), ('POST', '/graphql')):
            status, body = asked(server.port, method, path, '{}' if method == 'POST' else None)
            assert status == 503 and b'disabled due to the mlflow server running in `--artifacts-only` mode' in body, (path, status, body)
    done = terminal.piped('server', '--data-dir', '/nonexistent', GYRE_ARTIFACTS_ONLY='perhaps')
    assert done.code == 2 and 'true or false' in done.err, done


def case_a_path_that_begins_nowhere_is_below_the_servers_folder(w):
    client = Client(w.server.port)
    here = os.getcwd()
    for given, kept in (('mlruns/here', f'{here}/mlruns/here'), ('./x/../y', f'{here}/y'), ('file:z', f'file:{here}/z'), ('/root', '/root'), ('file:///root', 'file:///root'), ('s3://bucket/a', 's3://bucket/a')):
        made = client.post(MLFLOW + '/experiments/create', {'name': f'at {given}', 'artifact_location': given})['experiment_id']
        assert client.get(f'{MLFLOW}/experiments/get?experiment_id={made}')['experiment']['artifact_location'] == kept, given


def refused(client, path, body):
    try:
        client.post(MLFLOW + path, body)
    except Refused as error:
        assert error.status == 400 and json.loads(error.body)['error_code'] == 'INVALID_PARAMETER_VALUE', error
        return error.told
    raise AssertionError(f'{path} took it')


def case_mlflows_environment_is_kept_to(_):
    how = {'MLFLOW_TRUNCATE_LONG_VALUES': 'False', 'MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH': '20', 'MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX': '^mlflow-artifacts:/0/'}
    with Server(environment=how) as server:
        client = Client(server.port)
        run = client.post(MLFLOW + '/runs/create', {'experiment_id': '0', 'tags': [{'key': 't', 'value': 'ä' * 8000}]})['run']['info']['run_id']
        client.post(MLFLOW + '/runs/log-parameter', {'run_id': run, 'key': 'p', 'value': 'ä' * 6000})
        for path, body, what in (('/runs/log-parameter', {'key': 'q', 'value': 'x' * 6001}, "'Param value' exceeds the maximum length of 6000 characters"),
                                 ('/runs/set-tag', {'key': 'q', 'value': 'x' * 8001}, "'value' exceeds the maximum length of 8000 characters"),
                                 ('/runs/log-batch', {'params': [{'key': 'q', 'value': 'x' * 6001}]}, "'Param value' exceeds"),
                                 ('/runs/log-batch', {'tags': [{'key': 'a', 'value': ''}, {'key': 'q', 'value': 'x' * 8001}]}, "'tags[1].value' exceeds"),
                                 ('/runs/create', {'experiment_id': '0', 'tags': [{'key': 'q', 'value': 'x' * 8001}]}, "'tags[0].value' exceeds")):
            assert what in refused(client, path, {'run_id': run, **body}), (path, what)
        assert refused(client, '/runs/log-parameter', {'run_id': run}).startswith('Missing value')
        assert 'cannot be greater than 20 characters. To configure this limit' in refused(client, '/experiments/create', {'name': 'far', 'artifact_location': 's3://bucket/' + 'x' * 9})
        client.post(MLFLOW + '/experiments/create', {'name': 'near', 'artifact_location': 's3://bucket/' + 'x' * 8})
        client.post(MLFLOW + '/registered-models/create', {'name': 'm'})
        assert refused(client, '/model-versions/create', {'name': 'm', 'source': 'mlflow-artifacts:/1/x'}) == "Invalid model version source: 'mlflow-artifacts:/1/x'."
        client.put(f'/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/m/MLmodel', b'x')
        client.post(MLFLOW + '/model-versions/create', {'name': 'm', 'source': f'mlflow-artifacts:/0/{run}/artifacts/m', 'run_id': run})
    for name, value in (('MLFLOW_TRUNCATE_LONG_VALUES', 'perhaps'), ('MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH', '4096'), ('MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX', '(')):
        with tempfile.TemporaryDirectory() as folder:
            done = terminal.piped('server', '--data-dir', folder, '--listen', '127.0.0.1:0', **{name: value})
            assert done.code == 2 and name in done.err, (name, done)


def case_the_prompt_lab_is_not_here_and_says_so(w):
    for prefix in ('/api', '/ajax-api'):
        try:
            Client(w.server.port).post(f'{prefix}/2.0/mlflow/runs/create-promptlab-run', {'experiment_id': '0'})
        except Refused as error:
            assert error.status == 501 and json.loads(error.body)['error_code'] == 'NOT_IMPLEMENTED' and 'prompt lab' in error.told, error
        else:
            raise AssertionError('it was taken')


def case_content_lies_in_the_folder_that_a_file_uri_names(_):
    with tempfile.TemporaryDirectory() as folder:
        for how, root in ((('--artifact-root', f'file://{folder}/a'), 'a'), (('--artifact-root', f'file:{folder}/b'), 'b'), ((), 'c')):
            environment = {} if how else {'MLFLOW_ARTIFACTS_DESTINATION': f'file://localhost{folder}/c'}
            with Server(*how, environment=environment):
                assert os.path.isdir(f'{folder}/{root}/objects'), how
    for root in ('s3://bucket/x', 'file://elsewhere/x', 'file:x', 'file:///a%20b'):
        done = terminal.piped('server', '--artifact-root', root, '--data-dir', '/nonexistent')
        assert done.code == 2 and 'no folder of this machine' in done.err, (root, done)
