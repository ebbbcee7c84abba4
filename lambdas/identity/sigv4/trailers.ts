// Decides whether the trailers of a framed body are what the signed headers announced, and that the checksum fits. A
// trailer is the one way to bring a header after the signature: only one declared checksum passes.

import { type Refusal, refuse } from "../../model/refusal.ts";
import { singleHeader, type WireHeaders } from "../../model/wire-request.ts";
import type { Frame } from "./aws-chunked.ts";
import { CHECKSUMS } from "./checksums.ts";

export interface Unframed {
  readonly kind: "unframed";
  readonly body: Uint8Array;
  /** The verified checksum, to go on as an ordinary header. */
  readonly checksum: readonly [name: string, value: string] | undefined;
}

const DECIMAL = /^(?:0|[1-9]\d{0,8})$/;

/** Joins the chunks and checks length and trailer against the signed headers. `withTrailer` is the payload form's. */
export function unframe(frame: Frame, headers: WireHeaders, withTrailer: boolean): Unframed | Refusal {
  const body = Buffer.concat(frame.chunks.map(({ content }) => content));
  const declared = singleHeader(headers, "x-amz-decoded-content-length") ?? "";
  if (!DECIMAL.test(declared) || Number(declared) !== body.byteLength) {
    return refuse(
      "InvalidRequest",
      "x-amz-decoded-content-length is not the length of the body inside the chunks",
    );
  }
  if (!withTrailer) {
    if (frame.trailers.length === 0 && !headers.has("x-amz-trailer"))
      return { kind: "unframed", body, checksum: undefined };
    return refuse("InvalidRequest", "the body has a trailer that its x-amz-content-sha256 does not announce");
  }
  return withChecksum(frame, headers, body);
}

function withChecksum(frame: Frame, headers: WireHeaders, body: Buffer): Unframed | Refusal {
  const name = singleHeader(headers, "x-amz-trailer") ?? "";
  const checksumOf = CHECKSUMS.get(name);
  if (checksumOf === undefined) {
    return refuse(
      "InvalidRequest",
      "x-amz-trailer must name one checksum: crc32, crc32c, crc64nvme, md5, sha1, sha256 or sha512",
    );
  }
  const [trailer, ...more] = frame.trailers;
  if (trailer === undefined || more.length > 0 || trailer[0] !== name) {
    return refuse("InvalidRequest", "the trailers of the body are not the one that x-amz-trailer announces");
  }
  // The same checksum as header and trailer: AWS could believe either.
  if (headers.has(name))
    return refuse("InvalidRequest", `\`${name}\` is both a header and a trailer: send it once`);
  if (checksumOf(body) !== trailer[1]) {
    return refuse("InvalidRequest", `the body does not have the checksum that its trailer \`${name}\` says`);
  }
  return { kind: "unframed", body, checksum: trailer };
}
