"""Inputs for botocore's operations, made from botocore's own models: plain values, or texts that are easily misread."""

import base64
import datetime

ENDPOINT = "http://127.0.0.1:1/aws"
REGION = "eu-west-1"
ACCOUNT = "111122223333"
FIRST_MOMENT = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
FULL_NODES = 1_500  # up to here a shape is filled wherever it stands, from here on only where it first stands
MAX_DEPTH = 40
FREE_TEXT = ' "\n\u00e9\u4e2d\'&<>+%2F/?=;,\\ '
HEADER_TEXT = ' a;b="c",d=%2F/?&<>+'
LABEL_TEXT = " a/b+%2F\u00e9&?="
PLAIN_NAMES = (
    "name", "id", "arn", "identifier", "url", "uri", "key", "token", "version", "bucket", "account", "region", "role",
    "type", "status", "source", "prefix", "path", "marker", "statement",
)
FIXED = {
    "bucket": "bkt-example", "accountid": ACCOUNT, "copysource": "src-bucket/dir/from%20here",
    "queueurl": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/queue", "statement": 'SELECT * FROM "Orders" WHERE "id" = \'1\'',
    "predictendpoint": f"{ENDPOINT}",
    "requestroute": "route", "requesttoken": "token", "checksumalgorithm": "SHA256", "contenttype": "application/json",
}
#: Sent to another host under another kind of signature (SigV4a), which is refused before recognition.
LEFT_OUT = {("events", "PutEvents", "EndpointId")}
#: Services that share a signing name and tag their resources alike: something that each of them owns.
SIBLINGS = {
    "bedrock-agent-runtime": "session/it", "bedrock-data-automation": "blueprint/it", "ivs-realtime": "stage/it",
    "chime-sdk-identity": "app-instance/it", "chime-sdk-media-pipelines": "media-pipeline/it",
    "chime-sdk-meetings": "meeting/it", "chime-sdk-messaging": "app-instance/it/channel/it", "chime-sdk-voice": "vc/it",
    "lex-models": "bot:it", "lexv2-models": "bot/it", "timestream-query": "scheduled-query/it",
}
MD5 = base64.b64encode(bytes(16)).decode()


class Inputs:
    """Makes one operation's inputs. Arms of unions are used in turn until each was used."""

    def __init__(self, service, operation):
        self._service, self._operation = service, operation
        self._arms = {}
        self._location = None
        self.new_arms = 0

    def make(self, every, odd=False):
        self._every, self._odd, self._nodes, self._seen, self._stack = every, odd, 0, {}, []
        self.new_arms = 0
        shape = self._operation.input_shape
        return {} if shape is None else self._structure(shape)

    def _structure(self, shape):
        if getattr(shape, "is_tagged_union", False):
            return self._union(shape)
        again = shape.name in self._stack
        first = shape.name not in self._seen
        full = self._every and not again and (first or self._nodes < FULL_NODES)
        self._seen[shape.name] = True
        self._stack.append(shape.name)
        required = set(shape.required_members)
        value = {}
        for name, member in shape.members.items():
            if (full or name in required) and not self._left_out(name, member):
                if len(self._stack) == 1:
                    self._location = member.serialization.get("location")
                made = self._value(name, member)
                if made is not None:
                    value[name] = made
        if not value and len(self._stack) > 1:
            value = self._one_member(shape)
        self._stack.pop()
        return value

    def _one_member(self, shape):
        """Forms cannot say that a structure is there but empty."""
        members = sorted(shape.members.items(), key=lambda item: item[1].type_name in ("structure", "list", "map"))
        for name, member in members:
            inner = getattr(member, "member", member)
            if inner.name not in self._stack and len(self._stack) <= MAX_DEPTH:
                return {name: self._value(name, member)}
        return {}

    def _left_out(self, name, member):
        if (self._service, self._operation.name, name) in LEFT_OUT or getattr(member, "is_eventstream", False):
            return True
        return len(self._stack) > MAX_DEPTH

    def _union(self, shape):
        used = self._arms.setdefault(shape.name, {name: 0 for name in shape.members})
        plain = [name for name, member in shape.members.items() if member.type_name not in ("structure", "list", "map")]
        allowed = plain if shape.name in self._stack and plain else list(shape.members)
        arm = min(allowed, key=lambda name: used[name])
        if used[arm] == 0:
            self.new_arms += 1
        used[arm] += 1
        self._stack.append(shape.name)
        made = self._value(arm, shape.members[arm]) if len(self._stack) <= MAX_DEPTH else None
        self._stack.pop()
        return {} if made is None else {arm: made}

    def _value(self, name, shape):
        self._nodes += 1
        if getattr(shape, "is_document_type", False):
            return {"text": "\u00e9", "list": [1, None, True, {"half": 1.5}]}
        kind = shape.type_name
        if kind == "structure":
            return self._structure(shape)
        if kind == "list":
            return self._list(name, shape)
        if kind == "map":
            return self._map(name, shape)
        return self._scalar(name, shape, kind)

    def _list(self, name, shape):
        wanted = max(2 if self._every else 1, shape.metadata.get("min", 0))
        if shape.member.type_name in ("structure", "list", "map") and shape.member.name in self._stack:
            wanted = shape.metadata.get("min", 0)
        return [self._value(name, shape.member) for _ in range(min(wanted, 100))]

    def _map(self, name, shape):
        wanted = max(2 if self._every else 1, shape.metadata.get("min", 0))
        if shape.value.name in self._stack:
            return {}
        keys = list(shape.key.enum or [])[:wanted] or [
            f"key-{index}".ljust(shape.key.metadata.get("min", 0), "x") for index in range(wanted)
        ]
        return {key: self._value(name, shape.value) for key in keys}

    def _scalar(self, name, shape, kind):
        if kind == "boolean":
            return self._nodes % 2 == 1
        if kind in ("integer", "long"):
            return self._integer(shape, kind)
        if kind in ("float", "double"):
            return max(float(shape.metadata.get("min", 0)), 0.5) + 0.125 * (self._nodes % 3)
        if kind == "timestamp":
            return FIRST_MOMENT + datetime.timedelta(seconds=self._nodes)
        if kind == "blob":
            return bytes([0, 255, 10, self._nodes % 256]) * max(1, -(-shape.metadata.get("min", 0) // 4))
        return self._text(name, shape)

    def _integer(self, shape, kind):
        least = int(shape.metadata.get("min", 0))
        if kind == "long" and self._every and "max" not in shape.metadata:
            return 9_007_199_254_740_993 + self._nodes  # more than a double holds
        return least + 1 if "max" in shape.metadata and least < shape.metadata["max"] else max(least, 1)

    def _text(self, name, shape):
        if shape.serialization.get("jsonvalue") and shape.serialization.get("location") == "header":
            return {"text": "\u00e9", "list": [1, True]}
        lower = name.lower()
        if lower in FIXED:
            return FIXED[lower]
        if shape.enum:
            return shape.enum[self._nodes % len(shape.enum)] if self._every else shape.enum[0]
        if lower.endswith("md5"):
            return MD5
        number = str(self._nodes)
        if lower.endswith(("arn", "arns")) or "arn" in shape.name.lower():
            return self._arn(lower, number).ljust(shape.metadata.get("min", 0), "x")
        text = f"{name}-{number}" if self._every else f"{name}-x"
        return self._with_odd_end(lower, text).ljust(shape.metadata.get("min", 0), "x")

    def _arn(self, lower, number):
        if "role" in lower:
            return f"arn:aws:iam::{ACCOUNT}:role/it-{number}"
        if self._service == "cloudfront-keyvaluestore":
            return f"arn:aws:cloudfront::{ACCOUNT}:key-value-store/it-{number}"
        kind = SIBLINGS.get(self._service, "thing/it")
        return f"arn:aws:svc:{REGION}:{ACCOUNT}:{kind}-{number}"

    def _with_odd_end(self, lower, text):
        """Texts that could be read in two ways, where a client may send them."""
        prefix = (self._operation.endpoint or {}).get("hostPrefix", "").lower()
        if not self._odd or "{" + lower + "}" in prefix:
            return text
        if self._location == "uri":
            return text if self._service == "route53" else text + LABEL_TEXT  # its client strips all before a slash
        if lower.endswith(PLAIN_NAMES):
            return text
        return text + (HEADER_TEXT if self._location in ("header", "headers") else FREE_TEXT)
