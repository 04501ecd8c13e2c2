"""Somebody asks a run to stop, and the script sees it."""
import json
import time
import urllib.request

import gyre
from conftest import until


def ask(story, run, what, **body):
    request = urllib.request.Request(f'{story.url}/api/v1/runs/{run}/{what}', json.dumps(body).encode(), {'Content-Type': 'application/json'}, method='POST')
    return json.loads(urllib.request.urlopen(request, timeout=30).read())


def test_a_run_sees_that_it_is_to_stop(story, monkeypatch, capfd):
    monkeypatch.setattr(gyre._sender, 'SIGNAL_S', 0.5)
    with gyre.start('control') as run:
        run.log({'m': 1})
        assert not run.should_stop()
        until(lambda: story.is_there(run.id))
        ask(story, run.id, 'stop', reason='the loss has flattened out')
        until(run.should_stop)
        assert run.stop_reason == 'the loss has flattened out'
    assert 'asks this run to stop' in capfd.readouterr().err


def test_the_question_costs_nothing(story):
    with gyre.start('control') as run:
        began = time.process_time()
        for _ in range(100_000):
            run.should_stop()
        assert time.process_time() - began < 10, 'no request is made'


def test_without_a_server_nobody_stops_it(tmp_path):
    with gyre.start('control', offline=tmp_path) as run:
        assert not run.should_stop() and run.stop_reason == ''


def test_the_server_hears_that_it_lives(story):
    with gyre.start('control') as run:
        until(lambda: story.is_there(run.id) and story.get(f'/api/v1/runs/{run.id}/state')['heartbeat'])
        assert story.get(f'/api/v1/runs/{run.id}/state')['heartbeat']['every_ms'] == 20_000
