// The openssl command as a peer: a server process on a free port of the loopback interface.

import Foundation
import Glibc

/// `openssl s_server`, stopped with `stop()`.
final class OpenSSLServer {
    let port: Int
    private let process = Process()

    init(_ certificates: TestCertificates, options: [String]) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments =
            ["s_server", "-accept", "127.0.0.1:0", "-cert", certificates.path("rsa.pem")]
            + ["-key", certificates.path("rsa.key"), "-CAfile", certificates.path("ca.pem")] + options
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        // s_server ends when its input does.
        process.standardInput = Pipe()
        try process.run()
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

    func stop() {
        // SIGTERM may be blocked in children of a worker thread.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
