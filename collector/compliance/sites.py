"""In which country a site of a resolver stands, by the airport code in its name."""

from __future__ import annotations

import re
from typing import Final

#: Airports and cities by IATA code (IATA Airline Coding Directory) that operators name their sites by. The list is short on
#: purpose: a code that is not here says nothing, which is no harm.
_CODES: Final = {
    "IT": "bgy blo blq bri cag cia cta fco flr goa lin mil mxp nap pmo psa rom trn trs vce vrn",
    "AT": "vie",
    "CH": "gva zrh",
    "DE": "ber dus fra ham muc str txl",
    "ES": "bcn mad",
    "FR": "cdg lys mrs ory par",
    "GB": "edi lhr lon man",
    "HR": "zag",
    "NL": "ams",
    "SI": "lju",
    "US": "ewr iad lax ord sjc",
}
_COUNTRY: Final = {code: country for country, codes in _CODES.items() for code in codes.split()}
#: How operators spell a site: `mxp01` (Cloudflare), `res100.mxp.rrdns.pch.net` (Quad9), a bare code.
_SPELT: Final = (
    re.compile(r"([a-z]{3})[0-9]{0,3}"),
    re.compile(r"res[0-9]+\.([a-z]{3})[0-9]*(?:\.rrdns\.pch\.net)?"),
)


def country_of_site(site: str) -> str | None:
    """The country (ISO 3166-1) of *site*, as a resolver named it; none where the name does not say."""
    for spelt in _SPELT:
        found = spelt.fullmatch(site.strip().lower())
        if found:
            return _COUNTRY.get(found[1])
    return None
