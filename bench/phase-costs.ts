// What each phase of a benchmark costs this process: time, processor time, how busy its one main thread was, and memory.

const SAMPLE_MS = 200;

interface Phase {
  readonly name: string;
  readonly seconds: number;
  /** Processor seconds of all threads. */
  readonly cpuSeconds: number;
  /** 0 to 1: the part of the time in which the main thread was not idle. */
  readonly mainThread: number;
  /** The most that was seen. */
  readonly megabytes: number;
}

export interface PhaseCosts {
  /** Ends the phase before it. */
  begin(name: string): void;
  end(): void;
  /** @param count what the times are shared among */
  lines(count: number): readonly string[];
  stop(): void;
}

export function costsOfPhases(): PhaseCosts {
  const phases: Phase[] = [];
  let highest = 0;
  let finish: (() => Phase) | undefined;
  const sample = (): void => {
    highest = Math.max(highest, process.memoryUsage.rss() / 1e6);
  };
  const sampler = setInterval(sample, SAMPLE_MS);
  const end = (): void => {
    if (finish !== undefined) phases.push(finish());
    finish = undefined;
  };
  return {
    begin(name) {
      end();
      highest = 0;
      const began = performance.now();
      const cpu = process.cpuUsage();
      const busy = performance.eventLoopUtilization();
      finish = () => {
        sample();
        const { user, system } = process.cpuUsage(cpu);
        return {
          name,
          seconds: (performance.now() - began) / 1_000,
          cpuSeconds: (user + system) / 1e6,
          mainThread: performance.eventLoopUtilization(busy).utilization,
          megabytes: highest,
        };
      };
    },
    end,
    lines: (count) => phases.map((phase) => lineOf(phase, count)),
    stop: () => clearInterval(sampler),
  };
}

function lineOf({ name, seconds, cpuSeconds, mainThread, megabytes }: Phase, count: number): string {
  const each = `${((1_000 * seconds) / count).toFixed(0)} ms each`;
  const cores = `${(cpuSeconds / seconds).toFixed(1)} cores busy`;
  return `${name.padEnd(14)} ${seconds.toFixed(1).padStart(7)} s  ${each.padStart(12)}  ${cores}, main thread ${(100 * mainThread).toFixed(0)} %, up to ${megabytes.toFixed(0)} MB`;
}
