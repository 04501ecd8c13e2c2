"""What the model knows besides a flight itself: late rates and the timetable, learned from past flights.

The file of flights has no timetable, only when each flight left. So the timetable is learned: how many flights a day leave
on a route within each 20 minutes. A flight where usually none leaves is off the timetable, hence probably late.
"""

from dataclasses import dataclass, fields

import numpy as np

SLOT_MINUTES = 20
SLOTS, HOURS = 24 * 60 // SLOT_MINUTES, 24
FOLDS = 5

# How many flights the prior weighs in a smoothed late rate: small groups lean on the larger one that they belong to.
AIRPORT_PRIOR, ROUTE_PRIOR, HOUR_PRIOR, SLOT_PRIOR = 100, 50, 50, 5

FEATURES = ["distance", "dep_min", "dow", "origin_rate", "destination_rate", "route_rate", "origin_hour_rate",
            "destination_hour_rate", "slot_rate", "slot_density", "slot_before", "slots_before_that", "slot_after"]

# The columns that each feature speaks of: a monitor ranks what has moved by how much the model leans on it.
COLUMNS_OF = {"origin_rate": ["origin"], "origin_hour_rate": ["origin"], "destination_rate": ["destination"], "destination_hour_rate": ["destination"],
              "route_rate": ["origin", "destination"], **{name: ["slot_density"] for name in ("slot_rate", "slot_before", "slots_before_that", "slot_after")}}


def importance(gains):
    """A share of the trees' gain for each raw column and for slot_density, from gains by feature."""
    shares = {}
    for feature, gain in gains.items():
        columns = COLUMNS_OF.get(feature, [feature])
        for column in columns:
            shares[column] = shares.get(column, 0.0) + gain / len(columns) / sum(gains.values())
    return shares


@dataclass
class Flights:
    """Columns of one length; airports as indices into a vocabulary."""
    origin: np.ndarray
    destination: np.ndarray
    distance: np.ndarray
    dep_min: np.ndarray
    dow: np.ndarray
    late: np.ndarray
    day: np.ndarray  # a number that rises by one a day

    def __len__(self):
        return len(self.late)

    def only(self, rows):
        return Flights(*(getattr(self, field.name)[rows] for field in fields(self)))

    @property
    def hour(self):
        return self.dep_min.astype(np.int64) // 60

    @property
    def slot(self):
        return self.dep_min.astype(np.int64) // SLOT_MINUTES


@dataclass
class Tables:
    """Late rates by group, and flights a day by route and slot."""
    mean: float
    origin_rate: np.ndarray            # [airport]
    destination_rate: np.ndarray       # [airport]
    route_rate: np.ndarray             # [origin, destination]
    origin_hour_rate: np.ndarray       # [airport, hour]
    destination_hour_rate: np.ndarray  # [airport, hour]
    slots: np.ndarray                  # [route index + 1, slot, 5]: rate, density, before, before that, after; last row: no such route


class Timetable:
    """Tables of a set of flights, for rows of other days."""

    def __init__(self, flights, origins, destinations):
        self.origins, self.destinations = origins, destinations
        routes = flights.origin * destinations + flights.destination
        self.routes = np.unique(routes)
        self.route_index = np.full(origins * destinations, len(self.routes), np.int64)
        self.route_index[self.routes] = np.arange(len(self.routes))
        self.fold = flights.day % FOLDS
        self.days = np.array([len(np.unique(flights.day[self.fold == fold])) for fold in range(FOLDS)])
        self.flights = flights
        keys = self.keys(flights)
        self.counts = {name: self._by_fold(key, size) for name, (key, size) in keys.items()}
        self.tables = self._tables(lambda by_fold: by_fold.sum(0))

    def keys(self, flights):
        """For each group: every flight's place in that group's table, and the table's size."""
        route = flights.origin * self.destinations + flights.destination
        return {
            "origin": (flights.origin, self.origins),
            "destination": (flights.destination, self.destinations),
            "route": (route, self.origins * self.destinations),
            "origin_hour": (flights.origin * HOURS + flights.hour, self.origins * HOURS),
            "destination_hour": (flights.destination * HOURS + flights.hour, self.destinations * HOURS),
            "slot": (self.route_index[route] * SLOTS + flights.slot, len(self.routes) * SLOTS),
        }

    def _by_fold(self, key, size):
        """Flights and late flights a group, for each fold: [fold, 2, size]."""
        place = self.fold * size + key
        flights = np.bincount(place, minlength=FOLDS * size)
        late = np.bincount(place, weights=self.flights.late, minlength=FOLDS * size)
        return np.stack([flights.reshape(FOLDS, size), late.reshape(FOLDS, size)], axis=1)

    def _tables(self, chosen, days=None):
        counted = {name: chosen(by_fold) for name, by_fold in self.counts.items()}

        def rate(name, prior, weight):
            flights, late = counted[name]
            return (late + weight * prior) / (flights + weight)

        total, total_late = counted["origin"].sum(1)
        mean = total_late / total
        origin, destination = rate("origin", mean, AIRPORT_PRIOR), rate("destination", mean, AIRPORT_PRIOR)
        route_prior = np.clip(origin[:, None] + destination[None, :] - mean, 0.01, 0.9).ravel()
        route = rate("route", route_prior, ROUTE_PRIOR)
        slot_rate = rate("slot", np.repeat(route[self.routes], SLOTS), SLOT_PRIOR).reshape(-1, SLOTS)
        density = counted["slot"][0].reshape(-1, SLOTS) / (days or self.days.sum())
        near = np.pad(density, ((0, 0), (3, 1)))
        slots = np.stack([slot_rate, density, near[:, 2:-2], near[:, 1:-3] + near[:, :-4], near[:, 4:]], axis=2)
        return Tables(
            mean=mean, origin_rate=origin, destination_rate=destination,
            route_rate=route.reshape(self.origins, self.destinations),
            origin_hour_rate=rate("origin_hour", np.repeat(origin, HOURS), HOUR_PRIOR).reshape(-1, HOURS),
            destination_hour_rate=rate("destination_hour", np.repeat(destination, HOURS), HOUR_PRIOR).reshape(-1, HOURS),
            slots=np.concatenate([slots, np.zeros((1, SLOTS, 5))]).astype(np.float32))

    def features(self, flights, tables=None):
        """One row of FEATURES a flight; a route that was never flown takes the route's own late rate and no density."""
        tables = tables or self.tables
        route = self.route_index[flights.origin * self.destinations + flights.destination]
        slots = tables.slots[route, flights.slot]
        route_rate = tables.route_rate[flights.origin, flights.destination]
        slot_rate = np.where(route == len(self.routes), route_rate, slots[:, 0])
        return np.column_stack([
            flights.distance, flights.dep_min, flights.dow, tables.origin_rate[flights.origin], tables.destination_rate[flights.destination], route_rate,
            tables.origin_hour_rate[flights.origin, flights.hour], tables.destination_hour_rate[flights.destination, flights.hour], slot_rate, slots[:, 1:],
        ]).astype(np.float32)

    def training_features(self):
        """Features of the flights learned from, each from tables without its own day's fold: otherwise no flight would ever look
        off the timetable in training, and each would see its own outcome."""
        features = np.empty((len(self.flights), len(FEATURES)), np.float32)
        for fold in range(FOLDS):
            rows = self.fold == fold
            if not rows.any() or rows.all():
                features[rows] = self.features(self.flights.only(rows))
                continue
            tables = self._tables(lambda by_fold: by_fold.sum(0) - by_fold[fold], self.days.sum() - self.days[fold])
            features[rows] = self.features(self.flights.only(rows), tables)
        return features
