"""The line by which ./gyre-dev test adds suites up."""


def pytest_unconfigure(config):
    reporter = config.pluginmanager.get_plugin('terminalreporter')
    if reporter is None:
        return
    count = {kind: len(reporter.stats.get(kind, [])) for kind in ('passed', 'failed', 'error', 'skipped')}
    failed = count['failed'] + count['error']
    print(f"\n{count['passed']} passed, {failed} failed" + (f", {count['skipped']} skipped" if count['skipped'] else ''), flush=True)
