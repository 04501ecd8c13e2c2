"""What scripts do that trace, evaluate and take up runs again. As in scenarios.py: strict, and alike with the 2.x and the 3.x client."""
import os

import mlflow
import numpy
import pandas

MAJOR = int(mlflow.__version__.split('.')[0])


def a_run_named_by_the_environment(client):
    """As launchers have it: the run exists before the script starts."""
    experiment = client.get_experiment_by_name('scenario a_run_named_by_the_environment').experiment_id
    launched = client.create_run(experiment, run_name='launched').info.run_id
    os.environ['MLFLOW_RUN_ID'] = launched
    try:
        with mlflow.start_run() as run:
            mlflow.log_metric('m', 1)
    finally:
        os.environ.pop('MLFLOW_RUN_ID', None)
    read = client.get_run(launched)
    assert run.info.run_id == launched and read.info.status == 'FINISHED' and read.info.run_name == 'launched' and read.data.metrics == {'m': 1}
    assert mlflow.last_active_run().info.run_id == launched


def parents_are_found(client):
    with mlflow.start_run() as parent, mlflow.start_run(nested=True) as child:
        assert mlflow.get_parent_run(child.info.run_id).info.run_id == parent.info.run_id
    assert mlflow.get_parent_run(parent.info.run_id) is None


def images_of_many_steps(client):
    with mlflow.start_run() as run:
        for step in (0, 3, 7):  # 2.22 puts them between percent signs, and takes %10 for an escape when it lists them
            mlflow.log_image(numpy.full((4, 4, 3), step, numpy.uint8), key='layer', step=step)
        mlflow.flush_artifact_async_logging()
    names = [f.path for f in client.list_artifacts(run.info.run_id, 'images')]
    steps = {int(name.replace('+', '%').split('%step%')[1].split('%')[0]) for name in names}
    assert len(names) == 6 and steps == {0, 3, 7}, names
    assert client.get_run(run.info.run_id).data.tags['mlflow.loggedImages'] == 'True'


def a_search_over_parameters(client):
    from sklearn.datasets import load_iris
    from sklearn.model_selection import GridSearchCV
    from sklearn.tree import DecisionTreeClassifier
    mlflow.sklearn.autolog(log_models=False, max_tuning_runs=3)
    try:
        with mlflow.start_run() as parent:
            GridSearchCV(DecisionTreeClassifier(random_state=0), {'max_depth': [1, 3]}, cv=2, n_jobs=1).fit(*load_iris(return_X_y=True))
    finally:
        mlflow.sklearn.autolog(disable=True)
    children = client.search_runs([parent.info.experiment_id], f"tags.mlflow.parentRunId = '{parent.info.run_id}'", order_by=['params.max_depth'])
    assert [c.data.params['max_depth'] for c in children] == ['1', '3']
    best = client.get_run(parent.info.run_id).data
    assert best.metrics['best_cv_score'] == max(c.data.metrics['mean_test_score'] for c in children) and best.params['best_max_depth'] == '3'


def evaluating_predictions(client):
    frame = pandas.DataFrame({'x': [1.0, 2.0, 3.0, 4.0], 'y': [1.0, 2.0, 3.0, 5.0], 'guess': [1.0, 2.0, 3.0, 4.0]})
    worst = mlflow.models.make_metric(eval_fn=lambda predictions, targets: float(numpy.abs(predictions - targets).max()), greater_is_better=False, name='worst')
    with mlflow.start_run() as run:
        result = mlflow.models.evaluate(data=frame, targets='y', predictions='guess', model_type='regressor', extra_metrics=[worst],
                                        evaluator_config={'log_explainer': False})
    metrics = client.get_run(run.info.run_id).data.metrics
    assert metrics['mean_squared_error'] == result.metrics['mean_squared_error'] == 0.25 and metrics['worst'] == 1.0, metrics
    assert len(client.get_run(run.info.run_id).inputs.dataset_inputs) == 1


def tracing(client):
    """2.22 keeps spans as an artifact, 3.x sends them; both read them back."""
    @mlflow.trace(span_type='CHAIN', attributes={'flavour': 'plain'})
    def answer(question):
        with mlflow.start_span('look up', span_type='RETRIEVER') as span:
            span.set_inputs({'question': question})
            span.set_outputs(['a', 'b'])
        return f'{question}!'

    experiment = client.get_experiment_by_name('scenario tracing').experiment_id
    assert answer('why') == 'why!'
    mlflow.flush_trace_async_logging()
    found = client.search_traces([experiment])
    assert len(found) == 1
    trace_id = found[0].info.request_id if MAJOR < 3 else found[0].info.trace_id
    client.set_trace_tag(trace_id, 'seen', 'yes')
    trace = client.get_trace(trace_id)
    spans = {span.name: span for span in trace.data.spans}
    assert set(spans) == {'answer', 'look up'} and spans['look up'].parent_id == spans['answer'].span_id
    assert spans['answer'].inputs == {'question': 'why'} and spans['answer'].outputs == 'why!' and spans['answer'].attributes['flavour'] == 'plain'
    assert spans['look up'].span_type == 'RETRIEVER' and spans['look up'].outputs == ['a', 'b']
    assert trace.info.tags['seen'] == 'yes' and str(trace.info.status).endswith('OK')
    tagged = client.search_traces([experiment], filter_string="tags.seen = 'yes'")
    assert len(tagged) == 1
    assert client.delete_traces(experiment, trace_ids=[trace_id]) == 1 if MAJOR >= 3 else client.delete_traces(experiment, request_ids=[trace_id]) == 1
    assert client.search_traces([experiment]) == []


def evaluating_answers(client):
    """Without a language model: scorers are code, and answers are given."""
    if MAJOR < 3:
        return
    from mlflow.genai.scorers import scorer

    @scorer
    def is_short(outputs):
        return len(outputs) < 10

    @scorer
    def agrees(outputs, expectations):
        return 1.0 if outputs == expectations['answer'] else 0.0

    data = [{'inputs': {'q': 'one'}, 'outputs': '1', 'expectations': {'answer': '1'}},
            {'inputs': {'q': 'two'}, 'outputs': 'something long', 'expectations': {'answer': '2'}}]
    result = mlflow.genai.evaluate(data=data, scorers=[is_short, agrees])
    assert result.metrics['agrees/mean'] == 0.5 and result.metrics['is_short/mean'] == 0.5, result.metrics
    read = client.get_run(result.run_id)
    assert read.data.metrics['agrees/mean'] == 0.5
    traces = client.search_traces(locations=[read.info.experiment_id], run_id=result.run_id)
    assert len(traces) == 2
    told = {trace.data.request: {a.name: a.value for a in trace.info.assessments} for trace in traces}
    by_length = sorted((t['is_short'], t['agrees'], t['answer']) for t in told.values())
    assert by_length == [(False, 0.0, '2'), (True, 1.0, '1')], told


SCENARIOS = {scenario.__name__: scenario for scenario in (
    a_run_named_by_the_environment, parents_are_found, images_of_many_steps, a_search_over_parameters, evaluating_predictions, tracing, evaluating_answers)}
