"""Handshakes of Python. Arguments: port and the certificate of the authority. Lines: host, version and suites (OpenSSL's names), separated by tabs."""

import socket
import ssl
import sys
import warnings

warnings.simplefilter("ignore")
VERSIONS = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}


def handshake(port, authority, host, version, suites):
    context = ssl.create_default_context(cafile=authority)
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = VERSIONS[version]
    context.minimum_version = VERSIONS[version]
    # Those of TLS 1.3 cannot be chosen.
    context.set_ciphers((suites if version != "TLSv1.3" else "DEFAULT") + ":@SECLEVEL=0")
    try:
        with socket.create_connection(("127.0.0.1", port)) as below:
            with context.wrap_socket(below, server_hostname=host) as secured:
                return f"{secured.version()}\t{secured.cipher()[0]}"
    except OSError as error:
        return "failed\t" + str(error)


port, authority = int(sys.argv[1]), sys.argv[2]
for line in sys.stdin:
    print(handshake(port, authority, *line.rstrip("\n").split("\t")), flush=True)
