// What reading a request by one operation's model gives: the parameters, and the pieces to build it anew (R1).

import type { ParameterTree, Protocol } from "../model/aws-call.ts";
import type { QueryParameter } from "../model/wire-request.ts";
import type { OperationModel } from "./model.ts";

export interface Reading {
  readonly operation: OperationModel;
  readonly protocol: Protocol;
  readonly parameters: ParameterTree;
  readonly method: string;
  readonly path: string;
  readonly query: readonly QueryParameter[];
  readonly headers: readonly (readonly [string, string])[];
}
