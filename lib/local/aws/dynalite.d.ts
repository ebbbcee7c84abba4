// Types for the parts of dynalite that are used: its store, its checks and its operations, without its HTTP server
// (which verifies no signature and takes account and region from the process's environment).

interface DynaliteStore {
  readonly tableDb: { awsAccountId: string; awsRegion: string };
  readonly lifecycleManager: { gracefulClose(done: (error: Error | null) => void): void };
}

declare module "dynalite/db/index.js" {
  const db: {
    create(options: {
      path?: string;
      createTableMs: number;
      deleteTableMs: number;
      updateTableMs: number;
    }): DynaliteStore;
  };
  export = db;
}

declare module "dynalite/validations/index.js" {
  const validations: {
    checkTypes(input: object, types: unknown): object;
    checkValidations(input: object, types: unknown, custom: unknown, store: DynaliteStore): void;
  };
  export = validations;
}
