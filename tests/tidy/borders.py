"""Who may include whom: floors, the order of the domains, the borders of third-party libraries, coroutines."""
import re

from tree import DOMAINS, FLOOR_OF, FLOORS, ROOT, cpp, lines, own_room, room_of

INCLUDE = re.compile(r'\s*#\s*include\s+([<"])([^>"]+)[>"]')

# Header -> where it may be included: a room, or one file. A header that includes one of them is the room's own affair.
LIBRARIES = {
    r'boost/(asio|beast)': ['src/net/'],
    r'boost/url': ['src/net/'],
    r'curl/': ['src/net/'],
    r'duckdb': ['src/query/'],
    r'onnxruntime': ['src/infer/'],
    r'sqlite3\.h|libpq': ['src/storage/sql/'],
    r'simdjson': ['src/base/json.cc', 'src/api/inference/', 'src/api/mlflow/quick_batch.cc'],
    r'yaml-cpp': ['src/base/yaml.cc'],
    r'spdlog': ['src/base/log.cc'],
    r're2/': ['src/base/pattern.cc'],
    r'openssl': ['src/base/'],
    r'google/protobuf|trace\.pb\.h': ['src/api/otlp/protobuf.cc'],
    r'CLI/': ['src/app/cli/dispatch.cc'],
}
def includes(path):
    for number, line in lines(path):
        if found := INCLUDE.match(line):
            yield number, found.group(1), found.group(2)


def floors_point_down():
    for path in cpp():
        room = own_room(path)
        if not room:
            continue
        for number, bracket, target in includes(path):
            other = room_of(target) if bracket == '"' else None
            if other in (None, room):
                continue
            if FLOOR_OF[other] >= FLOOR_OF[room] and not (other in DOMAINS and room in DOMAINS):
                yield f'{path}:{number}: {room} is on floor {FLOOR_OF[room]} and may not include {other} on floor {FLOOR_OF[other]}'


def domains_keep_their_order():
    for path in cpp():
        room = own_room(path)
        if room not in DOMAINS:
            continue
        for number, bracket, target in includes(path):
            other = room_of(target) if bracket == '"' else None
            if other in DOMAINS and DOMAINS.index(other) > DOMAINS.index(room):
                yield f'{path}:{number}: {room} may not know {other}, which comes after it'
            if other == 'net':
                yield f'{path}:{number}: {room} is a domain and knows no HTTP'


def libraries_stay_behind_their_borders():
    for path in cpp():
        for number, _, target in includes(path):
            for pattern, places in LIBRARIES.items():
                if re.match(pattern, target) and not any(str(path).startswith(place) for place in places):
                    yield f'{path}:{number}: <{target}> is for {", ".join(places)} alone'


def border_headers():
    """Headers that bring such a library along, themselves or through another: path as it is included -> folder."""
    known = {str(path).removeprefix('src/'): path for path in cpp() if path.suffix == '.h' and path.parts[0] == 'src'}
    brings = {name for name, path in known.items() if any(re.match(pattern, target) for _, _, target in includes(path) for pattern in LIBRARIES)}
    while more := {name for name, path in known.items() if name not in brings and any(target in brings for _, _, target in includes(path))}:
        brings |= more
    return {name: str(known[name].parent) + '/' for name in brings}


def border_headers_are_private():
    private = border_headers()
    for path in cpp():
        for number, _, target in includes(path):
            if target in private and not str(path).startswith((private[target], 'fuzz/', 'bench/')):
                yield f'{path}:{number}: {target} brings a library along that is for {private[target]} alone'


def coroutines_are_in_net():
    for path in cpp():
        for number, line in lines(path):
            code = line.split('//')[0]
            if re.search(r'\bco_(await|return|yield)\b', code) and own_room(path) != 'net':
                yield f'{path}:{number}: coroutines are in net alone'
            if re.search(r'\bco_await\b.*(\[[&=\w, ]*\]\s*[({]|\{\s*\.\w)', code):
                yield f'{path}:{number}: name the lambda or struct before the co_await that uses it'


def the_map_shows_these_floors():
    map_text = (ROOT / 'ARCHITECTURE.md').read_text()
    drawn = [line.split() for line in map_text.splitlines() if line.startswith(' ')]
    for rooms in FLOORS:
        if not any(words[:len(rooms)] == rooms for words in drawn):
            yield f'ARCHITECTURE.md: no floor is drawn as {" ".join(rooms)}'
    listed = re.findall(r'^\| `(\w+)` \|', map_text, re.MULTILINE)
    if listed != DOMAINS:
        yield f'ARCHITECTURE.md: lists the rooms as {" ".join(listed)}; they stand in the order {" ".join(DOMAINS)}'


def rooms_are_whole():
    for room in [r for rooms in FLOORS for r in rooms]:
        folder = ROOT / 'src' / room
        if not folder.exists():
            continue
        for name in ('README.md', 'CMakeLists.txt'):
            if not (folder / name).exists():
                yield f'src/{room}: {name} is missing'
    for folder in sorted({path.parent for path in cpp() if path.parts[0] == 'src' and not own_room(path)}):
        yield f'{folder}: is in no room of any floor'


CHECKS = [floors_point_down, domains_keep_their_order, libraries_stay_behind_their_borders, border_headers_are_private, coroutines_are_in_net,
          the_map_shows_these_floors, rooms_are_whole]
