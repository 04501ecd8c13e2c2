"""For the suites that pytest runs: ends with the line by which ./gyre-dev test adds suites up."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))


def pytest_unconfigure(config):
    reporter = config.pluginmanager.get_plugin('terminalreporter')
    if reporter is None:
        return
    count = {kind: len(reporter.stats.get(kind, [])) for kind in ('passed', 'failed', 'error', 'skipped')}
    failed = count['failed'] + count['error']
    print(f"{count['passed']} passed, {failed} failed" + (f", {count['skipped']} skipped" if count['skipped'] else ''), flush=True)
