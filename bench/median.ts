// The median time of some rounds, in milliseconds, after a few that warm up.

export function medianMs(rounds: number, run: () => void): number {
  for (let warm = 0; warm < Math.max(3, rounds >> 1); warm++) run();
  const times = Array.from({ length: rounds }, () => {
    const started = performance.now();
    run();
    return performance.now() - started;
  });
  return times.sort((one, other) => one - other)[rounds >> 1] ?? 0;
}
