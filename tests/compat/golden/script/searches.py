"""runs/search"""


def play(call):
    experiment = call.experiment('search')
    for i in range(4):
        run = call.run(experiment, f's{i}', 1712000000000 + i, user_id=f'u{i % 2}')
        call.post('runs/log-batch', {'run_id': run, 'metrics': [{'key': 'auc', 'value': i / 4, 'timestamp': 1, 'step': i}] + ([{'key': 'rare', 'value': 'NaN' if i == 1 else 1, 'timestamp': 1}] if i < 2 else []),
                                     'params': [{'key': 'kind', 'value': 'even' if i % 2 == 0 else 'odd'}] + ([{'key': 'some', 'value': 'x'}] if i == 3 else []),
                                     'tags': [{'key': 'team', 'value': 'Red' if i < 2 else 'blue'}]})
        if i == 3:
            call.post('runs/update', {'run_id': run, 'status': 'FINISHED', 'end_time': 1712000009000})
            call.post('runs/log-inputs', {'run_id': run, 'datasets': [{'tags': [{'key': 'mlflow.data.context', 'value': 'train'}],
                                                                        'dataset': {'name': 'ds', 'digest': 'dg', 'source_type': 'local', 'source': 's'}}]})
    arguments(call, experiment)


def arguments(call, experiment):
    for body in ({'experiment_ids': [experiment]}, {'experiment_ids': []}, {}, {'experiment_ids': ['77']}, {'experiment_ids': [experiment, '77'], 'max_results': 1}, {'experiment_ids': experiment},
                 {'experiment_ids': [experiment], 'max_results': 2, 'order_by': ['attributes.start_time ASC']},
                 {'experiment_ids': [experiment], 'max_results': 2, 'order_by': ['attributes.start_time ASC'], 'page_token': None},
                 {'experiment_ids': [experiment], 'max_results': 60000}, {'experiment_ids': [experiment], 'max_results': 0}, {'experiment_ids': [experiment], 'max_results': -1},
                 {'experiment_ids': [experiment], 'max_results': 'x'},
                 {'experiment_ids': [experiment], 'page_token': 'zz'}, {'experiment_ids': [experiment], 'run_view_type': 'DELETED_ONLY'}, {'experiment_ids': [experiment], 'run_view_type': 'NOPE'},
                 {'experiment_ids': [experiment], 'filter': 5}, {'experiment_ids': [experiment], 'order_by': 'x'}, {'experiment_ids': [experiment], 'order_by': [5]}):
        if body.get('page_token', '') is None:  # of the page before
            body['page_token'] = answer['next_page_token']
        answer = call.post('runs/search', body)
