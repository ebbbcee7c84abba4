"""Requests that botocore makes, one JSON line each: `npm run coverage:aws -- --botocore` reads them.

For every operation of every service: required members only, every member set (lists of two), the same with texts that
are easily misread, and as many more as it takes to use each arm of each union. Nothing is sent: the signed request is
caught before it leaves. A line holds what the client was given (`params`, blobs and times marked) and what it would have
sent. Needs an installed botocore, and nothing else.
"""

import argparse
import base64
import datetime
import json
import sys
from urllib.parse import unquote_to_bytes

import botocore
import botocore.session
from botocore.config import Config

sys.dont_write_bytecode = True  # the repository stays as it is
from botocore_inputs import ENDPOINT, REGION, Inputs  # noqa: E402

MAX_VARIANTS = 40


class Caught(Exception):
    """Carries the request that would have been sent."""

    def __init__(self, request):
        super().__init__("caught")
        self.request = request


def catch(request, **_):
    raise Caught(request)


def marked(value):
    """Parameters as JSON that keeps their types."""
    if isinstance(value, bytes):
        return {"$blob": base64.b64encode(value).decode()}
    if isinstance(value, datetime.datetime):
        return {"$time": value.strftime("%Y-%m-%dT%H:%M:%S.000Z")}
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        return {"$number": str(value)}
    if isinstance(value, list):
        return [marked(each) for each in value]
    if isinstance(value, dict):
        return {name: marked(each) for name, each in value.items()}
    return value


def text_of(value):
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def body_of(request):
    body = request.body
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, (bytes, bytearray)) else body.read()


def query_pairs(query):
    pairs = []
    for pair in query.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            pairs.append([unquote_to_bytes(name).decode(), unquote_to_bytes(value).decode()])
    return pairs


def line_of(request):
    rest = request.url.split("://", 1)[1]
    path, _, query = rest[rest.index("/"):].partition("?")
    return {
        "method": request.method,
        "path": path,
        "query": query_pairs(query),
        "headers": {name: text_of(value) for name, value in request.headers.items()},
        "body": base64.b64encode(body_of(request)).decode(),
    }


def is_sigv4(sent):
    return sent["headers"].get("Authorization", "").startswith("AWS4-HMAC-SHA256 ")


class Clients:
    def __init__(self):
        self.session = botocore.session.Session()
        self.session.set_credentials("CSGNTEST", "not-a-secret", "not-a-token")

    def create(self, service, signature):
        config = Config(
            retries={"total_max_attempts": 1, "mode": "standard"},
            s3={"addressing_style": "path"},
            user_agent="coverage",
            signature_version=signature,
        )
        client = self.session.create_client(service, region_name=REGION, endpoint_url=ENDPOINT, config=config)
        client.meta.events.register_first("before-send.*", catch)
        return client


def emit(record):
    sys.stdout.write(json.dumps(record, separators=(",", ":")))
    sys.stdout.write("\n")


def call(client, operation, params):
    """The caught request, or the sentence with which the client refused to make one."""
    try:
        client._make_api_call(operation, json_copy(params))
    except Caught as caught:
        return line_of(caught.request), None
    except Exception as error:  # whatever a client says no with is part of the report
        return None, f"{type(error).__name__}: {error}"
    return None, "nothing was sent"


def json_copy(value):
    """A deep copy: clients change what they are given."""
    if isinstance(value, dict):
        return {name: json_copy(each) for name, each in value.items()}
    return [json_copy(each) for each in value] if isinstance(value, list) else value


def variants(service, operation):
    inputs = Inputs(service, operation)
    yield "required", inputs.make(every=False)
    if operation.input_shape is None:
        return
    yield "every", inputs.make(every=True)
    yield "odd", inputs.make(every=True, odd=True)
    for number in range(MAX_VARIANTS):
        params = inputs.make(every=True, odd=True)
        if inputs.new_arms == 0:
            return
        yield f"arms-{number}", params


def cover(clients, service):
    client, forced = clients.create(service, None), None
    for name in client.meta.service_model.operation_names:
        operation = client.meta.service_model.operation_model(name)
        for variant, params in variants(service, operation):
            sent, refusal = call(client, name, params)
            is_forced = sent is None or (operation.auth_type != "none" and not is_sigv4(sent))
            if is_forced:
                forced = forced or clients.create(service, "v4")  # bearer tokens, SigV2 and SigV4a: as SigV4
                sent, refusal = call(forced, name, params)
            record = {
                "service": service, "operation": name, "variant": variant, "params": marked(params),
                "signingName": client.meta.service_model.signing_name, "forced": is_forced,
            }
            emit({**record, **sent} if sent else {**record, "unsent": refusal})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--services", help="names, split by commas; all by default")
    arguments = parser.parse_args()
    clients = Clients()
    services = arguments.services.split(",") if arguments.services else clients.session.get_available_services()
    emit({"botocore": botocore.__version__})
    for service in services:
        cover(clients, service)


if __name__ == "__main__":
    main()
