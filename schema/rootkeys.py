"""The keys that sign the root zone's keys, as IANA publishes them: what a trust file for the real network names."""

from __future__ import annotations

from base64 import b64decode
from typing import Final

_HEAD: Final = (
    b"\x01\x01\x03\x08"  # DNSKEY RDATA: zone key and key signing key, protocol 3, RSA/SHA-256 (RFC 4034 §2.1)
)

#: By key tag: DNSKEY RDATA. Their digests stand in https://data.iana.org/root-anchors/root-anchors.xml; a test compares.
IANA_KEYS: Final[dict[int, bytes]] = {
    20326: _HEAD
    + b64decode(
        "AwEAAaz/tAm8yTn4Mfeh5eyI96WSVexTBAvkMgJzkKTOiW1vkIbzxeF3+/4RgWOq7HrxRixHlFlExOLAJr5emLvN7SWXgnLh4+B5xQlNVz8O"
        "g8kvArMtNROxVQuCaSnIDdD5LKyWbRd2n9WGe2R8PzgCmr3EgVLrjyBxWezF0jLHwVN8efS3rCj/EWgvIWgb9tarpVUDK/b58Da+sqqls3eN"
        "buv7pr+eoZG+SrDK6nWeL3c6H5Apxz7LjVc1uTIdsIXxuOLYA4/ilBmSVIzuDWfdRUfhHdY6+cn8HFRm+2hM8AnXGXws9555KrUB5qihylGa"
        "8subX2Nn6UwNR1AkUTV74bU="
    ),
    38696: _HEAD
    + b64decode(
        "AwEAAa96jeuknZlaeSrvyAJj6ZHv28hhOKkx3rLGXVaC6rXTsDc449/cidltpkyGwCJNnOAlFNKF2jBosZBU5eeHspaQWOmOElZsjICMQMC3"
        "aeHbGiShvZsx4wMYSjH8e7Vrhbu6irwCzVBApESjbUdpWWmEnhathWu1jo+siFUiRAAxm9qyJNg/wOZqqzL/dL/q8PkcRU5oUKEpUge71M3e"
        "j2/7CPqpdVwuMoTvoB+ZOT4YeGyxMvHmbrxlFzGOHOijtzN+u1TQNatX2XBuzZNQ1K+s2CXkPIZo7s6JgZyvaBevYtxPvYLw4z9mR7K2vaF1"
        "8UYH9Z9GNUUeayffKC73PYc="
    ),
}
