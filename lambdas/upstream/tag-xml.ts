// Reads S3's answer to GetBucketTagging. The text of tags is whoever's who may tag the bucket: only the one form that S3
// writes is read, and everything else is unreadable, so that no tag can hide another.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html

const TAG = String.raw`\s*<Tag>\s*<Key>([^<]*)</Key>\s*(?:<Value>([^<]*)</Value>|<Value\s*/>)\s*</Tag>`;
const WHOLE = new RegExp(
  String.raw`^(?:<\?xml[^>]*\?>)?\s*<Tagging(?: xmlns="[^"]*")?>\s*(?:<TagSet\s*/>|<TagSet>((?:${TAG})*)\s*</TagSet>)\s*</Tagging>\s*$`,
);
const EACH = new RegExp(TAG, "g");
const NAMED: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

export function readTagXml(body: string): Readonly<Record<string, string>> | "unreadable" {
  const whole = WHOLE.exec(body);
  if (whole === null) return "unreadable";
  const tags: Record<string, string> = Object.create(null);
  for (const [, key = "", value = ""] of (whole[1] ?? "").matchAll(EACH)) {
    const [name, text] = [unescaped(key), unescaped(value)];
    if (name === undefined || text === undefined || name in tags) return "unreadable";
    tags[name] = text;
  }
  return tags;
}

function unescaped(text: string): string | undefined {
  let readable = true;
  const plain = text.replace(/&([^;&]*);?/g, (_, name: string) => {
    const character = NAMED.get(name) ?? numbered(name);
    readable &&= character !== undefined;
    return character ?? "";
  });
  return readable ? plain : undefined;
}

function numbered(name: string): string | undefined {
  const [, hex, decimal] = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name) ?? [];
  const point = hex === undefined ? Number.parseInt(decimal ?? "", 10) : Number.parseInt(hex, 16);
  return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : undefined;
}
