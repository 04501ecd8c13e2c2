"""Whose a table is: the room's whose migrations make it. Others ask that room, through a header of its own."""
import re

from tree import ROOT, cpp, files, lines, own_room, text

MADE = re.compile(r'^CREATE TABLE (\w+)', re.MULTILINE)
NAMED = re.compile(r'\b(?:FROM|JOIN|INTO|UPDATE) (\w+)\b')


def rooms_of_tables():
    scripts = [f for f in files() if f.parts[0] == 'src' and f.parent.name == 'migrations' and f.suffix == '.sql']
    return {table: own_room(script.parent) for script in scripts for table in MADE.findall(text(script))}


def tables_are_their_rooms_alone():
    room_of_table = rooms_of_tables()
    for path in cpp():
        room = own_room(path)
        if not room or 'test' in path.stem:  # tests look at what was written
            continue
        for number, line in lines(path):
            for table in NAMED.findall(line):
                if room_of_table.get(table, room) != room:
                    yield f'{path}:{number}: {room} reads or writes {table}, which is a table of {room_of_table[table]}: ask a function of its'


CHECKS = [tables_are_their_rooms_alone]
