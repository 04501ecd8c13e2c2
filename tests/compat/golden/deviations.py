"""Where we answer otherwise on purpose. deviations.txt holds what we answer, each under a reason; docs/guide/mlflow-compat.md tells the reasons to people."""
import pathlib

from golden.play import read

REASONS = {
    'exact': 'Infinities stay infinities, and are not rounded to the largest double.',
    'by step': "A history comes by step, then time; MLflow's comes by time.",
    'no 500': "A user's mistake is told as one: 400 or 404 where MLflow answers 500, in MLflow's words where it has some.",
    'no database words': 'No answer repeats the words of a database: what is wrong is told, or nothing is wrong.',
    'refused': 'Values that MLflow drops or bends silently (an unknown status, a tag list that is no list, a step of 1.5) are refused.',
    'broken json': 'A body that is no JSON is told as that, not as a missing parameter.',
    'html': 'Errors come as JSON where MLflow answers with an HTML page; an unknown endpoint says `ENDPOINT_NOT_FOUND`.',
    'default experiment': 'A run without an experiment is one of experiment 0.',
    'cut': "A run's tag is cut at 8,000 characters when the run is made, too, as when it is set.",
    'source': "A version's source need not name its run or model, for the server knows whose files they are; one that names another's is refused.",
    'description': 'A description that was taken away reads as empty.',
    'paths': 'An artifact has one path: no backslashes, no doubled slashes, no `.` within.',
    'parts': 'Large artifacts are taken in parts and given in ranges, which MLflow\'s server with a local folder does not offer.',
    'gateway': 'The AI gateway is not offered, and `server-info` says so.',
    'filter': 'Filters and orders of all searches speak one language, more than each of MLflow\'s, and errors tell the column.',
    'latest': "`latest` is the version with the highest number, and versions tell their aliases wherever they stand.",
    'path parameter': 'An id that stands in the path need not be repeated in the body, and `run_uuid` is taken wherever `run_id` is.',
    'no such run': 'The history of a run that is not there is 404, not empty.',
    'deleted model': 'A logged model that was deleted takes no changes.',
    'page': 'Page tokens are opaque, and a page of no rows is refused.',
    'no such dataset': 'Records and experiments of an evaluation dataset that is not there are 404, not empty.',
    'graphql': "GraphQL knows what MLflow's page asks, and has its own words for what it cannot read.",
}


def _read():
    """(group, place) -> (reason, our answer)."""
    found = {}
    for block in (pathlib.Path(__file__).parent / 'deviations.txt').read_text().split('# ')[1:]:
        head, _, exchange = block.partition('\n')
        place, reason = head.split(': ', 1)
        group, number = place.split()
        found[group, int(number)] = (reason, read(exchange)[0])
    return found


DEVIATIONS = _read()
