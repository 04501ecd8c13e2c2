// A made-up half-year in the shape of the flights example, for building the page without a server. Seeded: the same each time.
// Invented for layout only; the product's figures come from the server.
export const DAY = 86_400_000;
export const START = Date.UTC(2001, 2, 5);
export const iso = (ms) => (ms === null ? null : new Date(ms).toISOString().replace('.000Z', 'Z'));

export function random(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const date = (month, day) => Date.UTC(2001, month - 1, day);

// When each version took all traffic, and when the timetable moved.
const SERVED = [
  { version: '1', from: date(3, 5), trained: [date(1, 16), date(3, 1)], auc: 0.851 },
  { version: '2', from: date(4, 10), trained: [date(3, 24), date(4, 6)], auc: 0.838 },
  { version: '4', from: date(5, 13), trained: [date(4, 27), date(5, 10)], auc: 0.846 },
  { version: '5', from: date(6, 19), trained: [date(6, 3), date(6, 16)], auc: 0.851 },
];
const SHIFTS = [
  { at: date(4, 1), share: 0.066, auc: 0.062 },
  { at: date(5, 1), share: 0.034, auc: 0.026 },
  { at: date(6, 10), share: 0.038, auc: 0.03 },
];

export function story(days) {
  const rng = random(41);
  const wave = (i, period) => Math.sin((i / period) * 2 * Math.PI);
  const list = [];
  for (let i = 0; i < days; i++) {
    const at = START + i * DAY;
    const serving = SERVED.filter((s) => s.from <= at).at(-1);
    const hurt = (trainedTo, of) => SHIFTS.reduce((sum, s) => (s.at <= at ? sum + s[of] * Math.max(0, Math.min(1, (s.at - trainedTo + 10 * DAY) / (10 * DAY))) : sum), 0);
    const noise = rng() - 0.5;
    const storm = Math.max(0, wave(i + 4, 23)) ** 3;
    const auc = (s) => s.auc - hurt(s.trained[1], 'auc') + noise * 0.018 - storm * 0.014 - (s.version === '1' ? Math.max(0, i - 27) * 0.0005 : 0);
    const share = (s) => 0.026 + hurt(s.trained[1], 'share') + storm * 0.012 + rng() * 0.01;
    const saturday = new Date(at).getUTCDay() === 6;
    const rows = Math.round((saturday ? 14_300 : 16_600) + rng() * 900);
    list.push({
      at, rows, refused: Math.round(rng() * 4), version: serving.version,
      auc: auc(serving), neverAuc: auc(SERVED[0]), share: share(serving), estimated: 0.85 - storm * 0.012 + (rng() - 0.5) * 0.008,
      js: {
        slot_density: 0.016 + 1.9 * Math.max(0, share(serving) - 0.028) + rng() * 0.01,
        p_late: 0.014 + storm * 0.05 + 0.5 * Math.max(0, share(serving) - 0.04) + rng() * 0.02,
        origin: 0.012 + (i / 117) * 0.026 + rng() * 0.006,
        destination: 0.013 + (i / 117) * 0.024 + rng() * 0.006,
        dep_min: 0.006 + rng() * 0.008, distance: 0.004 + rng() * 0.006, dow: saturday ? 0.012 : 0.004 + rng() * 0.003,
      },
    });
  }
  return list;
}

export const served = SERVED;
