// The messages that are measured with: those of a folder, or made up.
// Must not be random: two runs measure the same.

import Foundation

/// Messages in memory, with CRLF as they come from a server.
struct Messages {
    let all: [[UInt8]]
    var octets: Int { all.reduce(0) { $0 + $1.count } }

    /// Reads each file below `folder`.
    init(folder: String) throws {
        let root = URL(fileURLWithPath: folder)
        let names = try FileManager.default.subpathsOfDirectory(atPath: root.path).sorted()
        let files = names.map { root.appending(path: $0) }.filter { !$0.hasDirectoryPath }
        all = files.compactMap { try? Data(contentsOf: $0) }.map { Self.withCRLF(Array($0)) }
        guard !all.isEmpty else { throw CocoaError(.fileNoSuchFile) }
    }

    /// Ordinary mail: a dozen header fields, text and HTML.
    init(madeUp count: Int) {
        all = (0..<count).map { number in
            let words = (0..<200).map {
                ["lorem", "ipsum", "dolor", "free", "sit", "offer", "amet"][(number + $0 * $0) % 7]
            }
            return Self.withCRLF(
                Array(
                    """
                    Return-Path: <sender\(number)@example.com>
                    Received: from mx.example.com by mail.example.net with ESMTPS id \(number); Mon, 23 Nov 2026 08:15:04 +0000
                    Received: from client (192.0.2.\(number % 256)) by mx.example.com; Mon, 23 Nov 2026 08:15:02 +0000
                    DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=mail; h=from:to:subject;
                    \tbh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=\(String(repeating: "Zm9vYmFy", count: 20))
                    From: =?utf-8?q?S=C3=A9nder?= <sender\(number)@example.com>
                    To: me@example.net
                    Subject: \(words.prefix(6).joined(separator: " "))
                    Date: Mon, 23 Nov 2026 08:15:00 +0000
                    Message-ID: <\(number)@example.com>
                    MIME-Version: 1.0
                    Content-Type: multipart/alternative; boundary="=_\(number)"

                    --=_\(number)
                    Content-Type: text/plain; charset=utf-8
                    Content-Transfer-Encoding: quoted-printable

                    \(words.joined(separator: "=\n "))
                    --=_\(number)
                    Content-Type: text/html; charset=utf-8

                    <p>\(words.joined(separator: "</p>\n<p>"))</p>
                    --=_\(number)--

                    """.utf8
                )
            )
        }
    }

    private static func withCRLF(_ octets: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(octets.count + octets.count / 30)
        for octet in octets {
            if octet == 0x0A, result.last != 0x0D { result.append(0x0D) }
            result.append(octet)
        }
        return result
    }
}
