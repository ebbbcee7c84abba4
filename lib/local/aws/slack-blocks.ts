// Block Kit's documented bounds, as Slack would refuse them. Knows only the blocks that are used here: any other is a fault.
// https://docs.slack.dev/reference/block-kit/blocks

type Json = Readonly<Record<string, unknown>>;

const MOST_BLOCKS = 50;

/** Returns Slack's error code, or `undefined` when all blocks are within bounds. */
export function blockFault(blocks: unknown): string | undefined {
  if (!Array.isArray(blocks) || blocks.length === 0) return "no_text";
  if (blocks.length > MOST_BLOCKS) return "invalid_blocks";
  return blocks.every((block) => isBlock(block as Json)) ? undefined : "invalid_blocks";
}

function isBlock(block: Json): boolean {
  const elements = Array.isArray(block.elements) ? (block.elements as readonly Json[]) : [];
  switch (block.type) {
    case "header":
      return isText(block.text, ["plain_text"], 150);
    case "section":
      return isText(block.text, ["plain_text", "mrkdwn"], 3_000);
    case "context":
      return (
        elements.length > 0 &&
        elements.length <= 10 &&
        elements.every((element) => isText(element, ["mrkdwn"], 3_000))
      );
    case "actions":
      return elements.length > 0 && elements.length <= 25 && elements.every(isButton);
    case "input":
      return isText(block.label, ["plain_text"], 2_000);
    default:
      return false;
  }
}

function isButton(element: Json): boolean {
  const { type, text, action_id: action, value, url, confirm } = element;
  return (
    type === "button" &&
    isText(text, ["plain_text"], 75) &&
    isShort(action, 255) &&
    (value === undefined || isShort(value, 2_000)) &&
    (url === undefined || isShort(url, 3_000)) &&
    (confirm === undefined || isConfirmation(confirm as Json))
  );
}

function isConfirmation({ title, text, confirm, deny }: Json): boolean {
  return (
    isText(title, ["plain_text"], 100) &&
    isText(text, ["plain_text"], 300) &&
    isText(confirm, ["plain_text"], 30) &&
    isText(deny, ["plain_text"], 30)
  );
}

function isText(value: unknown, types: readonly string[], max: number): boolean {
  const { type, text } = (value ?? {}) as { type?: unknown; text?: unknown };
  return typeof type === "string" && types.includes(type) && isShort(text, max);
}

function isShort(value: unknown, max: number): boolean {
  return typeof value === "string" && value !== "" && value.length <= max;
}
