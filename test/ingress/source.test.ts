import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sourceOf } from "../../lambdas/ingress/source.ts";

describe("the source of a request", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:0001:0002::", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["::FFFF:203.0.113.7", "203.0.113.7"],
  ])("of %s is %s", (address, source) => {
    expect(sourceOf(address)).toBe(source);
  });

  it.each(["1:2:3", "1::2::3", "1:2:3:4:5:6:7:8:9", "12345::", "1:2:3:4:5:6:7::8", ":", ":::"])(
    "of %s, which is no address, is the text itself",
    (address) => {
      expect(sourceOf(address)).toBe(address);
    },
  );

  it("is the same for all addresses of a /64 in every spelling, and another for any other /64", () => {
    const group = fc.integer({ min: 0, max: 0xffff });
    const half = fc.tuple(group, group, group, group);
    const spell = (groups: readonly number[], wide: boolean) =>
      groups
        .map((one) => (wide ? one.toString(16).padStart(4, "0").toUpperCase() : one.toString(16)))
        .join(":");
    fc.assert(
      fc.property(half, half, half, half, (network, other, host, neighbour) => {
        const source = sourceOf(spell([...network, ...host], false));
        expect(sourceOf(spell([...network, ...neighbour], true))).toBe(source);
        if (spell(network, false) !== spell(other, false)) {
          expect(sourceOf(spell([...other, ...host], false))).not.toBe(source);
        }
      }),
    );
  });
});
