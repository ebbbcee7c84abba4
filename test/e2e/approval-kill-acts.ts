// Names what a DynamoDB command does, for people: which item it reads or writes, and what an approval becomes by it.

interface CommandInput {
  readonly RequestItems?: unknown;
  readonly ConsistentRead?: boolean;
  readonly KeyConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly Item?: Readonly<Record<string, { readonly S?: string }>>;
  readonly Key?: Readonly<Record<string, { readonly S?: string }>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, { readonly S?: string; readonly N?: string }>>;
}

/** `write ...` changes something, `read ...` does not. */
export function actOf(command: object): string {
  const { input } = command as { readonly input: CommandInput };
  const { pk, sk } = input.Item ?? input.Key ?? {};
  const item = nameOf(pk?.S ?? input.ExpressionAttributeValues?.[":pk"]?.S ?? "", sk?.S);
  if (input.Item !== undefined) return `write ${item}`;
  if (input.UpdateExpression !== undefined) return `write ${item}${changeOf(item, input)}`;
  const isRead = input.ConsistentRead ?? input.RequestItems ?? input.KeyConditionExpression;
  if (isRead === undefined) return `write ${item} (deleted)`;
  return `read ${input.RequestItems === undefined ? item : "session"}`;
}

function nameOf(pk: string, sk: string | undefined): string {
  const prefix = pk.split("#")[0] ?? "";
  if (prefix !== "SESSION" || sk === undefined) return prefix;
  if (sk.startsWith("CALL#")) return sk.split("#").at(-1) ?? "";
  return sk === "OPEN" ? "opening record" : "record of an end";
}

function changeOf(item: string, { ExpressionAttributeValues: values = {} }: CommandInput): string {
  if (item === "APPROVAL") return values[":token"] === undefined ? ` (${values[":status"]?.S})` : " token";
  if (item === "WAIT") return " (left)";
  return " (changed)";
}
