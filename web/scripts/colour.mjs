// Colour science for the token check: WCAG 2 contrast, CIEDE2000 (D65), and sight without one cone
// (Machado, Oliveira, Fernandes 2009, severity 1, applied in linear RGB).
export const SIGHTS = ['normal', 'protan', 'deutan', 'tritan'];

const CONES = {
  protan: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deutan: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritan: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};
const XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]];
const WHITE = [0.95047, 1, 1.08883];

const times = (matrix, v) => matrix.map((row) => row[0] * v[0] + row[1] * v[1] + row[2] * v[2]);
const clamp = (v) => Math.min(1, Math.max(0, v));

function linear(hex) {
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
}

export function contrast(a, b) {
  const [low, high] = [a, b].map((hex) => times(XYZ, linear(hex))[1]).sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

function lab(hex, sight) {
  const seen = sight === 'normal' ? linear(hex) : times(CONES[sight], linear(hex)).map(clamp);
  const [x, y, z] = times(XYZ, seen).map((v, i) => v / WHITE[i]).map((t) => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

export const lightness = (hex, sight) => lab(hex, sight)[0];

const turn = (degrees) => (degrees < 0 ? degrees + 360 : degrees);
const sin = (degrees) => Math.sin((degrees * Math.PI) / 180);
const cos = (degrees) => Math.cos((degrees * Math.PI) / 180);

// CIEDE2000 after Sharma, Wu, Dalal 2005, with kL = kC = kH = 1.
export function distance(hexA, hexB, sight) {
  const [L1, a1, b1] = lab(hexA, sight);
  const [L2, a2, b2] = lab(hexB, sight);
  const mean = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2;
  const G = 0.5 * (1 - Math.sqrt(mean ** 7 / (mean ** 7 + 25 ** 7)));
  const [p1, p2] = [a1 * (1 + G), a2 * (1 + G)];
  const [C1, C2] = [Math.hypot(p1, b1), Math.hypot(p2, b2)];
  const hue = (b, a) => turn((Math.atan2(b, a) * 180) / Math.PI);
  const [h1, h2] = [hue(b1, p1), hue(b2, p2)];
  const grey = C1 * C2 === 0;
  let dh = grey ? 0 : h2 - h1;
  if (dh > 180) dh -= 360;
  else if (dh < -180) dh += 360;
  let h = h1 + h2;
  if (!grey) h = Math.abs(h1 - h2) <= 180 ? h / 2 : h < 360 ? (h + 360) / 2 : (h - 360) / 2;
  const [L, C] = [(L1 + L2) / 2, (C1 + C2) / 2];
  const T = 1 - 0.17 * cos(h - 30) + 0.24 * cos(2 * h) + 0.32 * cos(3 * h + 6) - 0.2 * cos(4 * h - 63);
  const dL = (L2 - L1) / (1 + (0.015 * (L - 50) ** 2) / Math.sqrt(20 + (L - 50) ** 2));
  const dC = (C2 - C1) / (1 + 0.045 * C);
  const dH = (2 * Math.sqrt(C1 * C2) * sin(dh / 2)) / (1 + 0.015 * C * T);
  const turnTerm = -sin(60 * Math.exp(-(((h - 275) / 25) ** 2))) * 2 * Math.sqrt(C ** 7 / (C ** 7 + 25 ** 7));
  return Math.sqrt(dL ** 2 + dC ** 2 + dH ** 2 + turnTerm * dC * dH);
}
