// Stands in for the little of IAM that agents are shown: users, their keys, and the list of roles.

import { uniqueId } from "./credentials.ts";
import {
  type Form,
  type QueryOperation,
  type QueryPlan,
  queryService,
  required,
  validationError,
} from "./query-service.ts";
import type { Context } from "./service.ts";
import { AwsError } from "./wire.ts";
import type { User } from "./world.ts";
import { element, elements } from "./xml.ts";

const USER_NAME = /^[\w+=,.@-]{1,64}$/;
const PATH = /^\/(?:[!-~]+\/)?$/;

const operations: ReadonlyMap<string, QueryOperation> = new Map([
  ["ListUsers", { parameters: ["PathPrefix"], plan: listUsers }],
  ["GetUser", { parameters: ["UserName"], plan: getUser }],
  ["CreateUser", { parameters: ["UserName", "Path"], plan: createUser }],
  ["CreateAccessKey", { parameters: ["UserName"], plan: createAccessKey }],
  ["ListRoles", { parameters: ["PathPrefix"], plan: listRoles }],
]);

export const iam = queryService({
  name: "iam",
  version: "2010-05-08",
  namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
  operations,
});

function listUsers(form: Form, { account }: Context): QueryPlan {
  const prefix = form.get("PathPrefix") ?? "/";
  return {
    needs: [{ action: "iam:ListUsers", resource: `arn:aws:iam::${account.id}:user${prefix}` }],
    run: () => {
      const users = [...account.users.values()].filter(({ path }) => path.startsWith(prefix));
      const members = users.map((user) => `<member>${userXml(account.id, user)}</member>`).join("");
      return `<Users>${members}</Users>${element("IsTruncated", "false")}`;
    },
  };
}

function getUser(form: Form, { account }: Context): QueryPlan {
  const name = required(form, "UserName");
  const user = account.users.get(name);
  return {
    needs: [{ action: "iam:GetUser", resource: userArn(account.id, user ?? { path: "/", name }) }],
    run: () => `<User>${userXml(account.id, existing(user, name))}</User>`,
  };
}

function createUser(form: Form, { account, world, now }: Context): QueryPlan {
  const name = required(form, "UserName");
  const path = form.get("Path") ?? "/";
  if (!USER_NAME.test(name) || !PATH.test(path))
    throw validationError("UserName or Path has forbidden characters");
  const user: User = { name, path, created: now() };
  return {
    needs: [{ action: "iam:CreateUser", resource: userArn(account.id, user) }],
    run: () => {
      if (account.users.has(name)) {
        throw new AwsError("EntityAlreadyExists", 409, `User with name ${name} already exists.`);
      }
      account.users.set(name, user);
      world.touch();
      return `<User>${userXml(account.id, user)}</User>`;
    },
  };
}

function createAccessKey(form: Form, { account, ring, now }: Context): QueryPlan {
  const name = required(form, "UserName");
  const user = account.users.get(name);
  const arn = userArn(account.id, user ?? { path: "/", name });
  return {
    needs: [{ action: "iam:CreateAccessKey", resource: arn }],
    run: () => {
      existing(user, name);
      // users have no policies here: what such a key signs is known, and denied
      const caller = {
        account: account.id,
        arn,
        principalArn: arn,
        userId: uniqueId("AIDA", arn),
        isRoleSession: false,
        identity: () => [],
        session: undefined,
        sourceIdentity: undefined,
        tags: new Map<string, string>(),
      };
      const key = ring.issue(caller, "long-lived", Number.POSITIVE_INFINITY);
      return `<AccessKey>${elements({
        UserName: name,
        AccessKeyId: key.accessKeyId,
        Status: "Active",
        SecretAccessKey: key.secretAccessKey,
        CreateDate: iso(now()),
      })}</AccessKey>`;
    },
  };
}

function listRoles(form: Form, { account, world, now }: Context): QueryPlan {
  const prefix = form.get("PathPrefix") ?? "/";
  const below = `arn:aws:iam::${account.id}:role${prefix}`;
  return {
    needs: [{ action: "iam:ListRoles", resource: below }],
    run: () => {
      const roles = [...world.roles.values()].filter(({ arn }) => arn.startsWith(below));
      const members = roles.map(({ arn, name }) => {
        const path = arn.slice(arn.indexOf("/"), -name.length);
        const id = uniqueId("AROA", arn);
        return `<member>${elements({ Path: path, RoleName: name, RoleId: id, Arn: arn, CreateDate: iso(now()) })}</member>`;
      });
      return `<Roles>${members.join("")}</Roles>${element("IsTruncated", "false")}`;
    },
  };
}

function existing(user: User | undefined, name: string): User {
  if (user !== undefined) return user;
  throw new AwsError("NoSuchEntity", 404, `The user with name ${name} cannot be found.`);
}

function userArn(account: string, { path, name }: Pick<User, "path" | "name">): string {
  return `arn:aws:iam::${account}:user${path}${name}`;
}

function userXml(account: string, user: User): string {
  const arn = userArn(account, user);
  return elements({
    Path: user.path,
    UserName: user.name,
    UserId: uniqueId("AIDA", arn),
    Arn: arn,
    CreateDate: iso(user.created),
  });
}

function iso(time: number): string {
  return new Date(time).toISOString().replace(/\.[0-9]{3}Z$/, "Z");
}
