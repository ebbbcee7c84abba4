// The nouns of one request to the small AWS: what came in, what goes out, and the error that any step may throw.
// Only declarations and constructors; server.ts turns an AwsError into the error form of the service.

export interface AwsRequest {
  readonly method: string;
  readonly host: string;
  /** As on the wire, never normalised. */
  readonly rawPath: string;
  /** As on the wire, without the question mark. */
  readonly rawQuery: string;
  /** Lower-case names, values trimmed, in order of arrival. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: Buffer;
}

export interface AwsReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** One thing that IAM must allow before an operation runs. */
export interface Need {
  readonly action: string;
  readonly resource: string;
  /** Condition keys in lower case, beside those that every request has. */
  readonly context?: Readonly<Record<string, readonly string[]>>;
}

/** An operation that was recognised and validated, and has not run. */
export interface Plan {
  readonly needs: readonly Need[];
  run(): AwsReply | Promise<AwsReply>;
}

/** An error as AWS answers it. `status` is what the service uses for this code; `details` are extra members. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: Readonly<Record<string, string>>;
  constructor(code: string, status: number, message: string, details: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = "AwsError";
    this.code = code;
    this.status = status;
    this.details = details;
  }
}

/** The value of a header that is there exactly once; throws when it is repeated. */
export function header(request: AwsRequest, name: string): string | undefined {
  const values = request.headers.get(name);
  if (values !== undefined && values.length > 1) {
    throw new AwsError("InvalidRequest", 400, `the header \`${name}\` is repeated`);
  }
  return values?.[0];
}

/** How a service words its errors; and with it, the codes for what happens before the operation. */
export type ErrorShape = "json" | "query" | "s3";
