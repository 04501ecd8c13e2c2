"""The routes beside the protocol: health, server-info, GraphQL, telemetry of the page, and what is not offered."""


def play(call):
    call.get('/health')
    call.get('/ajax-api/3.0/mlflow/ui-telemetry')
    call.post('/ajax-api/3.0/mlflow/ui-telemetry', {'records': []})
    call.get('/api/3.0/mlflow/server-info')
    call.get('/ajax-api/3.0/mlflow/server-info')
    call.get('/ajax-api/2.0/mlflow/gateway-proxy', gateway_path='api/2.0/endpoints')
    searched = call.get('experiments/get-by-name', experiment_name='search').get('experiment', {}).get('experiment_id', '')
    prefixes(call, searched)
    queries(call, searched)


def prefixes(call, searched):
    """Both prefixes answer alike."""
    call.post('/ajax-api/2.0/mlflow/experiments/create', {'name': 'ajax'})
    call.get('/ajax-api/2.0/mlflow/experiments/get-by-name', experiment_name='ajax')
    call.get('/ajax-api/2.0/mlflow/registered-models/get', name='M')
    call.get('/ajax-api/2.0/mlflow/model-versions/search', filter="name = 'O'")
    call.post('/ajax-api/2.0/mlflow/runs/search', {'experiment_ids': [searched], 'order_by': ['attributes.run_name']})


def queries(call, searched):
    def ask(query, **variables):
        answer = call.post('/graphql', {'query': query, 'variables': variables})
        return answer

    ask('query Get($input: MlflowGetExperimentInput!) { mlflowGetExperiment(input: $input) { apiError { code message } experiment { artifactLocation creationTime experimentId lastUpdateTime lifecycleStage name tags { key value } } } }',
        input={'experimentId': '1'})
    ask('query Get($input: MlflowGetExperimentInput!) { mlflowGetExperiment(input: $input) { experiment { name } apiError { code message } } }', input={'experimentId': '77'})
    ask('query S($data: MlflowSearchRunsInput!) { mlflowSearchRuns(input: $data) { apiError { code message } runs { info { runName status startTime endTime experimentId } data { metrics { key value step timestamp } params { key value } tags { key value } } '
        'experiment { name } inputs { datasetInputs { dataset { name digest } tags { key value } } } } nextPageToken } }', data={'experimentIds': [searched], 'orderBy': ['attributes.run_name'], 'maxResults': 2})
    ask('{ mlflowSearchRuns(input: {experimentIds: ["' + searched + '"], filter: "metrics.auc > 0.6"}) { runs { info { runName } modelVersions { name version } } } }')
    ask('{ mlflowSearchModelVersions(input: {filter: "name = \'O\'"}) { modelVersions { name version currentStage source status } nextPageToken apiError { code } } }')
    ask('{ a: mlflowGetExperiment(input: {experimentId: "1"}) { experiment { ...f } } } fragment f on MlflowExperiment { name }')
    ask('query($skip: Boolean!) { mlflowGetExperiment(input: {experimentId: "1"}) { experiment { name experimentId @skip(if: $skip) __typename } } }', skip=True)
    ask('{ test(inputString: "hello") { output } }')
    ask('{ nope }')
    ask('{ mlflowGetExperiment(input: {experimentId: "1"}) { nope } }')
    ask('{ mlflowGetExperiment(input: {experimentId: "1"}) { experiment } }')
    ask('{ mlflowGetExperiment(input: {nope: 1}) { experiment { name } } }')
    ask('{ mlflowGetExperiment { experiment { name } } }')
    ask('{ mlflowGetExperiment(')
    ask('query A { test { output } } query B { test { output } }')
    ask('{' + ' '.join(f'a{i}: test {{ output }}' for i in range(11)) + '}')
    ask('{' + 'a { ' * 11 + 'b' + ' }' * 11 + '}')
