// Times for people, in UTC, since approvers sit in many zones and a page without scripts cannot ask for theirs.

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/** `2026-03-01 14:05 UTC`, from epoch seconds. */
export function timeOf(seconds: number): string {
  return `${new Date(seconds * 1_000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** `2 h 5 min`: how long, rounded down, in at most two units. */
export function spanOf(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min`;
  if (whole < DAY) return twoUnits(whole, [HOUR, "h"], [MINUTE, "min"]);
  return twoUnits(whole, [DAY, "d"], [HOUR, "h"]);
}

type Unit = readonly [seconds: number, name: string];

function twoUnits(seconds: number, [large, largeName]: Unit, [small, smallName]: Unit): string {
  const rest = Math.floor((seconds % large) / small);
  const first = `${Math.floor(seconds / large)} ${largeName}`;
  return rest === 0 ? first : `${first} ${rest} ${smallName}`;
}
