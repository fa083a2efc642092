// A certification authority and the certificate that upstream and relays show, made by openssl for one run.
// Must not be trusted by anything else: whoever made them keeps the keys.

import ChildProcess
import Foundation

/// Names of PEM files.
struct Certificates {
    let authority: String
    /// For localhost, signed by the authority.
    let chain: String
    let key: String
    /// Both in one file.
    let chainAndKey: String

    struct NotMade: Error, CustomStringConvertible {
        var description: String { "openssl has made no certificate: apt-get install -y openssl" }
    }

    init(in folder: String) async throws {
        let process = try ChildProcess(path: "/bin/sh", ["-euc", Self.script], folder: folder)
        guard await process.end() == 0 else { throw NotMade() }
        authority = folder + "/authority.pem"
        chain = folder + "/localhost.pem"
        key = folder + "/localhost.key"
        chainAndKey = folder + "/both.pem"
    }

    /// RSA: what most servers have, and what handshakes cost most with.
    private static let script = """
        new() { openssl req "$@" -newkey rsa:2048 -nodes; }
        new -x509 -days 2 -subj /CN=authority -addext basicConstraints=critical,CA:TRUE \\
            -keyout authority.key -out authority.pem
        new -subj /CN=localhost -keyout localhost.key -out localhost.csr
        printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\\nextendedKeyUsage=serverAuth\\n' > localhost.ext
        openssl x509 -req -in localhost.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 \\
            -extfile localhost.ext -out localhost.pem
        cat localhost.pem localhost.key > both.pem
        """
}
