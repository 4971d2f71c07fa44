"""The connection to the broker: the variables that the Swift programs read, as librdkafka's properties."""

import os

NAMES = {
    "KAFKA_SECURITY_PROTOCOL": "security.protocol",
    "KAFKA_SASL_MECHANISM": "sasl.mechanism",
    "KAFKA_SASL_USERNAME": "sasl.username",
    "KAFKA_SASL_PASSWORD": "sasl.password",
    "KAFKA_SSL_CA_LOCATION": "ssl.ca.location",
}


def properties(bootstrap, **more):
    found = {"bootstrap.servers": bootstrap}
    for variable, name in NAMES.items():
        if os.environ.get(variable):
            found[name] = os.environ[variable]
    if found.get("security.protocol", "").lower().startswith("sasl"):
        found.setdefault("sasl.mechanism", "PLAIN")
    return found | {name.replace("_", "."): value for name, value in more.items()}
