// What a newer SDK client adds to botocore's model of a service: operations, members, and nothing that was there.

import { describe, expect, it } from "vitest";
import type { BotocoreService, RawService } from "../../lib/models/botocore.ts";
import { mergeSdk } from "../../lib/models/sdk-merge.ts";

const model: RawService = {
  metadata: {
    apiVersion: "2026-01-01",
    endpointPrefix: "thing",
    protocol: "rest-json",
    signatureVersion: "v4",
  },
  operations: {
    GetThing: {
      name: "GetThing",
      http: { method: "GET", requestUri: "/things/{Name}" },
      input: { shape: "GetThingRequest" },
    },
    ListThings: { name: "ListThings", http: { method: "GET", requestUri: "/things" } },
  },
  shapes: {
    GetThingRequest: {
      type: "structure",
      members: {
        Name: { shape: "Text", location: "uri", locationName: "Name" },
        Filter: { shape: "Filter" },
        Old: { shape: "Text", locationName: "wire" },
      },
    },
    Filter: { type: "structure", members: { Key: { shape: "Text" } } },
    Text: { type: "string" },
  },
};
const service: BotocoreService = { name: "thing", model, rules: { parameters: {}, rules: [] } };

const FILTER = [3, "ns", "Filter", 0, ["Key", "Secret"], [0, [0, 8]]];
const GET = [
  3,
  "ns",
  "GetThingRequest",
  0,
  ["Name", "Filter", "New", "Renamed", "Page"],
  [[0, 1], () => FILTER, 64, [0, { jsonName: "wire" }], [1, { httpQuery: "page" }]],
  1,
];
const PUT = [3, "ns", "PutThingRequest", 0, ["Name", "Body", "Self"], [[0, 1], [21, 16], () => PUT_SELF], 2];
const PUT_SELF: unknown[] = [3, "ns", "Node", 0, ["Next"], [() => PUT_SELF]];
const exported = {
  GetThing$: [9, "ns", "GetThing", { http: ["GET", "/things/{Name}", 200] }, () => GET, () => "unit"],
  PutThing$: [
    9,
    "ns",
    "PutThing",
    { http: ["PUT", "/things/{Name}?x-id=PutThing", 200] },
    () => PUT,
    () => "unit",
  ],
  ListThings$: [9, "ns", "ListThings", { http: ["POST", "/list-things", 200] }, () => "unit", () => "unit"],
  ThingClient: class {},
};

describe("merging an SDK client's schemas", () => {
  const { service: merged, operations, members } = mergeSdk(service, exported);
  const { shapes } = merged.model;

  it("counts what is new: an operation, a second path, and members at any depth", () => {
    expect({ operations, members }).toEqual({ operations: 2, members: 3 });
  });

  it("adds members where they stand, with their place on the wire and their secrecy", () => {
    expect(shapes.GetThingRequest?.members).toMatchObject({
      New: { shape: "sdk.64" },
      Page: { location: "querystring", locationName: "page" },
    });
    expect(shapes["sdk.64"]).toMatchObject({ type: "list" });
    expect(shapes[shapes.Filter?.members?.Secret?.shape ?? ""]).toMatchObject({
      type: "string",
      sensitive: true,
    });
  });

  it("leaves a member alone whose wire name another has already", () => {
    expect(Object.keys(shapes.GetThingRequest?.members ?? {})).not.toContain("Renamed");
    expect(shapes.GetThingRequest?.members?.Old).toEqual({ shape: "Text", locationName: "wire" });
  });

  it("adds an operation with its template, without the SDK's own hint, and a shape that contains itself", () => {
    const put = merged.model.operations.PutThing;
    expect(put?.http).toEqual({ method: "PUT", requestUri: "/things/{Name}" });
    expect(shapes[put?.input?.shape ?? ""]).toMatchObject({ payload: "Body", required: ["Name", "Body"] });
    expect(shapes["sdk.Node"]?.members).toEqual({ Next: { shape: "sdk.Node" } });
  });

  it("keeps both paths of an operation that AWS moved", () => {
    expect(merged.model.operations.ListThings?.http).toEqual({ method: "GET", requestUri: "/things" });
    expect(merged.model.operations["ListThings#2"]?.http).toEqual({
      method: "POST",
      requestUri: "/list-things",
    });
  });

  it("changes nothing of the model that it was given", () => {
    expect(Object.keys(model.operations)).toEqual(["GetThing", "ListThings"]);
    expect(Object.keys(model.shapes.Filter?.members ?? {})).toEqual(["Key"]);
  });
});
