// Runs before the first paint: the theme that was chosen, or the system's.
(function () {
  var chosen = 'system';
  try { chosen = localStorage.getItem('gyre.theme') || 'system'; } catch (e) { /* storage is off */ }
  var dark = chosen === 'dark' || (chosen === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  document.documentElement.dataset.themeChoice = chosen;
})();
