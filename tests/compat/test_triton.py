"""tritonclient's REST against an endpoint: under the endpoint's prefix, and under the root with the endpoint as the model's name."""
import numpy
import pytest
from harness import endpoints
from harness.client import Client
from harness.fixtures import column_model, matrix_model
from tritonclient import http as triton
from tritonclient.utils import InferenceServerException


@pytest.fixture(scope='module')
def served(server):
    client = Client(server.port)
    endpoints.serve(client, 'matrix', matrix_model())
    endpoints.serve(client, 'columns', column_model())
    return server


@pytest.fixture(params=['', '/endpoints/matrix'], ids=['root', 'prefix'])
def client(served, request):
    with triton.InferenceServerClient(served.url.removeprefix('http://') + request.param) as made:
        yield made


def tensor(name, values, kind):
    made = triton.InferInput(name, list(values.shape), kind)
    made.set_data_from_numpy(values, binary_data=False)
    return made


def outputs(*names):
    return [triton.InferRequestedOutput(name, binary_data=False) for name in names]


def test_it_is_alive_and_ready(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready('matrix')
    assert client.get_server_metadata()['name'] == 'gyre'


def test_metadata_tells_the_signature(client):
    metadata = client.get_model_metadata('matrix')
    assert metadata['inputs'] == [{'name': 'x', 'datatype': 'FP32', 'shape': [-1, 3]}]
    assert metadata['outputs'] == [{'name': 'y', 'datatype': 'FP32', 'shape': [-1, 1]}]


def test_values_are_the_models_own(client):
    rows = numpy.random.default_rng(1).normal(size=(50, 3)).astype(numpy.float32)
    answer = client.infer('matrix', [tensor('x', rows, 'FP32')], request_id='r-1', outputs=outputs('y'))
    weights = numpy.array([[1], [10], [100]], numpy.float64)
    rounding = 3 * numpy.finfo(numpy.float32).eps * (abs(rows) @ weights)  # of three terms, in whatever order they are added up
    assert (abs(answer.as_numpy('y') - rows.astype(numpy.float64) @ weights) <= rounding).all()
    assert answer.get_response()['model_version'] == '1'
    assert answer.get_response()['id'] == 'r-1'


def test_text_goes_in_and_out(served):
    with triton.InferenceServerClient(served.url.removeprefix('http://')) as client:
        a, b = numpy.array([[1.5], [2]], numpy.float32), numpy.array([[0.25], [3]], numpy.float32)
        word = numpy.array([['ä€'], ['']], dtype=object)
        answer = client.infer('columns', [tensor('a', a, 'FP32'), tensor('b', b, 'FP32'), tensor('word', word, 'BYTES')], outputs=outputs('sum', 'same'))
        numpy.testing.assert_array_equal(answer.as_numpy('sum').ravel(), [1.75, 5])
        same = [value if isinstance(value, str) else value.decode() for value in answer.as_numpy('same').ravel()]
        assert same == ['ä€', '']


@pytest.mark.parametrize('name, values, kind', [('z', numpy.zeros((1, 3), numpy.float32), 'FP32'), ('x', numpy.zeros((1, 2), numpy.float32), 'FP32')])
def test_what_does_not_fit_is_told(client, name, values, kind):
    with pytest.raises(InferenceServerException) as caught:
        client.infer('matrix', [tensor(name, values, kind)])
    assert caught.value.message()


def test_a_model_that_is_not_there_is_told(served):
    with triton.InferenceServerClient(served.url.removeprefix('http://')) as client:
        assert not client.is_model_ready('nothing')
        with pytest.raises(InferenceServerException, match='nothing'):
            client.infer('nothing', [tensor('x', numpy.zeros((1, 3), numpy.float32), 'FP32')])
