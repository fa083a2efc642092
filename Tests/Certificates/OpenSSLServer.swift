// The openssl command as a peer: a server process on a free port of the loopback interface.

import ChildProcess
import Foundation
import Glibc

/// `openssl s_server`, stopped with `stop()`.
package final class OpenSSLServer {
    package let port: Int
    private let process: ChildProcess
    /// The server ends when its input does.
    private let input = Pipe()

    package init(_ certificates: TestCertificates, options: [String]) throws {
        let output = Pipe()
        process = try ChildProcess(
            path: "/usr/bin/openssl",
            ["s_server", "-accept", "127.0.0.1:0", "-cert", certificates.path("rsa.pem")]
                + ["-key", certificates.path("rsa.key"), "-CAfile", certificates.path("ca.pem")] + options,
            input: input.fileHandleForReading,
            output: output.fileHandleForWriting
        )
        try output.fileHandleForWriting.close()
        // "ACCEPT 127.0.0.1:PORT" comes as soon as it listens.
        var text = ""
        var found: Int?
        while found == nil {
            let next = output.fileHandleForReading.availableData
            guard !next.isEmpty else { throw OpenSSLCommandFailed(arguments: options, output: text) }
            text += String(decoding: next, as: UTF8.self)
            found = text.split(separator: "\n").first { $0.hasPrefix("ACCEPT ") && text.contains("\(String($0))\n") }
                .flatMap { $0.split(separator: ":").last }.flatMap { Int($0) }
        }
        port = found ?? 0
    }

    package func stop() {
        process.signal(SIGTERM)
        process.waitForEnd()
    }
}
