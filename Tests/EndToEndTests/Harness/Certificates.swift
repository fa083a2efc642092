// Certificates to test with, made by openssl once for all tests.
// Must not be trusted by anything outside the tests.

import Foundation

/// A small certification authority and what it has issued. All names are of files.
struct Certificates: Sendable {
    /// A chain and its private key.
    struct Pair: Sendable {
        let certificate: String
        let key: String
    }

    /// Signed the others, and is trusted in the tests.
    let authority: String
    /// Another authority, which has signed nothing that a server shows.
    let otherAuthority: String
    /// For localhost and 127.0.0.1.
    let good: Pair
    /// The same, but its time is over.
    let expired: Pair
    /// For mail.elsewhere.example only.
    let otherHost: Pair
    /// For localhost, signed by nobody but itself.
    let selfSigned: Pair

    private static let made = Task { try await make() }

    static func shared() async throws -> Certificates {
        try await made.value
    }

    private static func make() async throws -> Certificates {
        // Beside the tests' own binary: made anew by each run, gone with the build.
        let build = Folder(path: Built.folder)
        try? FileManager.default.removeItem(atPath: build["end-to-end-certificates"])
        let folder = try build.folder("end-to-end-certificates")
        _ = try Program.openssl.path()
        let ended = try await Child.run(.shell, ["-euc", script], in: folder)
        guard ended.status == 0 else { throw Failure(ended: ended) }
        func pair(_ name: String) -> Pair { Pair(certificate: folder[name + ".pem"], key: folder[name + ".key"]) }
        return Certificates(
            authority: folder["authority.pem"],
            otherAuthority: folder["other-authority.pem"],
            good: pair("good"),
            expired: pair("expired"),
            otherHost: pair("other-host"),
            selfSigned: pair("self-signed")
        )
    }

    private struct Failure: Error {
        let ended: Ended
    }

    private static let script = """
        authority() {
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" \\
                -addext basicConstraints=critical,CA:TRUE -keyout "$1.key" -out "$1.pem"
        }
        issue() { # NAME ALTERNATIVE-NAMES DAYS
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$1.key" -out "$1.csr"
            printf 'subjectAltName=%s\\nextendedKeyUsage=serverAuth\\n' "$2" > "$1.ext"
            openssl x509 -req -in "$1.csr" -CA authority.pem -CAkey authority.key -days "$3" \\
                -extfile "$1.ext" -out "$1.pem"
        }
        authority authority
        authority other-authority
        issue good DNS:localhost,IP:127.0.0.1 2
        issue expired DNS:localhost,IP:127.0.0.1 -1
        issue other-host DNS:mail.elsewhere.example 2
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \\
            -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout self-signed.key -out self-signed.pem
        """
}
