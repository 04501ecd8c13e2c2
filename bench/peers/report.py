"""Prints what was measured, and ends with which aims were reached and what limits the others."""

import dataclasses
import json

from figures import Fact, Row


def amount(ms):
    if ms < 1:
        return f"{1e3 * ms:.0f} µs"
    return f"{ms:.2f} ms" if ms < 100 else f"{ms / 1e3:.2f} s"


def plain(number):
    return f"{number:,.2f}" if abs(number) < 10 else f"{number:,.0f}"


def times(ratio):
    return "" if ratio is None else f"{ratio:.1f} x" if ratio < 100 else f"{ratio:.0f} x"


def print_rows(rows):
    lines = [("work", "peer", "CPU ours", "theirs", "ratio", "aim", "wall ours", "theirs", "ratio")]
    for row in rows:
        theirs = row.theirs
        lines.append((row.name, row.peer, amount(row.ours.cpu_ms), amount(theirs.cpu_ms) if theirs else "", times(row.cpu_ratio), f">= {row.aim:g} x" if row.aim else "",
                      amount(row.ours.wall_ms), amount(theirs.wall_ms) if theirs else "", times(row.wall_ratio)))
    print_columns(lines)


def print_facts(facts):
    lines = [("figure", "peer", "ours", "theirs", "aim")]
    for fact in facts:
        theirs = "" if fact.theirs is None else f"{plain(fact.theirs)} {fact.unit}"
        lines.append((fact.name, fact.peer, f"{plain(fact.ours)} {fact.unit}", theirs, f"{fact.aim} {fact.unit}" if fact.aim else ""))
    print_columns(lines)


def print_columns(lines):
    widths = [max(map(len, column)) for column in zip(*lines)]
    for line in lines:
        cells = [cell.ljust(width) if place < 2 else cell.rjust(width) for place, (cell, width) in enumerate(zip(line, widths))]
        print("  ".join(cells).rstrip())
    print()


def print_verdict(found):
    judged = [one for one in found if one.reached is not None]
    print(f"reached: {sum(one.reached for one in judged)} of {len(judged)} aims")
    for one in judged:
        if one.reached:
            continue
        if isinstance(one, Row):
            print(f"  not reached: {one.name}, beside {one.peer}: {times(one.cpu_ratio)} of {one.aim:g} x. What limits it: {one.limit}.")
        else:
            print(f"  not reached: {one.name}: {plain(one.ours)}, aim {one.aim} {one.unit}. {one.remark}".rstrip())
    remarks = [f"  {row.name}: {row.theirs.remark}" for row in found if isinstance(row, Row) and row.theirs and row.theirs.remark]
    print("\n".join(["", "remarks:", *remarks]) if remarks else "", end="")


def show(found, as_json, machine_line):
    if as_json:
        entries = [{**dataclasses.asdict(one), "reached": one.reached, **({"cpu_ratio": one.cpu_ratio, "wall_ratio": one.wall_ratio} if isinstance(one, Row) else {})} for one in found]
        print(json.dumps({"machine": machine_line, "figures": entries}, indent=1))
        return
    print(f"\nCPU is user and system time of the server's whole process tree (or of the whole command) for one unit of work; wall is the median\n{machine_line}\n")
    rows, facts = [one for one in found if isinstance(one, Row)], [one for one in found if isinstance(one, Fact)]
    if rows:
        print_rows(rows)
    if facts:
        print_facts(facts)
    print_verdict(found)
