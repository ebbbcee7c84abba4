// The `{ value, multiValue }` maps of a CloudFront Function's event, for headers, query and cookies alike.

import { type HeaderList, headerOf } from "./origin.ts";

export interface Value {
  readonly value: string;
  /** Every value, when there are several; `value` is then the first. */
  readonly multiValue?: readonly { readonly value: string }[];
}

export type Values = Readonly<Record<string, Value>>;

export function valuesOf(pairs: HeaderList): Values {
  const lists = new Map<string, string[]>();
  for (const [name, value] of pairs) lists.set(name, [...(lists.get(name) ?? []), value]);
  // Without a prototype: names are the caller's.
  const values: Record<string, Value> = Object.create(null);
  for (const [name, [first = "", ...more]] of lists) {
    values[name] =
      more.length === 0
        ? { value: first }
        : { value: first, multiValue: [first, ...more].map((value) => ({ value })) };
  }
  return values;
}

/** Names and values as they stand in the URL: CloudFront Functions do not decode them. */
export function parseRawQuery(query: string): HeaderList {
  return query
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const at = part.indexOf("=");
      return at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
    });
}

export function serialiseQuery(values: Values): string {
  return Object.entries(values)
    .flatMap(([name, { value, multiValue }]) =>
      (multiValue ?? [{ value }]).map((one) => (one.value === "" ? name : `${name}=${one.value}`)),
    )
    .join("&");
}

export function parseCookies(headers: HeaderList): HeaderList {
  return (headerOf(headers, "cookie") ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair !== "")
    .map((pair) => {
      const at = pair.indexOf("=");
      return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
    });
}
